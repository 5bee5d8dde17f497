"""Loading: each row of the table of errors, and hostile files class by class."""
import glob
import os
import re

from boot import boot
import corpus
import costly
import hostile
from renamed import chain, named, needing
from stored import stored
from test_ending import logged

BUILD = os.environ["TENON_BUILD"]


def refused(t, command, errno, *patterns):
    """A clean refusal: nothing is different afterwards, and a good module still loads."""
    with t.same_memory():
        t.fails(command, errno, *patterns)


def alive(t):
    with t.same_memory():
        t.succeeds("load hello", "^hello: loaded$")
        t.check(t.run("hello") == ["hello, world"], "hello")
        t.succeeds("unload hello")


@boot(smp=2, quick=True)
@boot(smp=2, debug=True)
def refusals(t):
    alive(t)
    refused(t, "load undefined_symbol", "ENOENT", "exported_by_nobody")
    refused(t, "insmod /modules/consumer.ko", "ENOENT", "provider_answer.*|provider")
    refused(t, "load depends_missing", "ENOENT", "no_such_module")
    refused(t, "load cycle_a", "ELOOP", "cycle_a|cycle_b")
    refused(t, "load cycle_b", "ELOOP")
    refused(t, "load constructor", "ENOEXEC", "init_array|constructor")
    refused(t, "load writable_text", "ENOEXEC", "both")
    refused(t, "load thread_local_data", "ENOEXEC", "tdata|TLS|thread")
    refused(t, "load indirect_function", "ENOEXEC", "chosen|IFUNC|indirect")
    refused(t, "load big_bss", "E2BIG")
    refused(t, "load big_alignment", "ENOEXEC")
    refused(t, "load per_cpu_aligned", "ENOEXEC", "per-CPU data is aligned to 128 bytes, the limit is 64")
    refused(t, "load two_descriptors", "ENOEXEC")
    refused(t, "load common_symbol", "ENOEXEC", "left_to_the_linker")
    refused(t, "load name_taken", "EEXIST", "shell")
    t.succeeds("load provider")
    refused(t, "load second_provider", "EEXIST", "provider")
    refused(t, "load provider", "EEXIST")
    t.succeeds("unload provider")
    alive(t)


@boot(smp=2, silence=30)
@boot(smp=2, silence=30, debug=True)
def waiting_for_itself(t):
    """Neither init nor exit can wait for the end of the load: they are told so."""
    with t.same_memory():
        for when in ("load", "unload"):
            what = "init" if when == "load" else "exit"
            t.succeeds(f"{when} waits_for_itself", "waits_for_itself: waits in init or exit to be live, and would wait for ever: do it in a work item$",
                       f"waits_for_itself: {what}: EDEADLK$")


@boot(smp=2)
@boot(smp=2, debug=True)
def results_of_init(t):
    t.run("load init_result result=0")
    t.run("unload init_result")
    for result, errno in ((-5, "EIO"), (7, "EINVAL"), (-12, "ENOMEM"), (-1, "EPERM")):
        refused(t, f"load init_result result={result}", errno, "init")
        t.fails("left_1", "ENOENT")
        t.fails("left_3", "ENOENT")
    with t.same_memory():
        t.succeeds("load init_loads", "hello: hello, inside")
        t.succeeds("unload init_loads")
        t.succeeds("unload hello")
    alive(t)


def until_removed(t, name):
    """As soon as no thread is in it any more; or it has gone by itself."""
    for _ in range(500):
        lines = t.run(f"unload -f {name}")
        if not any("(EBUSY)" in line for line in lines):
            return
    t.check(False, f"{name} cannot be forced out: {lines}")


@boot(smp=2)
def fault_in_init_of_a_work(t):
    """A fault fails its owner also while a worker is busy loading it. Whether init returns its own error
    before or after that, all can be undone."""
    t.run("load work_loads")
    for _ in range(2):
        with t.same_memory():
            begin = len(t.text)
            t.run("work_loads timer_faults", "fault: .*timer_faults",
                  r"timer_faults: not loaded \((EINVAL|ENOTRECOVERABLE)\)")
            until_removed(t, "timer_faults")
            logged(t, "timer_faults: failed: it faulted", begin)
            alive(t)
    t.succeeds("unload work_loads")


@boot(smp=2)
def parameters(t):
    t.succeeds("load parameters")
    t.run("parameters", r"^1 -2 2 -3 3 -4 4$", r"^0 \[none\] \[none\]$", r"1 2 3 4$")
    t.succeeds("unload parameters")
    t.succeeds("load parameters p_byte=255 p_short=-32768 p_ushort=65535 p_int=-2147483648 "
               "p_uint=4294967295 p_long=-9223372036854775808 p_ulong=18446744073709551615 "
               "p_bool=y p_charp='a b' p_string=1234567 p_array=0x10,-5")
    t.run("parameters", r"^255 -32768 65535 -2147483648 4294967295 -9223372036854775808 "
          r"18446744073709551615$", r"^1 \[a b\] \[1234567\]$", r"^2: 16 -5 3 4$")
    t.succeeds("unload parameters")
    for words, named in (("p_byte=256", "p_byte"), ("p_byte=-1", "p_byte"), ("p_short=32768", "p_short"),
                         ("p_short=-32769", "p_short"), ("p_ushort=65536", "p_ushort"),
                         ("p_int=2147483648", "p_int"), ("p_uint=4294967296", "p_uint"),
                         ("p_long=9223372036854775808", "p_long"),
                         ("p_ulong=18446744073709551616", "p_ulong"), ("p_bool=maybe", "p_bool"),
                         ("p_string=12345678", "p_string"), ("p_array=1,2,3,4,5", "p_array"),
                         ("p_array=1,,2", "p_array"), ("p_int=", "p_int"), ("p_int", "p_int"),
                         ("p_int=1x", "p_int"), ("nothing=1", "nothing"), ("=1", ""),
                         ("p_int=1 p_int=2", "p_int")):
        refused(t, f"load parameters {words}", "EINVAL", re.escape(named))
    alive(t)


@boot(smp=4)
def per_cpu(t):
    t.run("load per_cpu_data; unload per_cpu_data")
    with t.same_memory():
        for _ in range(2):
            t.succeeds("load per_cpu_data")
            t.run("per_cpu_data", "^0: 1001 2$", "^1: 1001 2$", "^2: 1001 2$", "^3: 1001 2$")
            t.succeeds("unload per_cpu_data")


def per_cpu_files():
    """per_cpu_much under another name."""
    with open(os.path.join(BUILD, "test-stage/per_cpu_much.ko"), "rb") as file:
        more = hostile.Elf(file.read())
    at = more.get(more.find(".tenon.module"), "offset") + 16
    more.data[at:at + 56] = b"per_cpu_more".ljust(56, b"\0")
    return {"per_cpu_more.ko": stored(more.data)}


@boot(smp=4, files=per_cpu_files)
def per_cpu_ends(t):
    """All modules together have 32 KiB of per-CPU data; who wants more is told so."""
    t.run("load per_cpu_much; unload per_cpu_much")
    with t.same_memory():
        for _ in range(3):
            t.succeeds("load per_cpu_much")
            t.fails("load per_cpu_more", "ENOMEM", "no room for 20000 bytes of per-CPU data")
            t.run("load per_cpu_data; per_cpu_data", "^0: 1001 2$")
            t.succeeds("unload per_cpu_much")
            t.succeeds("load per_cpu_more")
            t.succeeds("unload per_cpu_more per_cpu_data")


def hostile_files():
    rows = hostile.make(os.path.join(BUILD, "stage/hello.ko"))
    return {name: stored(content) for name, content, *_ in rows}


@boot(smp=2, files=hostile_files)
@boot(smp=2, files=hostile_files, debug=True)
def hostile_bytes(t):
    alive(t)
    before = t.meminfo()
    rows = hostile.make(os.path.join(BUILD, "stage/hello.ko"))
    wrong = []
    for name, _, errno, module in rows:
        lines = t.run(f"load /modules/{name}")
        answer = t.run("echo $?")[0]
        if answer != (errno or "0"):
            wrong.append(f"{name}: {answer}, not {errno}: {lines}")
        if answer == "0":
            t.run(f"unload {module}", f"^{module}: unloaded$")
    t.check(not wrong, "\n".join(wrong))
    t.check(t.meminfo() == before, f"{before} before, {t.meminfo()} after")
    alive(t)


@boot(smp=2, mem="512M", files=corpus.files, silence=240, alone=True)
def modules_of_other_systems(t):
    """Real modules of Linux and of GRUB, each refused with a reason, and nothing lost."""
    alive(t)
    before = t.meminfo()
    names = sorted(corpus.files())
    wrong = []
    for name in names:
        lines = t.run(f"load /modules/{name}")
        if not any(re.match(r"load: .*: .* \(E[A-Z0-9]+\)$", line) for line in lines):
            wrong.append(f"{name}: {lines}")
    t.check(not wrong, "\n".join(wrong))
    t.note(f"{len(names)} files refused")
    t.check(t.meminfo() == before, f"{before} before, {t.meminfo()} after")
    alive(t)


LOAD_LIMIT = 500000  # us of a processor that takes 1 ns for each instruction


@boot(smp=1, mem="1G", files=costly.files, accel="tcg", qemu=["-icount", "shift=0,sleep=off"], silence=300)
def cost_is_bounded(t):
    """Whatever the names and tables of a file, it is refused or loaded in a time that its size bounds.
    The clock counts instructions, so the figures are the same on every machine."""
    figures = []
    with t.same_memory():
        for name, errno in costly.ROWS:
            lines = t.run(f"time load {name}", r"^time: \d+ us$")
            us = next(int(line.split()[1]) for line in lines if line.startswith("time: "))
            figures.append(f"{name} {us}")
            t.check(us <= LOAD_LIMIT, f"{name}: {us} us: {lines}")
            wanted = rf"\({errno}\)$" if errno else f"^{name}: loaded$"
            t.check(any(re.search(wanted, line) for line in lines), f"{name}: {lines}")
            if not errno:
                t.succeeds(f"unload {name}")
    t.note(", ".join(figures))


LONGEST_HOLD = 50000  # ns, as above
SOON_LOADED = {"shared_names"}  # within a few slices of the host: that many rows only by the clock of instructions


def rows_during_load(t, name):
    """How many rows of lsmod have come while it was being loaded, and how long the slowest took."""
    lines = t.succeeds(f"lsmod_waits {name}")
    rows, longest = re.search(r"(\d+) rows, the slowest in (\d+) ns", "\n".join(lines)).groups()
    t.succeeds(f"unload {name}")
    return int(rows), int(longest)


# Without a screen: its painter may have a slice while a load that it holds up has the mutex.
@boot(smp=1, mem="1G", files=costly.files, vga="none", accel="tcg", qemu=["-icount", "shift=0,sleep=off"], silence=300)
@boot(smp=4, mem="1G", files=costly.files)
@boot(smp=4, mem="1G", files=costly.files, debug=True)
def lsmod_does_not_wait_for_a_load(t):
    """A load of many symbols or exports holds the mutex for a moment only, again and again."""
    counts_instructions = t.config.smp == 1
    t.succeeds("load lsmod_waits")
    with t.same_memory():
        for name, errno in costly.ROWS:
            if errno:
                continue
            rows, longest = rows_during_load(t, name)
            t.note(f"{name} {rows} rows, {longest} ns")
            # Elsewhere the host decides how often a CPU gets to look.
            least = 11 if counts_instructions else int(name not in SOON_LOADED)
            t.check(rows >= least, f"{name}: {rows} rows of lsmod while it was being loaded")
            if counts_instructions:
                t.check(longest <= LONGEST_HOLD, f"{name}: a row of lsmod took {longest} ns")
    t.succeeds("unload lsmod_waits")


def by_compilers():
    """Modules by other compilers and levels of optimization, each in a module of its own name."""
    found = {}
    for path in sorted(glob.glob(os.path.join(BUILD, "matrix/*/modules/hello.ko"))):
        found["hello_" + path.split("/")[-3] + ".ko"] = path
    for path in sorted(glob.glob(os.path.join(BUILD, "matrix/*/test-modules/*.ko"))):
        if os.path.basename(path) in ("parameters.ko", "per_cpu_data.ko"):
            found[f"{os.path.basename(path)[:-3]}_{path.split('/')[-3]}.ko"] = path
    return found


@boot(smp=2, files=by_compilers)
def compilers(t):
    names = sorted(by_compilers())
    t.check(len(names) >= 9, f"too few: {names}")
    with t.same_memory():
        for name in names:
            module = name.rsplit("_", 1)[0]
            t.succeeds(f"load /modules/{name}", f"^{module}: loaded$")
            t.run(module)
            t.status("0")
            t.succeeds(f"unload {module}", f"^{module}: unloaded$")


@boot(smp=2)
@boot(smp=2, debug=True)
def every_operation_failed(t):
    """The N-th fallible operation of a load of three modules fails, for every N: refused cleanly."""
    chain = ("chain_top", "consumer", "provider")
    t.run("load chain_top; unload chain_top consumer provider")
    before = t.meminfo()
    for n in range(1, 10000):
        lines = t.run(f"failnth {n} load chain_top")
        if any("not reached" in line for line in lines):
            break
        t.check(any("injected at" in line for line in lines), f"{n}: {lines}")
        t.check(any(re.match(r"load: chain_top: .* \(ENOMEM\)$", line) for line in lines), f"{n}: {lines}")
        rows = t.lsmod()
        t.check(not any(name in rows for name in chain), f"{n}: loaded in spite of it: {rows}")
        t.check(t.meminfo() == before, f"{n}: {lines}: {before} before, {t.meminfo()} after")
    t.note(f"{n - 1} operations")
    t.check(n > 24, "hardly anything can fail")
    t.run("consumer", "42")
    t.succeeds("unload chain_top consumer provider")
    t.check(t.meminfo() == before, "meminfo differs")


def many_files():
    """A chain of 1,000 modules, each of which needs the next one, and 1,000 files more."""
    return {**chain(1000, "hello", "many_files"), **chain(1000, "hello", "more_files")}


@boot(smp=2, mem="512M", files=many_files, silence=120)
def many_modules(t):
    """2,000 files in /modules; a chain of 1,000 is loaded by its first, and taken away by it."""
    names = [line.split()[0] for line in t.run("ls /modules")]
    t.check(sum("_files_" in name for name in names) == 2000, f"{len(names)} names")
    t.check(len(set(names)) == len(names), "a name twice")
    with t.same_memory():
        t.succeeds("load many_files_000", "^many_files_000: loaded$")
        t.check(sum("many_files" in name for name in t.lsmod()) == 1000, "all are there")
        t.succeeds("modprobe -r many_files_000")
        t.check(not any("many_files" in name for name in t.lsmod()), "all are gone")


def many_in_a_row():
    return chain(1000, "hello", "many_files")


@boot(smp=2, mem="512M", files=many_in_a_row, accel="tcg", qemu=["-icount", "shift=0,sleep=off"], silence=300)
@boot(smp=8, mem="512M", files=many_in_a_row, accel="tcg", qemu=["-icount", "shift=0,sleep=off"], silence=300)
def many_modules_cost(t):
    """What 1,000 modules cost that are loaded and unloaded at once. The clock counts instructions."""
    def us(command):
        return int(re.search(r"^time: (\d+) us", "\n".join(t.run(f"time {command}")), re.MULTILINE)[1])

    def name_of_code():
        return int(re.fullmatch(r"code_names:\w+\+0x\w+: (\d+) ns", t.run("code_names 1000")[0])[1])

    t.succeeds("load code_names; load rules_bench > /dev/null")
    few = name_of_code()
    loading = us("load many_files_000")
    many = name_of_code()
    t.check(4 * many <= 5 * few, f"to name code of {few} ns costs {many} ns with 1,000 modules more")
    t.succeeds("load leave_at_once")
    t.note(f"{loading} us to load, {few} and {many} ns to name code")
    line = t.run("leave_at_once many_files 1000")[0]
    stops, last = map(int, re.fullmatch(r"0: \d+ ns, (\d+) stops, the last of (\d+) ns", line).groups())
    t.check(stops == 2 and last <= 400000, f"{line}: the last one adds up no counters and clears no memory")
    t.note(line)
    t.note(t.run("rules_bench stops")[0])


def chain_and_star():
    """A chain of 1,000 modules, and one module that 1,000 others need."""
    return {**chain(1000, "hello", "many_files"), **named("needed_by_all", "needed_by_all.ko"),
            **needing({f"many_users_{i:03}": "needed_by_all" for i in range(1000)})}


@boot(smp=1, mem="512M", files=chain_and_star, accel="tcg", qemu=["-icount", "shift=0,sleep=off"], silence=300, limit=900)
def modprobe_of_many_cost(t):
    """Twice as many modules in one chain, or around one: modprobe takes them away in about twice the time. The clock
    counts instructions."""
    def us(command):
        return int(re.search(r"^time: (\d+) us", "\n".join(t.succeeds(f"time {command}")), re.MULTILINE)[1])

    def load_chain(count):
        t.succeeds(f"load many_files_{1000 - count:03}")
        return f"modprobe -r many_files_{1000 - count:03}"

    def load_star(count):
        for i in range(0, count, 20):
            t.succeeds("modprobe -a " + " ".join(f"many_users_{n:03}" for n in range(i, i + 20)))
        return "modprobe -r --remove-holders needed_by_all"

    t.succeeds("load hello")
    before = t.lsmod()
    for load in (load_chain, load_star):
        costs = []
        for count in (500, 1000):
            command = load(count)
            t.check(len(t.lsmod()) >= count, f"{len(t.lsmod())} modules")
            costs.append(us(command))
            t.check(list(t.lsmod()) in (list(before), [name for name in before if name != "hello"]), "all are gone")
        t.note(f"{command}: {costs[0]} us for 500, {costs[1]} us for 1,000")
        t.check(costs[1] <= 3 * costs[0], f"{costs}: 4 times as much is quadratic")


@boot(smp=1, mem="512M", files=many_in_a_row, accel="tcg", qemu=["-icount", "shift=0,sleep=off"], silence=60)
def completion_of_many_cost(t):
    """Tab after `load` and after `unload`, with 1,000 files and 1,000 modules. The clock counts instructions."""
    def session_ms():
        rows = [line.split() for line in t.run("threads")]
        return next(int(row[4]) for row in rows if row[1] == "shell/serial")

    def tab(line, common):
        before = session_ms()
        t.send(line + "\t")
        t.wait_for(line + common + r"\Z")
        t.send("\x03")
        t.wait_for(r"^tenon> \Z")
        spent = session_ms() - before
        t.note(f"{line}: {spent} ms")
        t.check(spent < 200, f"{line}: {spent} ms")

    tab("load many_f", "iles_")
    t.succeeds("load many_files_000")
    tab("unload many_f", "iles_")
    t.send("load many_files_99\t")
    t.wait_for(r"^many_files_990\nmany_files_991\n(?:.*\n){8}tenon> load many_files_99\Z")
    t.send("\x03")
    t.wait_for(r"^tenon> \Z")
    t.send("unload many_files_00\t")
    t.wait_for(r"^many_files_000\nmany_files_001\n(?:.*\n){8}tenon> unload many_files_00\Z")
    t.send("\x03")
    t.wait_for(r"^tenon> \Z")


@boot(smp=1, accel="tcg", qemu=["-icount", "shift=0,sleep=off"])
def many_timers_cost(t):
    """One more timer costs as much beside 2,000 as beside 10, and they fire in their order. The clock counts
    instructions."""
    def ns_to_arm(count):
        lines = t.run(f"many_timers {count}")
        t.check(lines[1] == "100 fired, 0 out of order", lines[1])
        return int(re.fullmatch(r"(\d+) ns to arm", lines[0])[1])

    t.succeeds("load many_timers")
    with t.same_memory():
        few, many = ns_to_arm(10), ns_to_arm(2000)
    t.note(f"{few} ns beside 10, {many} beside 2,000")
    t.check(2 * many <= 3 * few, f"{few} ns beside 10, {many} beside 2,000")
    t.succeeds("unload many_timers")


USERS = [f"many_users_{i:03}" for i in range(20)]


def many_users():
    """A module and 20 more that need it."""
    return {**named("needed_by_all", "needed_by_all.ko"), **needing(dict.fromkeys(USERS, "needed_by_all"))}


@boot(smp=2, files=many_users)
def module_that_many_need(t):
    """modprobe -r takes it away with the last of them, also where lsmod cannot show them all."""
    for command in (f"modprobe -r {' '.join(USERS)}", "modprobe -r --remove-holders needed_by_all"):
        with t.same_memory():
            for name in USERS:
                t.succeeds(f"load {name}")
            t.run("lsmod", r"^needed_by_all .*many_users.*,\.\.\.$")
            t.succeeds(command)
            t.check(not [name for name in t.lsmod() if name in USERS + ["needed_by_all"]], "all are gone")
