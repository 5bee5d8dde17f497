"""What a command writes over is not the shell's end; and a shell, or terminals, that have failed come back."""
from boot import boot
from machine import LOG
from test_ending import is_well
from test_rules import state


@boot(smp=2)
@boot(smp=2, debug=True)
def what_is_handed_over_may_be_written_over(t):
    """Words, call and streams: the command ends with a fault, and the shell says so by its name."""
    said = r"^shell: scribbles: its module faulted; see the log \(ENOTRECOVERABLE\)$"
    for what in ("name", "words", "call", "out", "errors"):
        for line in (f"scribbles {what}", f"{{ scribbles {what} }} > /dev/null", f"scribbles {what} | cat"):
            t.succeeds("load scribbles")
            t.run(line, said)
            t.check(state(t, "shell") == "live" and state(t, "terminal") == "live", f"{line}: it is alive")
            t.succeeds("unload -f scribbles")
    t.run("{ load scribbles; scribbles out; echo after; unload -f scribbles }", said, "^after$")
    t.check("shell: failed" not in t.text and "terminal: failed" not in t.text, "nothing else has failed")
    is_well(t)


@boot(smp=2)
@boot(smp=2, debug=True)
def closed_twice(t):
    """The line in the log names the command, and nothing else happens."""
    t.succeeds("load scribbles")
    with t.same_memory():
        t.succeeds("scribbles twice", rf"{LOG}scribbles:.* closes an output that is not open$")
        t.check("terminal:" not in "".join(t.logged), "the terminal is not blamed")
    t.succeeds("unload scribbles")


def shell_faults(t):
    t.succeeds("load scribbles")
    t.mark = len(t.text)
    t.send("scribbles job\r")
    t.wait_for(rf"{LOG}shell: failed: it faulted$")


@boot(smp=1, rc="echo from rc")
@boot(smp=4)
@boot(smp=4, debug=True)
def the_shell_comes_back(t):
    """It is forced out and loaded again by the watchdog, with a prompt, and the host's lines are not run again."""
    t.succeeds("load scribbles; unload scribbles")
    for _ in range(2):
        with t.same_memory():
            shell_faults(t)
            t.wait_for(rf"{LOG}watchdog: shell has failed, and is loaded again$")
            t.wait_for(r"^tenon> \Z")
            t.succeeds("unload scribbles")
    t.check(t.text.count("\nfrom rc\n") == (1 if t.config.rc else 0), "the host's lines once")
    is_well(t)


@boot(smp=2)
def not_without_end(t):
    """As often a minute as the parameter says; then it stays failed, and the kernel goes on."""
    t.succeeds("unload watchdog; load watchdog restarts=1")
    shell_faults(t)
    t.wait_for(r"^tenon> \Z")
    t.run("unload scribbles")
    shell_faults(t)
    t.wait_for(rf"{LOG}watchdog: shell has failed and is left as it is: 1 restarts a minute$")
    t.check(t.text.count("and is loaded again") == 1, "loaded again once")
