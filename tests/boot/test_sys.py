"""/sys/module and /proc: Linux's places and formats, over the kernel's own tables."""
import os
import re
import subprocess

from boot import boot
from renamed import named, needing

BUILD = os.environ["TENON_BUILD"]

SYMBOL = re.compile(r"([0-9a-f]{16}) ([TtD]) (\S+)(?:\t\[(\w+)\])?")
ZERO = "0x0000000000000000"
P = "/sys/module/sys_target/parameters"


@boot(smp=2)
@boot(smp=2, debug=True)
def modules(t):
    """What each module is held by, and its sections; an address only with the word."""
    with t.same_memory():
        t.succeeds("load consumer")
        t.check(t.succeeds("ls /sys") == ["module/"], "one folder")
        names = {line.rstrip("/") for line in t.succeeds("ls /sys/module")}
        t.check(names == set(t.lsmod()), f"{names}")
        t.check(t.succeeds("ls /sys/module/provider") == ["holders/", "parameters/", "refcnt", "sections/"], "folders")
        t.check(t.succeeds("cat /sys/module/provider/refcnt") == ["1"], "one holder")
        t.check(t.succeeds("ls /sys/module/provider/holders") == ["consumer"], "its name")
        t.succeeds("stat /sys/module/provider/holders/consumer", "kind file")
        t.check(t.succeeds("ls /sys/module/consumer/holders") == [], "none")
        t.check(".text" in t.succeeds("ls /sys/module/provider/sections"), "sections")
        t.check(t.succeeds("cat /sys/module/provider/sections/.text") == [ZERO], "no address")
        t.fails("cat /sys/module/provider/holders/hello", "ENOENT")
        t.fails("cat /sys/module/provider/sections/.init", "ENOENT")
        lines = t.succeeds("cat /proc/modules")
        rows = t.lsmod()
        t.check([line.split()[0] for line in lines] == list(rows), "the rows of lsmod, in its order")
        size = rows["provider"]["size"]
        t.check(f"provider {size} 1 consumer, Live {ZERO}" in lines, f"{lines}")
        t.check(any(re.fullmatch(rf"consumer \d+ 0 - Live {ZERO}", line) for line in lines), f"{lines}")
        t.succeeds("unload consumer provider")
        t.fails("ls /sys/module/provider", "ENOENT")


@boot(smp=2, words="addresses")
def addresses(t):
    at = {}
    for line in t.succeeds("lsmod -v shell"):
        match = re.match(r"  section: (\w+) \d+ bytes at (0x\w+)", line)
        if match:
            at[match[1]] = int(match[2], 16)
    for name, address in at.items():
        name = "data..percpu" if name == "percpu" else name
        t.check(int(t.succeeds(f"cat /sys/module/shell/sections/.{name}")[0], 16) == address, name)
    t.succeeds("grep '^shell ' < /proc/modules", rf"Live 0x{at['text']:016x}$")


def symbols_of(t):
    """(ADDRESS, TYPE, NAME, MODULE or "") of each line of /proc/kallsyms, in order."""
    lines = t.succeeds("cat /proc/kallsyms")
    wrong = [line for line in lines if not SYMBOL.fullmatch(line)]
    t.check(not wrong, f"{wrong[:5]}")
    return [SYMBOL.fullmatch(line).groups("") for line in lines]


def functions_in(path):
    """{name: T or t} of the functions in a module's text, as objdump has them."""
    done = subprocess.run(["objdump", "-t", os.path.join(BUILD, path)], capture_output=True, text=True, check=True)
    rows = re.findall(r"^[0-9a-f]{16} (.)(.{6}) \.(?:text|exit)\S*\t[0-9a-f]{16} (?:\.hidden )?(\S+)$", done.stdout,
                      re.MULTILINE)
    return {name: "t" if bind == "l" else "T" for bind, flags, name in rows if "d" not in flags}


@boot(smp=2)
@boot(smp=2, debug=True)
def symbols(t):
    """/proc/kallsyms: every function of the kernel and of each module, and the data that they export."""
    with t.same_memory():
        t.succeeds("load consumer; load symbol_exports")
        rows = symbols_of(t)
        t.check({address for address, _, _, _ in rows} == {"0" * 16}, "no address without the word")
        has = {(name, module): kind for _, kind, name, module in rows}
        for name, module, kind in (("printk", "", "T"), ("show_log", "", "t"), ("addresses_enabled", "", "D"),
                                   ("provider_answer", "provider", "T"), ("init_module", "provider", None),
                                   ("shell_init", "shell", None), ("lsmod_run", "shell", "T"),
                                   ("print_heading", "shell", "t"), ("exported_number", "symbol_exports", "D"),
                                   ("exported_function", "symbol_exports", "T"), ("hello_init", "hello", None)):
            t.check(has.get((name, module)) == kind, f"{name} of {module}: {has.get((name, module))}")
        t.check({module for _, _, _, module in rows} == {"", *t.lsmod()}, "every module")
        files = functions_in("modules/shell.ko")
        shown = {name: kind for (name, module), kind in has.items() if module == "shell" and kind != "D"}
        t.check(shown == files and len(files) > 100, f"not as in its file: {set(shown.items()) ^ set(files.items())}")
        t.succeeds("unload consumer provider symbol_exports")
        t.check(not any(row[3] in ("provider", "symbol_exports") for row in symbols_of(t)), "they went with their modules")


@boot(smp=2, words="addresses")
def symbols_addresses(t):
    """With the word `addresses`, and in their order: the kernel's by nm, a module's in its sections."""
    t.succeeds("load symbol_exports")
    rows = symbols_of(t)
    kernel = [(int(address, 16), kind, name) for address, kind, name, module in rows if not module]
    done = subprocess.run(["nm", os.path.join(BUILD, "kernel.elf")], capture_output=True, text=True, check=True)
    linked = {tuple(line.split()) for line in done.stdout.splitlines()}
    wrong = [row for row in kernel if row[1] in "tT" and (f"{row[0]:016x}", row[1], row[2]) not in linked]
    t.check(not wrong and len(kernel) > 500, f"{len(kernel)} rows, of which not as linked: {wrong[:5]}")
    functions = [address for address, kind, _ in kernel if kind in "tT"]
    t.check(functions == sorted(functions), "in the order of addresses")
    starts = {int(line.split()[0], 16) for line in done.stdout.splitlines()
              if line.split()[1] in "tT" and not re.match(r"\.L|__text_|__boot", line.split()[2])}
    low, high = (next(int(line.split()[0], 16) for line in done.stdout.splitlines() if line.split()[2] == name)
                 for name in ("__text_start", "__text_end"))
    t.check({at for at in starts if low <= at < high} == set(functions), "an address without a name")
    at = {}
    for line in t.succeeds("lsmod -v symbol_exports"):
        match = re.match(r"  section: (\w+) (\d+) bytes at (0x\w+)", line)
        if match:
            at[match[1]] = range(int(match[3], 16), int(match[3], 16) + int(match[2]))
    mine = {name: (int(address, 16), kind) for address, kind, name, module in rows if module == "symbol_exports"}
    for name, section in (("exported_function", "text"), ("exported_number", "data")):
        t.check(mine[name][0] in at[section], f"{name}: {mine[name]} is not in {section}, {at[section]}")
    t.check(all(address in at["text"] for address, kind in mine.values() if kind != "D"), f"{mine}")


@boot(smp=2)
@boot(smp=2, debug=True)
def parameters(t):
    """They are read and written as their modes say; a value that is not of the type changes nothing."""
    with t.same_memory():
        t.succeeds("load sys_target")
        t.check(sorted(t.succeeds(f"ls {P}")) == ["fixed", "flag", "inverse", "list", "many", "number", "pointer", "secret",
                                                  "text"], "no hidden and no odd names")
        for name, text in (("number", "7"), ("flag", "Y"), ("inverse", "N"), ("fixed", "3"), ("pointer", "stays"),
                           ("text", r"a\x1bb"), ("list", "1,2,3")):
            t.check(t.succeeds(f"cat {P}/{name}") == [text], f"{name}: {t.run(f'cat {P}/{name}')}")
        for words in (f"cat {P}/many", "lsmod -v sys_target"):
            t.check(re.search(r"(^|=)(0,)+\.\.\.( |$)", "\n".join(t.succeeds(words)), re.MULTILINE), f"{words}: a list that is cut")
        t.succeeds(f"write {P}/number -12")
        t.succeeds(f"echo N > {P}/flag")
        t.succeeds(f"echo y >> {P}/inverse")
        t.succeeds(f"write {P}/secret 9")
        t.succeeds(f"write {P}/text 'two words'")
        t.succeeds(f"write {P}/list 4,5")
        now = "-12 0 0 3 9 6 [stays] [two words] 2: 4 5 3"
        t.check(t.run("sys_target") == [now], f"{t.run('sys_target')}")
        t.check(t.succeeds(f"cat {P}/number") == ["-12"], "reads what was written")
        for name, value, errno in (("number", "x", "EINVAL"), ("number", "9999999999", "EINVAL"), ("number", "''", "EINVAL"),
                                   ("flag", "maybe", "EINVAL"), ("list", "1,2,3,4", "EINVAL"),
                                   ("text", "a" * 16, "EINVAL"), ("text", "a" * 400, "EINVAL"), ("pointer", "new", "EPERM"),
                                   ("fixed", "4", "EACCES"), ("hidden", "1", "ENOENT"), ("none", "1", "ENOENT")):
            t.run(f"write {P}/{name} {value}")
            if value != "''":
                t.status(errno)
        t.fails(f"cat {P}/secret", "EACCES")
        t.check(t.run("sys_target") == [now], "nothing has changed")
        t.succeeds("unload sys_target")


@boot(smp=2)
@boot(smp=2, debug=True)
def hostile(t):
    """Paths that lead nowhere, what cannot be changed, offsets past the end."""
    with t.same_memory():
        long = "a" * 63
        for path in ("/sys/modules", "/sys/module/nosuch", f"/sys/module/{long}", f"/sys/module/{long}a",
                     "/sys/module/shell/refcn", "/sys/module/shell/sections/text", "/proc/nosuch", f"/proc/{long}",
                     "/sys/module/shell/parameters/a/b", "/sys/module/shell/holders/a/b/c/d"):
            t.fails(f"cat {path}", "ENOENT")
            t.fails(f"ls {path}", "ENOENT")
            t.run(f"write {path} 1")
            t.check(t.run("echo $?") != ["0"], path)
        for path in ("/sys", "/sys/module", "/sys/module/shell", "/sys/module/shell/holders", "/proc"):
            t.fails(f"cat {path}", "EISDIR")
            t.succeeds(f"stat {path}", "kind directory")
        t.fails("ls /sys/module/shell/refcnt/x", "ENOTDIR")
        for path in ("/sys/module/shell/refcnt", "/proc/modules", "/sys/module/shell/sections/.text"):
            t.fails(f"write {path} 1", "EACCES")
            t.fails(f"rm {path}", "EROFS")
        t.fails("mkdir /sys/module/mine", "EROFS")
        t.succeeds("load sys_target")
        t.succeeds(f"load sys_holder path={P}/number offset=4294967295")
        t.check(t.succeeds("sys_holder read") == [], "past the end there is nothing")
        t.fails("sys_holder write 5", "EINVAL")
        t.check(t.run("sys_target")[0].startswith("7 "), "as it was")
        t.succeeds("unload sys_holder sys_target")


@boot(smp=2)
@boot(smp=2, debug=True)
def gone_while_open(t):
    """A file holds sys, not the module that it is about: that may go, and is then not written to."""
    with t.same_memory():
        t.succeeds("load sys_target")
        t.succeeds(f"load sys_holder path={P}/number")
        t.check(t.succeeds("sys_holder read") == ["7"], "reads")
        t.succeeds("sys_holder write 8")
        t.check(t.run("sys_target")[0].startswith("8 "), "writes")
        t.fails("unload sys", "EBUSY", "open since")
        t.succeeds("unload sys_target", "^sys_target: unloaded$")
        t.check(t.succeeds("sys_holder read") == ["7"], "what was read at open")
        t.fails("sys_holder write 9", "ENOENT")
        t.succeeds("unload sys_holder")
        t.succeeds("unload sys")
        t.fails("ls /sys", "ENOENT")
        t.fails("cat /proc/modules", "ENOENT")
        t.succeeds("load sys")
        t.succeeds("cat /proc/modules", "^sys .* Live ")


MANY = 1000


def many_users():
    """A module and two times @MANY that need it."""
    return {**named("many_need_it", "many_need_it.ko"),
            **needing({f"many_users_{i:04}": "many_need_it" for i in range(MANY)})}


def us(t, command):
    return int(re.search(r"^time: (\d+) us", "\n".join(t.succeeds(f"time {command}")), re.MULTILINE)[1])


@boot(smp=1, mem="512M", files=many_users, accel="tcg", qemu=["-icount", "shift=0,sleep=off"], silence=300, limit=900)
def many_modules(t):
    """Twice as many modules: every listing costs about twice as much, and a path no more. The clock counts
    instructions."""
    commands = ("ls /sys/module", "ls /sys/module/many_need_it/holders", "cat /proc/modules", "cat /proc/kallsyms",
                "cat /sys/module/hello/refcnt", "lsmod -v hello")
    few = {}
    t.succeeds("load hello")
    for part in range(2):
        for i in range(part * MANY // 2, (part + 1) * MANY // 2):
            t.run(f"load many_users_{i:04} > /dev/null")
        costs = {command: us(t, f"{command} > /dev/null") for command in commands}
        few = few or costs
    for command in commands:
        t.note(f"{command}: {few[command]} and {costs[command]} us")
        most = 1.2 if "hello" in command else 3  # 4 is quadratic
        t.check(costs[command] <= most * few[command] + 100, f"{command}: {few[command]}, then {costs[command]} us")
    names = {line.rstrip("/") for line in t.succeeds("ls /sys/module")}
    t.check(names == set(t.lsmod()) and len(names) > MANY, f"{len(names)} names")
    holders = t.succeeds("ls /sys/module/many_need_it/holders")
    t.check(sorted(holders) == [f"many_users_{i:04}" for i in range(MANY)], f"{len(holders)} holders")
    users = next(line for line in t.succeeds("cat /proc/modules") if line.startswith("many_need_it ")).split()
    t.check(users[3] == "".join(f"{name}," for name in holders) and users[4] == "Live", f"{users[3][:80]} {users[4:]}")
