"""Rows of the table of errors that the files of loading, unloading and the rules leave."""
import os
import re

from boot import boot
from renamed import chain, named

BUILD = os.environ["TENON_BUILD"]


def until_state(t, name, state):
    for _ in range(200):
        if t.lsmod().get(name, {"state": "absent"})["state"] == state:
            return
    t.check(False, f"{name} does not become {state}")


def in_background(t, command):
    """Starts it, and reads no further than the prompt that comes back at once."""
    t.run(f"{{ {command} }} & true")


def good_module(t):
    t.succeeds("load hello", "^hello: loaded$")
    t.check(t.run("hello") == ["hello, world"], "hello")
    t.succeeds("unload hello")


FAULTS = (("null", r"fault: write near address 0 in wild at wild:do_wild\+"),
          ("opcode", r"fault: invalid opcode in wild at wild:do_wild\+"),
          ("divide", r"fault: divide error in wild at wild:do_wild\+"),
          ("stack", r"fault: stack overflow in wild at wild:descend\+"),
          ("jump", r"fault: execution near address 0 in wild at .*\n.*  at wild:do_wild\+"),
          ("text", r"fault: write of protected memory in wild at wild:do_wild\+"),
          ("rodata", r"fault: write of protected memory in wild at wild:do_wild\+"))


def leaves_by_force(t):
    t.check(t.lsmod()["wild"]["state"] == "failed", "its state")
    t.fails("unload wild", "EPERM")
    t.fails("load wild", "EEXIST")
    t.succeeds("unload -f wild", "^wild: unloaded$")


@boot(smp=2)
@boot(smp=1, debug=True)
def faults(t):
    """In init, in a command, in exit: contained, with module, function and offset; and all comes back."""
    t.run("load wild; unload wild")
    with t.same_memory():
        for word, pattern in FAULTS:
            t.fails(f"load wild init={word}", "ENOTRECOVERABLE", pattern)
            leaves_by_force(t)
            t.succeeds("load wild")
            t.fails(f"wild {word}", "ENOTRECOVERABLE", pattern)
            leaves_by_force(t)
            t.succeeds(f"load wild exit={word}")
            t.fails("unload wild", "ENOTRECOVERABLE", pattern)
            leaves_by_force(t)
        good_module(t)


def given_up(t, command):
    """It does not come back: Ctrl-C does."""
    t.mark = len(t.text)
    t.send(command + "\r")
    t.wait_for(re.escape(command) + r"\n")
    t.quiet(0.3)
    t.send("\x03")
    t.wait_for(r"\^C\n(.*\n)*tenon> \Z")


@boot(smp=2, silence=120)
@boot(smp=1, silence=120)
def init_never_returns(t):
    given_up(t, "load wild init=spin")
    t.check(t.lsmod()["wild"]["state"] == "loading", "its state")
    for command in ("unload wild", "unload -f wild", "unload -w 1 wild", "rmmod wild"):
        t.fails(command, "EBUSY", "loading")
    good_module(t)
    given_up(t, "load wild")  # waits for the one that is at it
    t.mark = 0
    t.wait_for(r"^\[.*\] watchdog: wild: init .*CPU \d+$")
    t.check(t.lsmod()["wild"]["state"] == "loading", "nothing is ended by the clock")
    good_module(t)


@boot(smp=2, silence=120)
@boot(smp=1, silence=120)
def exit_never_returns(t):
    t.succeeds("load wild exit=spin")
    given_up(t, "unload wild")
    t.check(t.lsmod()["wild"]["state"] == "unloading", "its state")
    t.fails("unload wild", "EBUSY", "unloading")
    t.fails("unload -f wild", "EBUSY", "unloading")
    t.fails("load wild", "EEXIST", "unloading")
    good_module(t)
    t.mark = 0
    t.wait_for(r"^\[.*\] watchdog: wild: exit .*CPU \d+$")
    good_module(t)


@boot(smp=4)
@boot(smp=1)
def loaded_by_another(t):
    """The second of one name waits for the first; then the name is taken, or the error is the first's."""
    with t.same_memory():
        in_background(t, "load wild init=nap")
        until_state(t, "wild", "loading")
        t.fails("load wild", "EEXIST", "loaded by another")
        t.run("wait")
        t.succeeds("unload wild")
        in_background(t, "load wild init=nap exit=nap")
        until_state(t, "wild", "loading")
        t.fails("unload wild", "EBUSY", "loading")
        t.run("wait")
        in_background(t, "unload wild")
        until_state(t, "wild", "unloading")
        t.fails("unload wild", "EBUSY", "unloading")
        t.succeeds("load wild")  # the name is free within its second
        t.run("wait")
        t.succeeds("unload wild")


@boot(smp=4)
@boot(smp=1)
def asked_about_by_another(t):
    """A load that waits for `load -n` of the same name goes on when that has ended, and loads."""
    with t.same_memory():
        in_background(t, "load slow_provider ms=500")
        until_state(t, "slow_provider", "loading")
        in_background(t, "load -n slow_consumer")
        until_state(t, "slow_consumer", "loading")
        t.succeeds("load slow_consumer", "^slow_consumer: loaded$")
        t.run("wait")
        t.succeeds("unload slow_consumer slow_provider")


@boot(smp=4)
@boot(smp=1)
def brought_and_asked_for(t):
    """What a load that fails had brought goes with it, but not what was asked for by its name meanwhile."""
    with t.same_memory():
        t.fails("load fails_slowly", "EIO")
        t.check("provider" not in t.lsmod(), "it was loaded only for the one that failed")
        in_background(t, "load fails_slowly")
        until_state(t, "provider", "live")
        t.succeeds("modprobe provider")
        t.run("wait")
        t.succeeds("unload provider")


@boot(smp=4)
@boot(smp=1)
def owner_of_a_symbol_on_its_way(t):
    """A symbol whose owner is still loading, or already leaving, is waited for: one second at most."""
    with t.same_memory():
        in_background(t, "load slow_provider ms=300")
        until_state(t, "slow_provider", "loading")
        t.succeeds("load slow_consumer")
        t.run("wait")
        t.succeeds("unload slow_consumer slow_provider")
        in_background(t, "load slow_provider ms=4000 exit_ms=4000")
        until_state(t, "slow_provider", "loading")
        t.fails("load slow_consumer", "EBUSY", "slow_provider.*loading")
        t.fails("insmod /modules/slow_consumer.ko", "EBUSY", "slow_provider.*loading")
        t.run("wait")
        in_background(t, "unload slow_provider")
        until_state(t, "slow_provider", "unloading")
        t.fails("load slow_consumer", "EBUSY", "slow_provider.*unloading")
        t.run("wait")
        in_background(t, "load slow_provider exit_ms=300")
        t.run("wait")
        in_background(t, "unload slow_provider")
        until_state(t, "slow_provider", "unloading")
        t.succeeds("load slow_consumer")  # when it has gone it is loaded again
        t.run("wait")
        t.succeeds("unload slow_consumer slow_provider")


@boot(smp=4)
def what_needs_each_other(t):
    """Two CPUs, each loading what the other needs: refused or loaded, but never stuck."""
    with t.same_memory():
        for _ in range(10):
            t.run("{ on 0 load cycle_a & on 1 load cycle_b & wait }", "ELOOP|EEXIST", "ELOOP|EEXIST")
            t.run("{ on 0 load mutual_a & on 1 load mutual_b & wait }", "EEXIST|ELOOP")
            t.run("{ on 0 load consumer & on 1 load provider & wait }", "consumer: loaded")
            rows = t.lsmod()
            t.check(not {"cycle_a", "cycle_b", "mutual_a", "mutual_b"} & set(rows), f"{sorted(rows)}")
            t.check(rows["provider"]["used_by"] == "consumer", f"{rows['provider']}")
            t.succeeds("unload consumer provider")


def big_file():
    path = os.path.join(BUILD, "big")
    with open(os.path.join(BUILD, "stage/hello.ko"), "rb") as good, open(path, "wb") as file:
        file.write(good.read())
        file.truncate(64 * 2**20 + 1)
    return ["-fw_cfg", f"name=opt/big,file={path}"]


@boot(smp=2, qemu=big_file)
def too_big(t):
    """Above 64 MiB: refused before it is read or anything is allocated."""
    with t.same_memory():
        t.run("stat /fw_cfg/opt/big", "size 67108865")
        t.fails("load /fw_cfg/opt/big", "E2BIG", "67108865", silence=20)
        t.fails("insmod /fw_cfg/opt/big", "E2BIG", silence=20)
        t.fails("modinfo /fw_cfg/opt/big", "E2BIG", "67108865", silence=20)
    good_module(t)


def long_names():
    return named("h" * 55, "h" * 55 + ".ko")


@boot(smp=2, files=long_names)
def names_are_not_cut(t):
    """A name that is too long is no name, whether or not its first 55 characters are loaded."""
    name = "h" * 55
    with t.same_memory():
        for present in (False, True):
            if present:
                t.succeeds(f"load {name}", f"^{name}: loaded$")
            for more in ("h", "-", "h" * 200):
                t.fails(f"unload {name}{more}", "EINVAL")
                t.fails(f"load {name}{more}", "EINVAL")
                t.fails(f"rmmod {name}{more}", "EINVAL")
            t.fails("unload " + name[:-1], "ENOENT")
        t.check(t.lsmod()[name]["state"] == "live", "it is still there")
        t.succeeds(f"unload {name}", f"^{name}: unloaded$")


MESSAGES = (
    ("p_byte=256", "parameter p_byte: '256' is out of range for type byte"),
    ("p_int=1x", "parameter p_int: '1x' is not of type int"),
    ("p_int", "parameter p_int: a value of type int is missing, write p_int=VALUE"),
    ("p_array=1,2,3,4,5", "parameter p_array: '1,2,3,4,5' has 5 elements, the array of type int holds 4"),
    ("p_string=12345678", "parameter p_string: '12345678' is too long for type string of 8 bytes"),
    ("p_bool=maybe", "parameter p_bool: 'maybe' is not of type bool"),
    ("nothing=1", "unknown parameter nothing"),
)
PARAMETERS = [f"  it has p_{kind}, of type {kind}" for kind in "byte short ushort int uint long ulong bool charp string".split()]
PARAMETERS.append("  it has p_array, of type int")


@boot(smp=2)
def reasons(t):
    """What the one line says: parameter, type and text; the symbol and its file; the chain; init's own."""
    with t.same_memory():
        for words, reason in MESSAGES:
            lines = t.fails(f"load parameters {words}", "EINVAL")
            t.check(lines[0] == f"load: parameters: {reason} (EINVAL)", f"{lines}")
            known = PARAMETERS if reason.startswith("unknown") else []  # in the compiler's order
            t.check(sorted(lines[1:]) == sorted(known), f"{lines}")
        t.fails("insmod /modules/consumer.ko", "ENOENT",
                r"^insmod: /modules/consumer\.ko: undefined symbol provider_answer: "
                r"/modules/provider\.ko would export it \(ENOENT\)$")
        t.fails("load undefined_symbol", "ENOENT", "exported_by_nobody: nothing exports it")
        t.fails("load depends_missing", "ENOENT", "needs no_such_module")
        t.fails("load cycle_a", "ELOOP", "cycle_a needs cycle_b needs cycle_a")
        t.fails("load init_result result=-5", "EIO", r"init returned EIO")
        t.fails("load init_result result=7", "EINVAL", r"init returned 7; it must return 0 or")
        t.fails("load init_result result=-4095", "EINVAL", r"init returned -4095; it must")
        t.fails("load name_taken", "EEXIST", "command echo: the name is taken by shell", "init returned EEXIST")
        t.succeeds("load provider")
        t.fails("load second_provider", "EEXIST", "provider_answer.*provider")
        t.succeeds("unload provider")


@boot(smp=2)
@boot(smp=2, debug=True)
def undefined_symbols(t):
    """All are told, each with the file that would export it, or the nearest name that is exported and where."""
    told = ("provider_answer: /modules/provider.ko would export it",
            "module_describf: nothing exports it; the nearest name is module_describe, of the kernel",
            "nothing_is_called_like_this: nothing exports it",
            "provider_answr: nothing exports it; the nearest name is provider_answer, of provider")
    with t.same_memory():
        for command, most in ("insmod /modules/undefined_symbols.ko", 4), ("load undefined_symbols", 3):
            lines = t.fails(command, "ENOENT")  # in the compiler's order; a load may have brought in provider before
            first = lines[0].removesuffix(" (ENOENT)").split(": ", 2)[2]
            found = sorted([first] + [line.removeprefix("  ") for line in lines[1:]])
            wanted = {f"undefined symbol {one}" for one in told[4 - most:]}
            t.check(set(found) - {f"undefined symbol {told[0]}"} == wanted - {f"undefined symbol {told[0]}"}
                    and most <= len(found) <= 4, f"{lines}")
            t.check("provider" not in t.lsmod(), "what was brought in for it goes with it")
        lines = t.fails("load undefined_many", "ENOENT", "undefined symbol missing_with_a_long_name_")
        more = int(re.match(r"  and (\d+) more$", lines[-1])[1])
        t.check(len(lines) - 1 + more == 200 and len(lines) > 20, f"{len(lines)} lines, {lines[-1]}")
        t.check(len(set(lines)) == len(lines), "each once")


@boot(smp=2)
@boot(smp=2, debug=True)
def init_used_after_init(t):
    """A call into code of init that is freed, or a read of its data, is reported as what it is."""
    with t.same_memory():
        t.succeeds("load uses_init_late")
        t.fails("use_init_late call", "ENOTRECOVERABLE",
                r"fault: execution of memory that was freed after init .*not __init.* in uses_init_late "
                r"at uses_init_late:init_helper\+0x0 \(freed after init\)", r"at uses_init_late:use_init_late_run\+")
        t.succeeds("unload -f uses_init_late")
        t.succeeds("load uses_init_late")
        t.fails("use_init_late read", "ENOTRECOVERABLE",
                r"fault: read of memory that was freed after init .* in uses_init_late")
        t.succeeds("unload -f uses_init_late")


def odd_names():
    return {**named("kernel", "kernel.ko"), **named("inside", "outside.ko")}


@boot(smp=2, files=odd_names)
def names_of_files_and_modules(t):
    """A name loads the module of that name, a path whatever the file holds; `kernel` is no module's name."""
    with t.same_memory():
        for command in ("load kernel", "load -n kernel", "insmod /modules/kernel.ko"):
            t.fails(command, "ENOEXEC", "name 'kernel' is the kernel's own")
        t.fails("load outside", "ENOEXEC",
                r"^load: outside: /modules/outside\.ko holds the module inside; rename the file, or load it by its path")
        t.fails("load inside", "ENOENT")
        t.check("inside" not in t.lsmod(), "init has run")
        t.succeeds("load /modules/outside.ko", "^inside: loaded$")
        t.fails("load /modules/outside.ko", "EEXIST",
                r"^load: /modules/outside\.ko: holds the module inside, which is there already, live \(EEXIST\)$")
        t.fails("insmod /modules/outside.ko", "EEXIST", "inside, which is there already")
        t.succeeds("unload inside")
        t.succeeds("load hello")
        t.fails("load hello", "EEXIST", r"^load: hello: is there already, live \(EEXIST\)$")
        t.succeeds("unload hello")


@boot(smp=2, files=lambda: chain(100, "no_such_module"))
def long_reasons(t):
    """The whole reason; where a chain is too long for a report, it is shortened in its middle."""
    with t.same_memory():
        for first, whole in ((85, True), (50, False), (0, False)):
            lines = t.fails(f"load chain_link_{first:03}", "ENOENT")
            needs = "".join(f"needs chain_link_{i:03}: " for i in range(first + 1, 100))
            begin, end = f"load: chain_link_{first:03}: ", "needs no_such_module: no file /modules/no_such_module.ko (ENOENT)"
            t.check(lines[0].startswith(begin + needs[:100]), f"{lines[0][:200]}")
            t.check(lines[0].endswith(end), f"...{lines[0][-200:]}")
            t.check((lines[0] == begin + needs + end) == whole, f"{len(lines[0])} characters")
            t.check(whole or "... " + end in lines[0], "a mark where it is shortened")


@boot(smp=2, files=lambda: chain(60, "round_link_000", "round_link"))
def long_circles(t):
    with t.same_memory():
        lines = t.fails("load round_link_000", "ELOOP")
        t.check(lines[0].endswith("... round_link_059 needs round_link_000 (ELOOP)"), lines[0])
        t.fails("load round_link_059", "ELOOP", r"round_link_058 needs round_link_059 \(ELOOP\)$")
