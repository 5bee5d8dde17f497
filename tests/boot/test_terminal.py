"""Terminals are a module (docs/adr/0012-terminals-are-a-module.md): where the log goes without it and after it, how it
goes and comes, and what its faults take along."""
from boot import boot
from machine import LOG_LINE, Failure
from test_ending import is_well, logged
from test_rules import state

LOG = r"^\[ *\d+\.\d{6}\] "


def runs(t):
    if t.human("info status").strip() != "VM status: running":
        raise Failure("it stopped")


@boot(boot_set=["watchdog"], to_prompt=False)
@boot(boot_set=["watchdog", "serial_console", "shell"], debug=True, to_prompt=False, name="its users alone")
def without_it_the_log_is_on_the_serial_line(t):
    """printk sends each record itself; what needs terminals says so and is left out."""
    came = t.quiet(15)
    t.check("panic" not in came and "tenon: up after" in came, "a clean log")
    for user in set(t.config.boot_set) - {"watchdog"}:
        logged(t, rf"{LOG}{user}: not loaded: needs terminal: ")
    runs(t)


@boot(smp=2)
@boot(smp=2, debug=True)
def held_by_those_that_use_it(t):
    """By symbols alone: a module with a command holds it, and says nothing of it in its file."""
    t.fails("unload terminal", "EBUSY", "module shell depends on it")
    t.fails("unload -f terminal", "EBUSY", "module shell depends on it")
    with t.same_memory():
        t.succeeds("load hello")
        t.fails("unload terminal", "EBUSY", "module hello depends on it")
        t.check("hello" in t.lsmod()["terminal"]["used_by"], "used by")
        t.succeeds("unload hello")
        t.succeeds("load hello; modprobe -r hello")
    t.check(state(t, "terminal") == "live", "modprobe -r leaves it")
    is_well(t)


@boot(smp=1)
@boot(smp=4)
@boot(smp=4, debug=True)
def out_and_in(t):
    """With the shell and all else that uses it it leaves; no line of the log is lost, doubled or broken."""
    with t.same_memory():
        t.succeeds("load terminal_leaves")
        t.wait_for(rf"{LOG}log: terminal shows it no more$")
        t.wait_for(rf"{LOG}terminal_leaves: they have left\n{LOG}terminal_leaves: no module shows this\n")
        t.wait_for(rf"{LOG}terminal_leaves: they are back$")
        t.prompt()
        t.succeeds("unload terminal_leaves")
    for line in ("log: terminal shows", "terminal_leaves: they have", "terminal_leaves: they are"):
        t.check(t.text.count(line) == 1, f"{line}: once")
    is_well(t)


@boot(smp=2)
@boot(smp=2, debug=True)
@boot(smp=4, firmware="uefi")
def faults(t):
    """A fault in it ends it alone: the log goes on on the serial line, and the kernel with it."""
    t.succeeds("load terminal_fault")
    t.send("terminal_fault\r")
    t.wait_for(rf"{LOG}fault: .* in terminal at .*, thread log$")
    for line in range(1, 5):
        t.wait_for(rf"{LOG}terminal_fault: line {line}$")
        t.send("echo unheard\r")
    logged(t, rf"{LOG}terminal: failed: it faulted$")  # by another thread than the next, in either order
    logged(t, rf"{LOG}log: terminal shows it no more$")
    t.check("panic" not in t.text and "unheard" not in t.text, "the log alone")
    runs(t)


@boot(smp=2)
@boot(smp=4)
def faults_under_output(t):
    """What a job prints stops when the module has failed: the serial line is the log's alone."""
    t.succeeds("load terminal_fault")
    t.send("repeat 1000000000 echo unheard & terminal_fault\r")
    t.wait_for(rf"{LOG}terminal_fault: line 2$", limit=60)
    start = t.mark
    t.wait_for(rf"{LOG}terminal_fault: line 5$", limit=60)
    others = [line for line in t.text[start:t.mark].splitlines() if line and not LOG_LINE.match(line)]
    t.check(not others, f"lines that are not the log's: {others[:5]}")
