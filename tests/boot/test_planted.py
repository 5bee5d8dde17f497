"""Guards that the tests beside them pass without: each of these was red when one was taken out of the kernel."""
import re

from boot import boot
from test_ending import force_out, is_well, logged, until_closed, until_ok
from test_rules import begin, until_absent, until_state

LOG = r"^\[ *\d+\.\d+\] "


def until_logged(t, pattern, start):
    """For what a thread logs that nothing waits for."""
    for _ in range(500):
        if re.search(pattern, t.text[start:], re.MULTILINE):
            return
        t.run("true")
    t.check(False, f"{pattern!r} is not logged")


@boot(smp=1, accel="tcg", qemu=["-icount", "shift=0,sleep=off"], silence=300)
def a_call_ends_as_a_stop_has_seen_it(t):
    """Unregistering reads the count of leavers before the stop that looks for calls, and so misses none."""
    with t.same_memory():
        t.succeeds("load late_leaver")
        t.succeeds("late_leaver 200")
        t.succeeds("unload late_leaver")
        is_well(t)


@boot(smp=4)
@boot(smp=4, debug=True)
def unregister_beside_the_sweep_of_its_interface(t):
    """While the sweep of a failed module ends an entry in its interface, the module unregisters that: it waits. No
    entry comes in meanwhile."""
    t.succeeds("load rules_gate")
    with t.same_memory():
        for _ in range(5):
            t.succeeds("load span_provider; load span_consumer; gate shut")
            t.succeeds("span_again")
            begin(t, "span wait", "span_consumer", 1)
            t.run("span end & true")
            start = len(t.text)
            t.run("span fault", "fault: .* in span_provider")
            until_logged(t, "span_provider: unregisters its interface$", start)
            t.run("span_again", "spanned another: the interface's module is leaving or has failed$")
            t.status("ENODEV")
            t.run("gate open; wait")
            logged(t, "span_provider: has unregistered it: 0$", start)
            until_closed(t, "span_provider")
            until_ok(t, "unload span_consumer")
            force_out(t, "span_provider")
        is_well(t)


@boot(smp=2)
@boot(smp=2, debug=True)
def no_page_is_read_behind_its_end(t):
    """A CPU that reads a page without pause faults once it is gone: it has been told to forget the address. The
    page goes with its module, with init, or is a mapping; the CPU is the one that unmaps or another."""
    t.succeeds("load hello; unload hello")
    for word in ("unload", "init", "io"):
        for reader, other in ((1, 0), (0, 0)):
            with t.same_memory():
                start = len(t.text)
                t.succeeds(f"load stale_reader cpu={reader}")
                if word == "unload":
                    t.succeeds("load stale_victim")
                t.run(f"on {other} stale_reader {word}")
                logged(t, "stale_reader: has read (nothing|what is gone)", start)
                t.check("has read what is gone" not in t.text, f"{word}, on CPU {reader}: what is gone was read")
                until_state(t, "stale_reader", "failed")
                logged(t, "fault: .* in stale_reader", start)
                if word == "init":
                    t.succeeds("unload stale_victim")
                until_closed(t, "stale_reader")
                force_out(t, "stale_reader")
    is_well(t)


@boot(smp=4)
@boot(smp=4, debug=True)
def calls_in_a_failed_module_are_cut(t):
    """The record of a call that does not return names no entry of a module that has failed: that is the module's."""
    t.succeeds("load rules_gate")
    with t.same_memory():
        t.succeeds("load wild")
        begin(t, "gate begin wild", "wild", 1)
        t.fails("unload -f wild", "EBUSY", "call: command wild, complete, by thread")
        t.run("wild opcode", "fault: .* in wild")
        until_closed(t, "wild")
        t.fails("unload -f wild", "EBUSY", "call: cut off, by thread")
        t.run("gate open; wait")
        force_out(t, "wild")
        t.succeeds("gate shut")
        is_well(t)


@boot(smp=4)
@boot(smp=4, debug=True)
def a_module_fails_while_it_unregisters(t):
    """A thread waits for a call to leave its entry; when the module fails it goes on, and so does what ends the
    module's things: the call may never leave."""
    t.succeeds("load rules_gate")
    with t.same_memory():
        for _ in range(3):
            t.succeeds("load removes_late; gate shut")
            begin(t, "gate begin removed_late", "removes_late", 1)
            start = len(t.text)
            t.run("removes_late remove & true")
            until_absent(t, "removed_late")
            t.run("removes_late fault", "fault: .* in removes_late")
            until_closed(t, "removes_late")
            until_logged(t, "removes_late: removed: 0$", start)
            t.run("gate open; wait")
            force_out(t, "removes_late")
        t.succeeds("gate shut")
        is_well(t)


@boot(smp=1)
@boot(smp=4)
def the_prompt_comes_back_behind_the_log(t):
    """A timer logs a line while nothing runs and no key is pressed: the edited line is drawn again behind it."""
    t.send("load logs_late\r")
    t.wait_for(rf"{LOG}logs_late: this comes late\n(?:.*\n)*tenon> \Z")
    t.succeeds("unload logs_late")
