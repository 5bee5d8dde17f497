"""What a callback leaves otherwise than it found it, and what it does that is forbidden there: the same
answers for every kind of callback, with `debug` and without. Put back or refused with one line that
names the module; or ended as by a fault, and the module failed; the kernel goes on."""
import re

from boot import boot
from test_ending import force_out, until_state

ENDED = "odd_calls: ended a call that it has not begun, has ended, or is in, at "
BEGUN = "odd_calls: began a call with the record of one that has not ended, at "
ENTERED = "odd_calls: called through a record of no call that it has begun, or of one that it is in, at "
KINDS = ("command", "hook", "timer", "interrupt", "work", "thread", "notifier")
ATOMIC = ("hook", "timer", "interrupt")


def leaves(t, kind, what, *wanted):
    """`leaves KIND WHAT`, the lines of the log that it must bring, and a module that still works."""
    t.mark = len(t.text)
    before = t.mark
    t.run(f"leaves {kind} {what}")
    said = t.text[before:]
    for pattern in wanted:
        t.check(re.search(pattern, said), f"{kind} {what}: no line like '{pattern}'")
    t.check("panic" not in said, f"{kind} {what}")
    return said


def left(t, kind, what, name):
    leaves(t, kind, what, rf"callback_leaves: callback \S*leaves_\w+\S* returned with .*{name}.*; put back")
    t.run("leaves check", "^whole$")


def ended(t, kind, what, *wanted):
    leaves(t, kind, what, *wanted)
    for _ in range(200):
        if re.search(r"^callback_leaves .*failed", "\n".join(t.run("lsmod")), re.MULTILINE):
            break
    else:
        t.check(False, f"{kind} {what}: the module does not fail")
    force_out(t, "callback_leaves")  # a worker may be on its way out of it
    t.succeeds("load callback_leaves")
    t.run("leaves check", "^whole$")


@boot(smp=2)
@boot(smp=2, debug=True)
def what_is_left_is_put_back(t):
    """A lock, preemption, interrupts."""
    t.succeeds("load callback_leaves")
    with t.same_memory():
        for kind in KINDS:
            left(t, kind, "spin", "spinlock leaves_spin held since callback_leaves:")
            left(t, kind, "irqsave", "spinlock leaves_irq held since callback_leaves:")
            left(t, kind, "preempt", "preemption off")
    t.succeeds("unload callback_leaves")


@boot(smp=2)
@boot(smp=2, debug=True)
def interrupts_are_put_back(t):
    """Where nothing but the flag tells."""
    t.succeeds("load callback_leaves")
    with t.same_memory():
        for kind in KINDS:
            if kind in ("timer", "interrupt") or (kind == "hook" and not t.config.debug):
                continue  # the return from an interrupt brings them back; a chain looks at its count
            left(t, kind, "irq", "interrupts off")


@boot(smp=2)
@boot(smp=2, debug=True)
def mutexes_and_threads_are_put_back(t):
    """What only a thread can leave."""
    t.succeeds("load callback_leaves")
    with t.same_memory():
        for kind in KINDS:
            if kind in ATOMIC:
                continue
            left(t, kind, "mutex", "mutex leaves_mutex held since callback_leaves:")
            for where in ("mutex_stack", "mutex_freed"):
                left(t, kind, where, "mutex whose memory has gone, held since callback_leaves:")
            if kind != "thread":  # its own
                left(t, kind, "cpu", "the thread moved to another CPU")
                left(t, kind, "priority", "the thread at another priority")


@boot(smp=2)
@boot(smp=2, debug=True)
def waits_are_ended(t):
    """A function that returns between wait_prepare and wait_finish, its frame written over or not: the queue is
    whole for those that wake it. Where sleeping is forbidden nothing is prepared."""
    t.succeeds("load callback_leaves")
    with t.same_memory():
        for kind in KINDS:
            if kind in ATOMIC:
                said = leaves(t, kind, "wait_lost")
                t.check("callback_leaves:" not in said, f"{kind}: {said}")
                t.run("leaves check", "^whole$")
                continue
            left(t, kind, "wait", "a wait not ended")
            left(t, kind, "wait_lost", "a wait not ended")
            left(t, kind, "wait_freed", "a wait not ended")
            left(t, kind, "wait_reused", "a wait not ended")
            left(t, kind, "wait_static", "a wait not ended")
            left(t, kind, "wait_static", "a wait not ended")
            said = leaves(t, kind, "wait_either")
            t.check("callback_leaves:" not in said, f"{kind}: {said}")
            ended(t, kind, "wait_either fault", "fault: ")
            ended(t, kind, "wait fault", "fault: ")
            ended(t, kind, "wait_lost fault", "fault: ")
    t.succeeds("unload callback_leaves")


@boot(smp=2)
@boot(smp=2, debug=True)
def faults_give_back(t):
    """A fault with a lock held, in single step, and in the condition of a wait that has waited."""
    t.succeeds("load callback_leaves")
    with t.same_memory():
        for kind in KINDS:
            ended(t, kind, "spin fault", "faulted with spinlock leaves_spin")
            ended(t, kind, "irqsave fault", "faulted with spinlock leaves_irq")
            ended(t, kind, "preempt fault", "fault: ")
            ended(t, kind, "step", "debug exception in callback_leaves")
            if kind not in ATOMIC:
                ended(t, kind, "mutex fault", "faulted with mutex leaves_mutex")
                ended(t, kind, "mutex_stack fault", "faulted with mutex whose memory has gone")
                ended(t, kind, "mutex_freed fault", "faulted with mutex whose memory has gone")
                ended(t, kind, "waits", "fault: ")


@boot(smp=2)
@boot(smp=2, debug=True)
def locks_are_not_misused(t):
    """Taken twice, given back unheld, nowhere."""
    t.succeeds("load callback_leaves")
    with t.same_memory():
        for kind in KINDS:
            ended(t, kind, "twice_spin",
                  "callback_leaves: spinlock leaves_spin is taken twice by CPU ., before at callback_leaves:")
            leaves(t, kind, "unlock_spin", "callback_leaves: spinlock leaves_spin is released by CPU")
            leaves(t, kind, "unlock_mutex", "callback_leaves: mutex leaves_mutex is released by thread")
            ended(t, kind, "wakes_bad", "fault: .* in callback_leaves")
            ended(t, kind, "locks_bad", "fault: .* in callback_leaves")
            if kind not in ATOMIC:
                ended(t, kind, "twice_mutex",
                      "callback_leaves: mutex leaves_mutex is taken twice by thread")
            else:
                ended(t, kind, "mutex", "callback_leaves: mutex leaves_mutex may have to be waited for|"
                      "callback_leaves: sleeping is forbidden here")


@boot(smp=2)
@boot(smp=2, debug=True)
def sleeping_is_refused(t):
    """And stopping, where it is forbidden."""
    t.succeeds("load callback_leaves")
    with t.same_memory():
        for kind in ATOMIC:
            leaves(t, kind, "sleep", "callback_leaves: sleeping is forbidden here.*, at callback_leaves:")
            leaves(t, kind, "stop", "callback_leaves: .*forbidden here.*, at callback_leaves:")
            for what in ("unregister", "register", "create", "load", "cpu", "priority"):
                leaves(t, kind, what, "callback_leaves: sleeping is forbidden here.*, at callback_leaves:")
            t.run("leaves check", "^whole$")


@boot(smp=2)
@boot(smp=2, debug=True)
def calls_are_ended(t):
    """A call that was begun, and that its function forgot to end."""
    t.succeeds("load callback_leaves")
    with t.same_memory():
        for kind in KINDS:
            left(t, kind, "call", "a call into callback_leaves not ended")
            t.succeeds("lsmod -v")
    t.succeeds("unload callback_leaves; load callback_leaves")
    if t.config.debug:
        left(t, "hooks", "call", "a call into callback_leaves not ended")
        t.succeeds("unload callback_leaves")
        return
    # Of several hooks it is found when all have run, over the stack that the record stood on.
    leaves(t, "hooks", "call", "callback callback_leaves:leaves_behind.*, or one before it in its walk, "
           "returned with a call not ended, whose record is lost; put back")
    t.succeeds("lsmod -v")
    t.fails("unload callback_leaves", "EBUSY", "1 reference")
    t.succeeds("unload -f callback_leaves")


@boot(smp=2)
@boot(smp=2, debug=True)
def words_left_on_a_workers_stack(t):
    """What a work item leaves on the stack of its worker, which waits for the next one, does not keep the module."""
    with t.same_memory():
        t.succeeds("load callback_leaves")
        for _ in range(2):
            t.run("on 0 leaves work words; on 1 leaves work words")
            t.succeeds("unload -f callback_leaves; load callback_leaves")
        t.succeeds("unload callback_leaves")


@boot(smp=2, silence=30)
@boot(smp=2, silence=30, debug=True)
def more_waits_than_a_thread_has(t):
    """The wait that is one too many is told of, and does not sleep: no wake of its queue would end it."""
    with t.same_memory():
        t.succeeds("load waits_many")
        for _ in range(2):
            start = len(t.text)
            t.succeeds("waits_many")
            t.check(len(re.findall("waits_many: waits for more than 8 queues at once, at waits_many:", t.text[start:])) == 1,
                    t.text[start:])
        t.succeeds("unload waits_many")


@boot(smp=2)
@boot(smp=2, debug=True)
def calls_in_any_order(t):
    """Calls end in any order; one that is begun or ended twice is told; a caller's own locks are not the callee's."""
    with t.same_memory():
        t.succeeds("load odd_calls")
        for word, line in (("order", None), ("mutex", None), ("priority", None),
                           ("ended_twice", ENDED), ("begun_twice", BEGUN), ("deep", BEGUN), ("after_end", ENTERED),
                           ("never_begun", ENTERED), ("inside", ENDED), ("again", ENTERED)):
            start = len(t.text)
            t.succeeds(f"odd_calls {word}")
            said = t.text[start:]
            t.check((re.search(line, said) if line else "odd_calls: " not in said), f"{word}: {said}")
            t.succeeds("lsmod -v odd_calls")
        t.succeeds("unload odd_calls")
        for word in ("fault", "upwards"):
            t.succeeds("load odd_calls")
            t.run(f"odd_calls {word}", "fault: .* in odd_calls")
            force_out(t, "odd_calls")


@boot(smp=2)
@boot(smp=2, debug=True)
def records_that_are_lost(t):
    """What has been written over, freed, or left on a dead frame is not followed: its thread goes on, no other module
    is blamed, and the one that lost it leaves by force at the latest. A reference that only the record told of is lost.
    The calls further out that have been entered are still found, and faults end in them."""
    t.succeeds("load hello")
    for word, line in (("zeroed", "odd_calls: .* with a call not ended, whose record is lost; put back"),
                       ("rebegun", BEGUN), ("zeroed_inside", "odd_calls: the record of the call at odd_calls:.* was written over while it ran"), ("shared", None)):
        t.succeeds("load odd_calls")
        start = len(t.text)
        t.run(f"odd_calls {word}")
        said = t.text[start:]
        t.check(line is None or re.search(line, said), f"{word}: {said}")
        t.check(not re.search("(shell|terminal|hello)(:|.* not ended)", said.replace("tenon>", "")), f"{word}: blamed: {said}")
        t.succeeds("lsmod -v hello; lsmod -v odd_calls; hello")
        force_out(t, "odd_calls")
    for word in ("left", "freed"):
        t.succeeds("load odd_calls")
        t.run(f"odd_calls {word} & sleep 0.3")
        t.succeeds("lsmod -v hello; unload hello; load hello; unload -f hello; load hello")
        t.fails("unload odd_calls", "EBUSY")
        t.run("wait")
        force_out(t, "odd_calls")
    t.succeeds("load odd_calls; odd_calls hidden")
    force_out(t, "odd_calls")
    for word, faults in (("lost_fault", 1), ("tick", 1), ("stale", 2)):
        t.succeeds("load odd_calls")
        start = len(t.text)
        t.run(f"odd_calls {word}")
        t.check(word != "tick" or t.run("echo $?") == ["0"], "the timer was not answered")
        said = t.text[start:]
        t.check(len(re.findall("fault: .* in odd_calls", said)) == faults, f"{word}: {said}")
        force_out(t, "odd_calls")
    t.check(not re.search("(hello|shell|terminal): failed", t.text), "another module has failed")
    t.succeeds("hello")


@boot(smp=2)
@boot(smp=2, debug=True)
def interrupts_keep_a_forgotten_call(t):
    """Interrupts between the return of a hook and the end of its walk: their frames go below the record."""
    t.succeeds("load callback_leaves")
    with t.same_memory():
        for _ in range(20):
            t.run("on 0 leaves hook call wait")
            t.check("a call into callback_leaves not ended" in "\n".join(t.logged), f"{t.logged}")
    t.succeeds("unload callback_leaves")


@boot(smp=2)
@boot(smp=2, debug=True)
def functions_given_to_other_cpus(t):
    """A function that runs stopped, or on another CPU, is a callback too."""
    t.succeeds("load callback_leaves")
    with t.same_memory():
        leaves(t, "command", "stopped_sleeps", "callback_leaves: .*forbidden here")
        ended(t, "command", "stopped_faults", "fault: .* in callback_leaves")
        ended(t, "command", "called_faults", "fault: .* in callback_leaves")
        leaves(t, "command", "called_deaf", "callback_leaves: a call of another CPU is forbidden here")
        t.run("leaves check", "^whole$")


@boot(smp=2)
@boot(smp=2, debug=True)
def bad_pointers_take_nothing(t):
    """A pointer to nowhere ends the call before a lock or memory is taken, or what is taken is found again."""
    t.succeeds("load bad_pointers")
    functions = t.run("bad_pointers")
    t.succeeds("unload bad_pointers")
    for function in functions:
        with t.same_memory():
            t.succeeds("load bad_pointers")
            before = len(t.text)
            t.run(f"bad_pointers {function}")
            named = r"fault: .* in bad_pointers at (.|\n)*^\[.*\] bad_pointers: failed"
            t.check(re.search(named, t.text[before:], re.MULTILINE), f"{function}: no fault")
            t.succeeds("unload -f bad_pointers")
        t.succeeds("help help")


def named(t, line, function, how):
    before = len(t.text)
    t.run(line)
    t.check(re.search(rf"deaf: callback deaf:{function}\S* keeps CPU 1 from answering: {how}", t.text[before:]),
            f"{line}: CPU, module and function are not in the log")


@boot(smp=2, alone=True)
def deaf_cpus_are_named_by_the_watchdog(t):
    """A callback that loops with interrupts off: looked at without a stop, named once, and not ended."""
    t.succeeds("load deaf")
    with t.same_memory():
        for kind, function in (("command", "deaf_run"), ("hook", "deaf_hooked"), ("timer", "deaf_timed"),
                               ("work", "deaf_worked")):
            named(t, f"deaf {kind}", function, "interrupts off")
    t.succeeds("unload deaf")


@boot(smp=2, alone=True)
def deaf_cpus_are_named_by_those_that_wait(t):
    """A stop, or a call, that a CPU does not answer says so after ten ticks, and goes on waiting."""
    t.succeeds("load deaf")
    with t.same_memory():
        named(t, "deaf section & deaf stop; wait", "deaf_run", "interrupts on, preempt count [1-9]")
        named(t, "deaf command & deaf stop; wait", "deaf_run", "interrupts off")
        named(t, "deaf command & deaf call; wait", "deaf_run", "interrupts off")
        named(t, "deaf sent & deaf stop; wait", "deaf_run", "interrupts on, preempt count [1-9]")
    t.succeeds("unload deaf")


@boot(smp=2)
@boot(smp=4, debug=True)
def looks_without_patience(t):
    """A CPU that has had no time to answer, and is in no module, is named by the kernel's name. Whether there
    is one is up to the host, which has to keep a virtual CPU waiting; the looks go on either way."""
    t.succeeds("load impatient")
    t.check(t.run("impatient name") == ["kernel"], "code in no module has no name")
    t.succeeds("impatient", silence=300)
    late = re.findall(r"(\w+): callback none keeps CPU \d from answering", t.text)
    t.check(set(late) <= {"kernel"}, f"{late}")
    t.note(f"{len(late)} lines")
    t.succeeds("unload impatient")


@boot(smp=2)
@boot(smp=2, debug=True)
def rows_of_hooks(t):
    """Eight hooks are called in a row: wherever in a chain one drops the message, faults or leaves preemption off, the
    others are called as they should be, and it is the one that is blamed."""
    def letters(first, end):
        return "".join(chr(ord("A") + i) for i in range(first, end))

    t.run("load hook_row; load hook_row_wrong; unload hook_row_wrong hook_row")
    with t.same_memory():
        for count in (0, 1, 7, 8, 9, 16, 19):
            t.succeeds(f"load hook_row count={count}")
            t.run("hook_row", f"^{letters(0, count)} 0$")
            for at in sorted({0, 3, 7, 8, count} & set(range(count + 1))):
                before, behind = letters(0, at), letters(at, count)
                wrong = f"load hook_row_wrong at={10 * at} how="
                t.succeeds(wrong + "drop")
                t.run("hook_row", f"^{before}- 1$")
                t.succeeds("unload hook_row_wrong")
                t.succeeds(wrong + "fault")
                t.run("hook_row", "fault: .*hook_row_wrong", f"^{before}-{behind} 0$")
                until_state(t, "hook_row_wrong", "failed")
                force_out(t, "hook_row_wrong")
                t.succeeds(wrong + "preempt")
                t.run("hook_row", r"callback hook_row\w*:handle\S* .*returned with preemption off", f"^{before}-{behind} 0$")
                t.succeeds("unload hook_row_wrong")
            t.succeeds("unload hook_row")
