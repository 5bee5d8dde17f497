"""Unloading: each row of the table of errors that is asked for so far."""
import re

from boot import boot


@boot(smp=2, quick=True)
@boot(smp=2, debug=True)
def refusals(t):
    t.fails("unload nothing", "ENOENT")
    t.succeeds("load holder")
    before = t.meminfo()
    t.succeeds("holder get")
    t.fails("unload holder", "EBUSY", "1 ")
    t.succeeds("holder get")
    t.fails("unload holder", "EBUSY", "2 ")
    t.fails("rmmod holder", "EBUSY")
    t.succeeds("holder put; holder put")
    t.check(t.meminfo() == before, "a refused unload leaves something behind")
    t.fails("holder unload", "EBUSY")
    t.run("true")
    t.succeeds("unload holder", "^holder: unloaded$")
    t.fails("unload holder", "ENOENT")
    t.succeeds("load holder unload_in_init=1", "asked for its own removal: -16")
    t.succeeds("unload holder")
    t.check("held while it was" not in t.text, "try_module_get was true while starting or leaving")


@boot(smp=2)
def calls_in_flight(t):
    t.succeeds("load holder")
    t.run("holder nap 3000 & true")
    t.fails("unload holder", "EBUSY", "command|holder")
    t.run("wait", silence=120)
    t.succeeds("unload holder")


@boot(smp=2)
def stays_without_exit(t):
    t.succeeds("load no_exit")
    t.fails("unload no_exit", "EPERM", "exit")
    t.check(t.run("no_exit") == ["works"], "it works on")
    t.run("lsmod", "^no_exit ")


@boot(smp=2)
@boot(smp=2, debug=True)
def forgotten(t):
    """What exit leaves behind is removed, with a warning that names the place that made it."""
    t.run("load forgetful; unload forgetful")
    with t.same_memory():
        for bit, text in ((0, None), (1, "command"), (2, "timer"), (4, "work"), (8, "100 bytes|memory|heap"),
                          (16, "notifier"), (32, "node"), (63, "command")):
            t.succeeds(f"load forgetful leave={bit}")
            t.run("unload forgetful", "^forgetful: unloaded$")
            warnings = [line for line in t.logged if "forgetful" in line]
            if bit:
                t.check(any(re.search(text, line) and re.search(r"forgetful\.c:\d+", line)
                            for line in warnings), f"leave={bit}: {warnings}")
            else:
                t.check(not warnings, f"{warnings}")
            t.fails("forgetful", "ENOENT")
            t.fails("cat /dev/forgetful", "ENOENT")


@boot(smp=2)
def thread_left_running(t):
    t.succeeds("load forgetful leave=64")
    t.fails("unload forgetful", "EBUSY", "thread forgetful.* is asked to stop.*unload -f removes it when")
    t.check(t.lsmod()["forgetful"]["state"] == "failed", "its state")
    t.succeeds("load hello")
    t.succeeds("unload hello")


@boot(smp=4)
def gets_on_one_cpu_puts_on_another(t):
    with t.same_memory():
        t.succeeds("load cross_cpu_get")
        t.run("on 0 cross_cpu_get", silence=120)
        t.status("0")
        t.succeeds("unload cross_cpu_get")


@boot(smp=2)
def surplus_put(t):
    t.succeeds("load surplus_put")
    t.succeeds("surplus_put")
    t.fails("unload surplus_put", "EBUSY", "surplus_put")


@boot(smp=2)
@boot(smp=2, debug=True)
def surplus_put_that_hides_a_dependant(t):
    """The sum is zero, and yet somebody is there by name."""
    t.succeeds("load surplus_user; surplus_put")
    t.fails("unload surplus_put", "EBUSY", "module surplus_user depends on it", "1 put without get")
    t.succeeds("surplus_put fair")


@boot(smp=4)
@boot(smp=4, debug=True)
def surplus_put_that_hides_a_span(t):
    t.succeeds("load surplus_put; stat /dev/surplus_put")
    t.run("cat /dev/surplus_put > /dev/null & true")
    for _ in range(500):
        if t.lsmod()["surplus_put"]["refs"] == 1:
            break
    t.succeeds("surplus_put")
    t.check(t.lsmod()["surplus_put"]["refs"] == 0, "the sum does not show it")
    t.fails("unload surplus_put", "EBUSY", "node /dev/surplus_put .* open since", "1 put without get")
    t.succeeds("surplus_put end; wait")
    t.fails("unload surplus_put", "EBUSY", "more puts than gets")


@boot(smp=2)
@boot(smp=2, debug=True)
def surplus_put_that_hides_a_call(t):
    """The sum is zero, and a thread is in the module: it is found after exit, by its record."""
    with t.same_memory():
        t.succeeds("load surplus_put")
        t.send("surplus_put stay &\r")
        t.wait_for("^stays$")
        t.quiet(0.2)
        t.fails("unload surplus_put", "EBUSY", "thread .* is in it, or may return into it")
        t.check(t.lsmod()["surplus_put"]["state"] == "failed", "it stays")
        t.succeeds("load counter; wait; unload counter; unload -f surplus_put")


@boot(smp=2, debug=True)
def surplus_put_is_found_where_it_is_made(t):
    """Under `debug` a put without get is told at once, also where it exactly hides a holder."""
    t.succeeds("load surplus_put")
    with t.same_memory():
        t.succeeds("repeat 3 surplus_put fair")
        t.check(not any("put without get" in line for line in t.logged), "nothing is wrong yet")
        t.check(t.lsmod()["surplus_put"]["refs"] == 0, "what was got has been put")
    t.succeeds("surplus_put", r"surplus_put: put without get at surplus_put:surplus_put_run\+")
    t.fails("unload surplus_put", "EBUSY", "more puts than gets")


@boot(smp=2)
def late_call(t):
    """A call into a module that is gone is reported with its name and the function's."""
    t.succeeds("load late_keeper")
    t.succeeds("load late_victim")
    t.succeeds("unload late_victim")
    t.mark = len(t.text)
    t.send("late\r")
    t.wait_for(r"late_victim.*called_too_late|called_too_late.*late_victim")


def faulted(t, word, *patterns):
    t.succeeds("load wild")
    t.mark = len(t.text)
    t.send(f"wild {word}\r")
    for pattern in patterns:
        t.wait_for(pattern)


@boot(smp=2)
def fault_names_the_module(t):
    faulted(t, "null", r"wild:do_wild\+")


@boot(smp=2)
def text_is_not_writable(t):
    faulted(t, "text", r"wild:do_wild\+")


@boot(smp=2)
def rodata_is_not_writable(t):
    faulted(t, "rodata", r"wild:do_wild\+")


@boot(smp=2)
@boot(smp=2, debug=True)
def stack_overflow(t):
    faulted(t, "stack", r"wild:descend\+|stack.*wild|wild.*stack")


@boot(smp=2)
def several_at_once(t):
    with t.same_memory():
        t.succeeds("load consumer")
        t.fails("unload provider hello", "ENOENT")
        t.run("lsmod", "^provider ")
        t.succeeds("unload provider consumer", "consumer: unloaded|provider: unloaded",
                   "consumer: unloaded|provider: unloaded")


@boot(smp=2)
def a_work_item_that_sleeps_is_named(t):
    """Force is refused as long as it runs, and says which work item in which thread it is."""
    t.run("load work_sleeps; wake_work; unload -f work_sleeps")
    with t.same_memory():
        t.succeeds("load work_sleeps")
        t.fails("unload -f work_sleeps", "EBUSY", r"in use by 1 holder \(EBUSY\)",
                r"^  work item work_sleeps:sleeping_work_run\+0x0, by thread worker/\d on CPU \d$")
        t.fails("unload -n -f work_sleeps", "EBUSY", r"work item work_sleeps:sleeping_work_run\+0x0, by thread worker")
        t.succeeds("wake_work")
        t.succeeds("unload -f work_sleeps")


@boot(smp=2)
def references_are_counted_in_64_bits(t):
    t.succeeds("load holder")
    t.succeeds("holder get; holder get; holder get_many")
    t.fails("unload holder", "EBUSY", "in use by 4294967298 holders", "4294967298 references by try_module_get")
    t.fails("unload -n holder", "EBUSY", "in use by 4294967298 holders")
    t.succeeds("holder put_many; holder put; holder put")
    t.succeeds("unload holder")


def until_thread_has_ended(t, name):
    for _ in range(200):
        if any(f" {name} " in line and " ended " in line for line in t.run("threads")):
            return
    t.check(False, f"thread {name} does not end")


@boot(smp=2)
@boot(smp=2, debug=True)
def thread_left_by_a_failed_init(t):
    """It is asked to stop and named; once it has ended, force takes the module away."""
    with t.same_memory():
        t.fails("load init_leaves_thread", "EIO", "init returned EIO", "its thread left_thread ")
        until_thread_has_ended(t, "left_thread")
        t.check(t.lsmod()["init_leaves_thread"]["state"] == "failed", "its state")
        t.fails("unload init_leaves_thread", "EPERM", "-f")
        t.succeeds("unload -f init_leaves_thread")


@boot(smp=2)
@boot(smp=2, debug=True)
def thread_left_by_exit_is_asked_to_stop(t):
    t.succeeds("load forgetful leave=64")
    t.fails("unload forgetful", "EBUSY", "thread forgetful")
    until_thread_has_ended(t, "forgetful")
    t.succeeds("unload -f forgetful")


@boot(smp=2)
def reference_that_exit_takes_on_its_own_module(t):
    """What it costs is said: the slot, which is not used again."""
    t.succeeds("load holder get_in_exit=1")
    t.succeeds("unload holder", "holder: reference: gone with 1 reference that .* slot is not used again")
    t.succeeds("load holder")
    t.succeeds("unload holder")


@boot(smp=2)
def late_put_of_a_failed_init(t):
    """It counts for no other module: the slot of a module that went with a reference on it is not used again."""
    t.succeeds("load late_keeper")
    t.fails("load init_keeps_reference", "EIO", "init_keeps_reference: reference: gone with 1 reference that .* not used again")
    t.succeeds("load hello")
    t.succeeds("late put")
    t.succeeds("unload hello")


@boot(smp=2)
@boot(smp=2, debug=True)
def spans_stay_with_the_module_that_stays(t):
    """Forced together with another whose exit faults, a module is live again, its mount included."""
    t.succeeds("load tmpfs; mount tmpfs /t; write /t/file kept")
    t.succeeds("load wild exit=null")
    t.fails("unload -f tmpfs wild", "ENOTRECOVERABLE", "wild.*faulted on its way out.*; unload -f removes it")
    t.check(t.lsmod()["tmpfs"]["state"] == "live", "its state")
    t.check(t.lsmod()["tmpfs"]["refs"] == 1, "the mount holds it")
    t.succeeds("cat /t/file", "^kept$")
    t.succeeds("umount /t")
    t.succeeds("unload tmpfs")
    t.succeeds("unload -f wild")


@boot(smp=2)
@boot(smp=2, debug=True)
def an_old_address_on_a_stack_fails_no_module(t):
    """Force looks for addresses on stacks while it can still refuse without harm, and by records after exit."""
    with t.same_memory():
        t.succeeds("load number_keeper; load number_giver early=1")
        t.fails("unload -f number_giver", "EBUSY", "thread keeper is in it, or may return into it")
        t.check(t.lsmod()["number_giver"]["state"] == "live", "refused, it is live")
        t.succeeds("unload number_giver")
        t.succeeds("load number_giver")
        t.succeeds("unload -f number_giver", "number_giver: unloaded")
        t.succeeds("unload number_keeper")


@boot(smp=2)
@boot(smp=2, debug=True)
def a_caller_by_hand_is_found_after_exit(t):
    """It holds a reference and has no record: as long as one is held, the last look of force is at stacks, too."""
    t.succeeds("load answers_slowly; unload answers_slowly; unload called_by_hand")
    with t.same_memory():
        t.succeeds("load answers_slowly")
        t.run("called_by_hand & sleep 0.3", "held by hand")
        t.fails("unload -f answers_slowly", "EBUSY", "is in it, or may return into it; the module stays, failed")
        t.check("it says 42" in t.run("wait") or "it says 42" in t.text, "the caller comes back")
        t.check("fault" not in t.text and "late call" not in t.text, "its code was there")
        t.succeeds("unload -f answers_slowly; unload called_by_hand")


@boot(smp=2)
@boot(smp=2, debug=True)
def a_function_called_by_hand_unloads_its_own_module(t):
    """It has no record, but the thread that unloads would return into it: refused, with force and without."""
    t.succeeds("load leaves_by_hand; unload leaves_by_hand; unload called_by_hand")
    with t.same_memory():
        for words in "force=1", "":
            t.succeeds(f"load leaves_by_hand {words}")
            t.run("called_by_hand", "would unload itself: it runs in thread", "it says -16")
            t.succeeds("unload leaves_by_hand; unload called_by_hand")


@boot(smp=2)
@boot(smp=2, debug=True)
def a_caller_by_hand_is_found_before_exit(t):
    """Of two that force takes out, the second is entered while the first is in its exit: it stays live."""
    t.succeeds("load answers_slowly; load exit_sleeps; unload exit_sleeps answers_slowly; unload called_by_hand")
    with t.same_memory():
        t.succeeds("load answers_slowly; load exit_sleeps")
        t.run("called_by_hand & sleep 0.3", "held by hand")
        t.fails("unload -f exit_sleeps answers_slowly", "EBUSY", "answers_slowly")
        t.check(re.search(r"^answers_slowly .*live", "\n".join(t.run("lsmod")), re.MULTILINE), "it has not begun to leave")
        t.check("it says 42" in t.run("wait") or "it says 42" in t.text, "the caller comes back")
        t.check("fault" not in t.text and "late call" not in t.text, "its code was there")
        t.run("unload -f exit_sleeps")
        t.succeeds("unload answers_slowly; unload called_by_hand")


@boot(smp=2)
@boot(smp=2, debug=True)
def timers_that_tick_are_told(t):
    """A periodic timer that fires between the closing of the books and the sweep is found by that as any."""
    with t.same_memory():
        for _ in range(5):
            start = len(t.text)
            t.succeeds("load left_ticking; unload left_ticking")
            count = t.text[start:].count("left_ticking: left behind: timer")
            t.check(count == 8, f"{count} of 8 timers are told")


@boot(smp=2)
@boot(smp=2, debug=True)
def a_module_that_has_taken_all_memory(t):
    """It is found, and leaves, also while it goes on: a typed line and the commands for that need no memory."""
    for word, out in (("", "unload"), ("fault", "unload -f"), ("on", "unload")):
        with t.same_memory():
            t.succeeds("load eater")
            t.run(f"eater {word}")
            t.check(any(line.startswith("eater ") for line in t.succeeds("lsmod")), "it is not in the list")
            t.succeeds("lsmod -v eater")
            t.succeeds(f"{out} -n eater")
            t.succeeds(f"{out} eater")
