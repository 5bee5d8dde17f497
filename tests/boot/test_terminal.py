"""Terminals are a module (docs/adr/0012-terminals-are-a-module.md): where the log goes without it and after it, how it
goes and comes, and what its faults take along."""
from boot import boot
from machine import LOG, LOG_LINE, Failure
from test_ending import is_well, logged
from test_rules import state


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
    # Those that use it may leave meanwhile; the command runs under its command_run, to which the thread returns.
    t.fails("unload -w 1 terminal", "EBUSY", "would unload itself")
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


WITHOUT_WATCHDOG = "terminal files serial_console fb_console ps2_keyboard initrd fw_cfg power text sys procps shell".split()


def fault(t):
    t.succeeds("load terminal_fault")
    t.send("terminal_fault\r")
    t.wait_for(rf"{LOG}fault: .* in terminal at .*, thread log$")


@boot(smp=2, boot_set=WITHOUT_WATCHDOG)
@boot(smp=2, debug=True, boot_set=WITHOUT_WATCHDOG)
@boot(smp=4, firmware="uefi", boot_set=WITHOUT_WATCHDOG)
def faults(t):
    """A fault in it ends it alone: the log goes on on the serial line, and the kernel with it."""
    fault(t)
    for line in range(1, 5):
        t.wait_for(rf"{LOG}terminal_fault: line {line}$")
        t.send("echo unheard\r")
    logged(t, rf"{LOG}terminal: failed: it faulted$")  # by another thread than the next, in either order
    logged(t, rf"{LOG}log: terminal shows it no more$")
    t.check("panic" not in t.text and "unheard" not in t.text, "the log alone")
    runs(t)


@boot(smp=2, boot_set=WITHOUT_WATCHDOG)
@boot(smp=4, boot_set=WITHOUT_WATCHDOG)
def faults_under_output(t):
    """What a job prints stops when the module has failed: the serial line is the log's alone."""
    t.succeeds("load terminal_fault")
    t.send("repeat 1000000000 echo unheard & terminal_fault\r")
    t.wait_for(rf"{LOG}terminal_fault: line 2$", limit=60)
    start = t.mark
    t.wait_for(rf"{LOG}terminal_fault: line 5$", limit=60)
    others = [line for line in t.text[start:t.mark].splitlines() if line and not LOG_LINE.match(line)]
    t.check(not others, f"lines that are not the log's: {others[:5]}")


@boot(smp=1)
@boot(smp=2)
@boot(smp=4, debug=True)
@boot(smp=4, firmware="uefi")
def comes_back(t):
    """With the watchdog it is forced out after all that uses it, and all is loaded again, with a prompt."""
    before = set(t.lsmod()) | {"counter"}
    t.succeeds("load counter; cat /dev/counter")
    fault(t)
    t.wait_for(rf"{LOG}watchdog: terminal has failed, and is loaded again$")
    t.prompt()
    t.succeeds("unload terminal_fault")
    t.check(set(t.lsmod()) == before, f"all are there again: {t.lsmod()}")
    t.check(t.run("cat /dev/counter") == ["1"], "they begin anew")
    is_well(t)


@boot(smp=2)
def an_edited_line_too_long(t):
    """It is refused with a line that names the caller, and no memory behind the text is sent."""
    t.succeeds("load edits_much")
    for length in (1025, 3000, 3000000000):
        answer = t.run(f"edits_much {length}", rf"edits_much:.* shows an edited line of {length} bytes; 1024 is the most$")
        t.check(answer == [], f"nothing is shown: {answer}")
    t.succeeds("unload edits_much")


@boot(smp=1)
@boot(smp=4)
def a_console_that_logs(t):
    """Each record that is shown makes another one: commands have their turn, and the log ends with the console."""
    t.send("unload -w 30 serial_console; load talking_console\r")
    t.wait_for(r"^talking_console: loaded$")
    for word in ("one", "two"):
        t.send(f"echo {word} > /dev/null; echo said {word}\r")
        t.wait_for(rf"^said {word}$")
    t.send("unload -w 30 talking_console; load serial_console\r")
    t.wait_for(r"^serial_console: loaded$")
    t.wait_for(r"^tenon> \Z")
    is_well(t)


@boot(smp=2)
def said_to_be_sent_before_it_is_there(t):
    """The serial line goes on with what is logged next."""
    t.succeeds("load log_ahead", rf"{LOG}log_ahead: this comes behind it$")
    t.succeeds("unload log_ahead; load hello; unload hello", rf"{LOG}hello: hello, world$")
    is_well(t)


@boot(smp=1, accel="tcg", qemu=["-icount", "shift=0,sleep=off"], silence=300)
def no_prompt_behind_each_line_of_the_log(t):
    """The edited line is shown again when the log has been quiet, or at a key: a few times, not once a line."""
    t.succeeds("load talker")
    t.mark = start = len(t.text)
    t.send("repeat 400 { talker log; sleep 0.002 } & echo begun\r")
    t.wait_for(r"^begun$")
    t.run("wait")
    t.send("{ repeat 400 { talker log; sleep 0.002 }; load hello } &\r")
    t.wait_for(rf"{LOG}hello: hello, world\n(?:.*\n)*tenon> \Z")
    alone = t.text[start:].count("\ntenon> \n")
    t.note(f"{alone} prompts alone on their line")
    t.check(alone < 100, f"{alone} prompts alone on their line")
