"""Endings (docs/ending.md): where two parties end the same thing, one does and the other waits; what fails
takes nothing with it that is well; and nothing is booked to an owner whose sweep has begun."""
import re

from boot import boot
from test_rules import state, until_state


def is_well(t):
    """A good module loads, answers and leaves, work runs on every CPU, and the machine stops."""
    t.succeeds("stop > /dev/null")
    t.succeeds("load hello")
    t.check(t.run("hello") == ["hello, world"], "hello does not answer")
    t.succeeds("unload hello")
    t.succeeds("load work_probe")
    for cpu in range(t.config.smp):
        t.check(t.run(f"on {cpu} work_probe") == ["the work item ran"], f"no work on CPU {cpu}")
    t.succeeds("unload work_probe")


def force_out(t, name):
    """Forces it out as soon as no thread is in it any more."""
    for _ in range(500):
        lines = t.run(f"unload -f {name}")
        if f"{name}: unloaded" in lines:
            return
    t.check(False, f"{name} cannot be forced out: {lines}")


def until_closed(t, name):
    """What ends the things of a failed module has ended."""
    until_state(t, name, "failed")
    for _ in range(500):
        if f"closing/{name}" not in "\n".join(t.run("threads")):
            return
    t.check(False, f"closing/{name} does not end")


def logged(t, pattern, start=0):
    t.check(re.search(pattern, t.text[start:], re.MULTILINE), f"{pattern!r} was not logged")


@boot(smp=4, quick=True)
@boot(smp=4, debug=True)
def late_thread(t):
    """A work item that init or exit leaves behind is taken off, or cannot make a thread any more."""
    ends = "left behind: work made at|late_thread is not made: its module is leaving"
    with t.same_memory():
        for _ in range(8):
            t.fails("load late_thread", "EIO", ends)
            t.succeeds("load late_thread in_exit=1")
            t.succeeds("unload late_thread", ends)
        is_well(t)
    logged(t, "late_thread is not made: its module is leaving")
    t.check("late_thread: made" not in t.text, "a thread was made")


@boot(smp=4)
@boot(smp=4, debug=True)
def failure_beside_unregister(t):
    """A module's thread unregisters hooks and frees them, while its own failure ends them."""
    t.succeeds("load rules_gate")
    with t.same_memory():
        for round in range(40):
            t.run(f"load hook_churn after={500 + 137 * round}")
            until_state(t, "hook_churn", "failed")
            force_out(t, "hook_churn")
        is_well(t)
    t.check("panic" not in t.text, "panic")


@boot(smp=4)
@boot(smp=4, debug=True)
def provider_fails_beside_unregister(t):
    """A provider fails while a well-behaved module is being unloaded that has 48 hooks in it."""
    t.run("load many_hooks; unload many_hooks; unload hook_provider")
    with t.same_memory():
        for _ in range(60):
            t.succeeds("load hook_provider; load many_hooks > /dev/null")
            t.run("{ on 1 unload many_hooks } > /dev/null & { on 2 hook_provider } > /dev/null & wait")
            t.run("unload many_hooks > /dev/null")
            until_state(t, "hook_provider", "failed")
            t.check(state(t, "many_hooks") == "not loaded", "many_hooks has not left")
            force_out(t, "hook_provider")
        is_well(t)
    t.check("panic" not in t.text, "panic")


@boot(smp=4)
@boot(smp=4, debug=True)
def provider_fails_with_span(t):
    """A provider fails that has a span open on an entry of a module that is well."""
    t.succeeds("load rules_gate")
    with t.same_memory():
        for _ in range(10):
            t.succeeds("load span_provider; load span_consumer")
            t.succeeds("span open")
            t.check(t.run("span call") == ["7"], "the span does not lead to its entry")
            t.fails("unload span_consumer", "EBUSY", "an object")
            t.run("span fault", "fault: .* in span_provider")
            until_state(t, "span_provider", "failed")
            t.check(state(t, "span_consumer") == "live", "the consumer has not stayed as it was")
            until_ok(t, "unload span_consumer")
            force_out(t, "span_provider")
        is_well(t)


KEPT = {"open": "of data", "stack": "of a frame", "freed": "of the heap"}


@boot(smp=4)
@boot(smp=4, debug=True)
def forgotten_spans(t):
    """What a module leaves open, be its memory there or not, is ended with it: when it leaves, and when it has failed."""
    t.succeeds("load rules_gate")
    with t.same_memory():
        t.succeeds("load span_provider; load span_consumer; load span_keeper")
        t.succeeds("keep open; keep close; unload span_consumer; load span_consumer")
        for fails in (False, True):
            for word, name in KEPT.items():
                t.succeeds(f"keep {word}")
                t.fails("unload span_consumer", "EBUSY", f"spanned '?{name}'? .*open since")
            start = len(t.text)
            if fails:
                t.run("keep fault", "fault: .* in span_keeper")
                until_closed(t, "span_keeper")
                t.fails("unload span_consumer", "EBUSY", "in use by 3 holders")
                force_out(t, "span_keeper")
            else:
                t.succeeds("unload span_keeper; load span_keeper")
            for name in KEPT.values():
                logged(t, rf"span_keeper: left behind: span '?{name}'? made at .*span_keeper\.c:\d+; removed", start)
            t.succeeds("unload span_consumer; load span_consumer")
        t.succeeds("unload span_consumer; unload span_provider")
        is_well(t)
    t.check("panic" not in t.text, "panic")


@boot(smp=4)
def spans_cut_before_their_opener_leaves(t):
    """The entry's module is forced out first: what the opener forgot leads nowhere, and is ended with it all the same."""
    t.succeeds("load rules_gate")
    with t.same_memory():
        t.succeeds("load span_provider; load span_consumer; load span_keeper; keep open; keep freed")
        t.succeeds("unload -f span_consumer; unload span_keeper")
        logged(t, "span_keeper: left behind: span .*of the heap")
        t.succeeds("unload span_provider")
        is_well(t)


def until_ok(t, command):
    for _ in range(500):
        t.run(command)
        if t.run("echo $?") == ["0"]:
            return
    t.check(False, f"{command} does not succeed")


@boot(smp=4)
def consumer_waits_for_the_sweep_of_its_provider(t):
    """A call from a failed provider is in an entry: the entry's module stays until it has returned."""
    t.succeeds("load rules_gate")
    with t.same_memory():
        t.succeeds("load span_provider; load span_consumer")
        t.run("span wait & true")
        for _ in range(500):
            if re.search(r"^span_consumer +\d+ +1 ", "\n".join(t.run("lsmod")), re.MULTILINE):
                break
        t.run("span fault", "fault: .* in span_provider")
        t.fails("unload span_consumer", "EBUSY", "call")
        t.fails("unload -f span_provider", "EBUSY", "span_consumer depends on it")
        t.succeeds("gate open; wait")
        until_ok(t, "unload span_consumer")
        force_out(t, "span_provider")
        t.succeeds("gate shut")
        is_well(t)


@boot(smp=4)
@boot(smp=4, debug=True)
def failure_with_a_stuck_work_item(t):
    """A work item that does not return keeps its module, its worker and no other, wherever the fault is: also
    on the CPU of that worker."""
    t.succeeds("load rules_gate")
    for command in ("stuck_work fault", "stuck_work timer", "on 1 stuck_work fault", "on 1 stuck_work timer"):
        with t.same_memory():
            t.succeeds("load stuck_work; load work_probe")
            start = len(t.text)
            t.run(command)
            until_state(t, "stuck_work", "failed")
            logged(t, "fault: .* in stuck_work", start)
            for cpu in (0, 2, 3):
                t.check(t.run(f"on {cpu} work_probe") == ["the work item ran"], f"no work on CPU {cpu}")
            t.fails("unload -f stuck_work", "EBUSY", "in use by 1 holder", "work.*thread worker/1")
            t.succeeds("unload work_probe; gate open")
            force_out(t, "stuck_work")
            t.succeeds("gate shut")
            is_well(t)


@boot(smp=4)
@boot(smp=4, debug=True)
def self_freeing_work(t):
    """The sweep does not look at a work item that it has taken off or that has run."""
    with t.same_memory():
        for _ in range(20):
            t.succeeds("load self_freeing_work each=200")
            t.succeeds("unload self_freeing_work", silence=120)
        is_well(t)


@boot(smp=2)
@boot(smp=2, debug=True)
def functions_of_an_interface_fault(t):
    """A fault in entering, changed or left fails the module that defines the interface."""
    for where in ("entering", "left", "changed"):
        with t.same_memory():
            t.succeeds(f"load interface_faults where={where}")
            t.run("interface_faults", "fault: .* in interface_faults")
            until_state(t, "interface_faults", "failed")
            force_out(t, "interface_faults")
            is_well(t)


@boot(smp=2)
@boot(smp=2, debug=True)
def functions_that_are_lent_fault(t):
    """A fault in entering, changed or left, where another module lends them: over what the entry says, and its module
    fails."""
    t.succeeds("load lends_interface")
    for where in ("entering", "left", "changed"):
        with t.same_memory():
            t.succeeds(f"load borrows_interface where={where}")
            t.run("borrows_interface", "fault: .* in borrows_interface at lends_interface:lent_")
            until_state(t, "borrows_interface", "failed")
            force_out(t, "borrows_interface")
            t.check(t.lsmod()["lends_interface"]["state"] == "live", "the lender has failed")
            is_well(t)
    t.succeeds("unload lends_interface")


@boot(smp=4)
@boot(smp=4, debug=True)
def attaching_beside_a_failure(t):
    """A filesystem's point is gone when its module is, wherever the failure has met it."""
    with t.same_memory():
        for round in range(40):
            t.run(f"load attach_churn after={200 + 61 * round}")
            until_state(t, "attach_churn", "failed")
            force_out(t, "attach_churn")
            t.check(not any("churn" in line for line in t.run("ls /")), "its point has stayed")
            t.run("ls /churn")
        is_well(t)


@boot(smp=2)
@boot(smp=2, debug=True)
def forgotten_file(t):
    """A file that exit leaves open is closed with a warning, and holds its module no longer."""
    t.succeeds("load counter")
    with t.same_memory():
        t.succeeds("load open_file")
        t.fails("unload counter", "EBUSY", "/dev/counter")
        t.succeeds("unload open_file", r"open_file: left behind: file /dev/counter made at .*open_file\.c:\d+")
    t.succeeds("unload counter")


@boot(smp=4)
@boot(smp=4, debug=True)
def leaves_its_own_walk(t):
    """A hook, or a timer, that takes a hook out is refused: it would wait for itself."""
    t.succeeds("load rules_gate")
    with t.same_memory():
        for timer in (0, 1):
            start = len(t.text)
            t.succeeds(f"load hook_leaves timer={timer}")
            t.succeeds("gate ring")
            for _ in range(100):
                if "hook_leaves: -35" in t.text[start:]:
                    break
                t.run("true")
            logged(t, "hook_leaves: hook leaves|hook_leaves: gate leaves", start)
            logged(t, "hook_leaves: -35", start)
            t.succeeds("unload hook_leaves")
        is_well(t)


@boot(smp=4)
@boot(smp=4, debug=True)
def waits_for_itself(t):
    """What would wait for itself, or is already what it is to become, is refused in one line."""
    for word, answer in (("interface", None), ("span", "crossing: opened: 0, -22"),
                         ("flush", "flushed a work item of the worker that it runs on"),
                         ("cancel", "cancelled a timer whose callback runs on another CPU"),
                         ("activate", "crossing: activated: -22"), ("positive", "crossing: registered: -22"),
                         ("load", "crossing: loaded: -35"), ("requeue", "crossing: flushed"),
                         ("reinit", "crossing: cancelled, over: 1")):
        with t.same_memory():
            t.succeeds("load crossing")
            start = len(t.text)
            t.succeeds(f"crossing {word}")
            if answer:
                logged(t, answer, start)
            t.succeeds("unload crossing")
            is_well(t)


@boot(smp=4)
@boot(smp=4, debug=True)
def begun_by_two(t):
    """Two threads begin the same thing with one object at once: one does it, the other is told, and it ends whole."""
    rounds = 150 if t.config.debug else 500
    t.succeeds("load matrix")
    with t.same_memory():
        for seed in (1, 2) if t.config.debug else (0,):
            t.succeeds(f"load twice; matrix delays {seed}")
            for what in ("entry", "interface", "span", "booking", "timer", "work", "cancelled"):
                t.succeeds(f"twice {what} {rounds}")
            t.succeeds("matrix delays 0; unload twice")
            t.check("left behind" not in t.text, "something is left")
        is_well(t)


@boot(smp=4)
@boot(smp=4, debug=True)
def force_beside_a_closing_thread(t):
    """What ends a failed module's entry waits in another module: force is refused and names it, and others fail
    and leave meanwhile."""
    t.succeeds("load rules_gate")
    with t.same_memory():
        t.succeeds("load slow_left; load slow_left_user")
        t.run("slow_left_user", "fault: .* in slow_left_user")
        until_state(t, "slow_left_user", "failed")
        t.fails("unload -f slow_left_user", "EBUSY", "closing/slow_left_user")
        t.fails("unload -f slow_left slow_left_user", "EBUSY", "closing/slow_left_user")
        t.run("load hook_churn after=500")  # its timer may fault while init still runs
        until_state(t, "hook_churn", "failed")
        force_out(t, "hook_churn")
        t.succeeds("gate open")
        force_out(t, "slow_left_user")
        t.succeeds("unload slow_left; gate shut")
        is_well(t)


@boot(smp=4)
@boot(smp=4, debug=True)
def waiting_unload_beside_a_failing_holder(t):
    """An unload waits for a span of a module that fails: the failure cuts the span, and the unload goes on."""
    t.succeeds("load rules_gate")
    with t.same_memory():
        for _ in range(5):
            t.succeeds("load span_provider; load span_consumer; span open")
            t.run("unload -w 60 span_consumer & true")
            until_state(t, "span_consumer", "unloading")
            t.run("span fault", "fault: .* in span_provider")
            t.run("wait", silence=120)
            t.check(state(t, "span_consumer") == "not loaded", "the unload has not gone on")
            force_out(t, "span_provider")
        is_well(t)


@boot(smp=4, debug=True)
def look_up_beside_unload(t):
    """The code of a module is named while that is unloaded: the module is there until it has been named, or gone.
    The delays are in the look-up; their seed changes now and then."""
    t.succeeds("load looks_up")
    t.succeeds("load looked_up; unload looked_up")
    with t.same_memory():
        for seed in range(1, 11):
            t.succeeds(f"looks_up begin {seed}")
            t.succeeds("repeat 20 { load looked_up; unload looked_up } > /dev/null", silence=120)
            t.check(t.run("looks_up end") == ["there yes, gone yes"], "it was not both there and gone")
        is_well(t)


@boot(smp=4)
@boot(smp=4, debug=True)
def exit_beside_its_own_faults(t):
    """Work items that exit leaves behind fault while it runs, or while the sweep waits for them: the module has
    failed on its way out, or leaves."""
    with t.same_memory():
        for _ in range(20):
            t.succeeds("load exit_work_faults")
            t.run("unload exit_work_faults", r"exit_work_faults: unloaded|\(ENOTRECOVERABLE\)")
            t.run("unload -f exit_work_faults")
            t.check(state(t, "exit_work_faults") == "not loaded", "it has not left")
        is_well(t)
    logged(t, "fault: .* in exit_work_faults")


@boot(smp=4)
@boot(smp=4, debug=True)
def two_force_one_failed_module(t):
    """Of two that force a failed module out, one does."""
    t.run("load wild; wild opcode; unload -f wild")
    with t.same_memory():
        for _ in range(30):
            start = len(t.text)
            t.run("load wild; wild opcode > /dev/null")
            t.run("{ on 1 unload -f wild } & { on 2 unload -f wild } & wait")
            t.check(t.text[start:].count("wild: unloaded") == 1, "not exactly one")
        is_well(t)


@boot(smp=2)
@boot(smp=2, debug=True)
def links_that_are_written_over(t):
    """What cannot be contained is a panic, and that names the module whose data was at fault."""
    t.send("load smashed_entry links=1\r")
    t.wait_for(r"panic: .* in module smashed_entry")
    t.finish(99)


@boot(smp=2)
@boot(smp=2, debug=True)
def data_that_is_written_over(t):
    """A fault over it in a stop is the module's whose data it is, and fails that."""
    t.run("load smashed_entry", "fault: .* in smashed_entry")
    until_state(t, "smashed_entry", "failed")
    t.run("lsmod -v smashed_entry; smashed_entry")
    t.fails("unload smashed_entry", "EPERM", "only by force")
    t.fails("unload -f smashed_entry", "ENOTRECOVERABLE", "until reboot")
    is_well(t)


@boot(smp=4)
@boot(smp=4, debug=True)
def provider_of_a_damaged_owner(t):
    """The sweep of an interface does not wait for an entry whose owner is damaged."""
    t.succeeds("load span_provider; load smashed_consumer")
    t.fails("unload smashed_consumer", "ENOTRECOVERABLE", "fault: .* in smashed_consumer", "until reboot")
    t.run("span fault", "fault: .* in span_provider")
    until_closed(t, "span_provider")
    t.fails("unload -f span_provider", "EBUSY", "in use by 1 holder", "smashed_consumer depends on it")
    is_well(t)


@boot(smp=4)
@boot(smp=4, debug=True)
def sweep_of_a_provider_faults(t):
    """Over an entry of another owner: that has something half ended, too, and neither waits for it."""
    t.succeeds("load span_provider; load smashed_consumer; smash")
    start = len(t.text)
    t.run("span fault", "fault: .* in span_provider")
    until_closed(t, "span_provider")
    t.check(len(re.findall("fault: .* in span_provider", t.text[start:])) == 2, "its sweep has not faulted")
    t.fails("unload smashed_consumer", "ENOTRECOVERABLE", "fault: .* in smashed_consumer")
    until_closed(t, "smashed_consumer")
    t.fails("unload -f span_provider", "EBUSY", "smashed_consumer depends on it")
    t.fails("unload -f smashed_consumer", "ENOTRECOVERABLE", "until reboot")
    is_well(t)


@boot(smp=2)
@boot(smp=2, debug=True)
def sweep_of_data_that_is_written_over(t):
    """A fault in a sweep is the module's that is swept, and not that of the thread which unloads it."""
    t.succeeds("load smashed_entry in_exit=1")
    t.fails("unload smashed_entry", "ENOTRECOVERABLE", "fault: .* in smashed_entry", "until reboot")
    until_state(t, "smashed_entry", "failed")
    t.fails("unload -f smashed_entry", "ENOTRECOVERABLE", "until reboot")
    t.check(state(t, "shell") == "live", "the shell has failed")
    is_well(t)
