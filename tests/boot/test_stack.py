"""What a thread's share of a CPU and of its stack is, and what becomes of a module that leaves it."""
from boot import boot


@boot(smp=2)
@boot(smp=2, debug=True)
def nothing_starves(t):
    """Beside a busy thread of high priority and one of low the normal one goes on too."""
    t.succeeds("load busy_priorities")
    t.succeeds("busy_priorities", "^each priority went on$")
    t.succeeds("unload busy_priorities")


def ends_as_failed(t, module):
    t.check(t.lsmod()[module]["state"] == "failed", "its state")
    t.succeeds(f"unload -f {module}", f"^{module}: unloaded$")


def descends(t, left, *words):
    """Either it came back, or the call ended as a fault; afterwards timers and stops go on."""
    t.succeeds("load deep_stack")
    t.run(" ".join(["on 1 deep_stack", str(left), *words]))
    came_back = t.run("echo $?")[-1] == "0"
    if came_back:
        t.succeeds("unload deep_stack")
    else:
        ends_as_failed(t, "deep_stack")
    t.succeeds("load deep_stack")
    t.succeeds("on 1 deep_stack 8000", "^came back$")
    t.succeeds("unload deep_stack")
    t.run("stop", r"^stop: \d+ us$")
    return came_back


@boot(smp=2)
@boot(smp=2, debug=True)
def interrupts_find_the_stack_nearly_full(t):
    """A call that leaves too little for an interrupt ends as a fault, and the interrupt is not lost."""
    descends(t, 4096)
    with t.same_memory():
        for left in (0, 8, 40, 100, 176, 200, 300, 500, 800, 1200):
            t.check(not descends(t, left), f"{left} bytes are too few")
        for left in (3000, 5000):
            t.check(descends(t, left), f"{left} bytes are enough")


@boot(smp=2)
@boot(smp=2, debug=True)
def preempted_and_stopped_with_a_nearly_full_stack(t):
    """What is enough for an interrupt is enough for another thread to run, and for a stop."""
    t.succeeds("load deep_stack")
    t.succeeds("load busy_priorities")
    for left in (2300, 2400, 2600):
        t.run(f"{{ busy_priorities & on 1 deep_stack {left} & stop & stop & wait }}", "^came back$")
    t.succeeds("unload deep_stack busy_priorities")


@boot(smp=2)
@boot(smp=2, debug=True)
def faults_near_the_end_of_the_stack(t):
    """The report of a fault needs no room on the stack of the call that faults."""
    descends(t, 4096)
    with t.same_memory():
        for left in (0, 100, 200, 300, 500, 800, 1200, 3000):
            t.check(not descends(t, left, "fault"), f"a fault with {left} bytes left")


@boot(smp=2)
@boot(smp=2, debug=True)
def a_timer_fills_the_interrupt_stack(t):
    """Its own walk contains that; the report names it, and what it had interrupted goes on."""
    with t.same_memory():
        t.succeeds("load deep_stack")
        t.run("deep_stack timer", r"fault: stack overflow in deep_stack at deep_stack:descend_for_ever.*\+")
        t.run("wait")
        t.check(t.lsmod()["deep_stack"]["state"] == "failed", "its state")
        t.succeeds("unload -f deep_stack", "^deep_stack: unloaded$")


@boot(smp=2)
@boot(smp=2, debug=True)
def frames_larger_than_the_guard_was(t):
    """An array of 64 KiB ends in absent pages, not in the stack of another thread."""
    with t.same_memory():
        t.succeeds("load big_frame")
        t.fails("big_frame", "ENOTRECOVERABLE", "fault: stack overflow in big_frame at ")
        ends_as_failed(t, "big_frame")


@boot(smp=2)
def the_record_of_a_call_is_written_over(t):
    """The first fault is what is told, with the module's name; the end is a panic that names it too."""
    t.succeeds("load overrun")
    t.mark = len(t.text)
    t.send("overrun\r")
    t.wait_for(r"^.*fault: general protection fault in overrun at kernel:strlen\+(.*\n)*panic: .*overrun.*\n")
    t.finish(99)


@boot(smp=2)
@boot(smp=2, debug=True)
def called_with_little_stack_left(t):
    """A callee has what it needs, or its caller faults; what was begun to be taken out can be taken out."""
    def again():
        rows = t.lsmod()
        for name in ("sys", "files", "hook", "terminal"):
            t.check(rows[name]["state"] == "live", f"{left} {word}: {name} is {rows[name]['state']}")
        t.run("unload -f deep_caller", "^deep_caller: unloaded$")
        t.succeeds("load deep_caller")

    t.succeeds("load deep_caller")
    with t.same_memory():
        for word in ("open", "out", "in", "load", "unload"):
            for left in (*range(1200, 8400, 400), 10000, 12000):
                t.run({"in": "deep_caller 12000 out", "unload": "load hello"}.get(word, "true"))
                t.run(f"deep_caller {left} {word}", silence=30)
                again()
                t.run("modprobe -r -q hello")
                t.check("hello" not in t.lsmod(), f"{left} {word}: hello stays")
    t.succeeds("unload deep_caller")


@boot(smp=2)
@boot(smp=2, debug=True)
def walked_with_little_stack_left(t):
    """A hook has what it needs, or the module that walks faults."""
    t.succeeds("load hook_count; load deep_caller")
    with t.same_memory():
        for left in (*range(64, 640, 24), *range(640, 4000, 240)):
            t.run(f"deep_caller {left} walk", silence=30)
            rows = t.lsmod()
            for name in ("hook_count", "hook", "hook_source"):
                t.check(rows[name]["state"] == "live", f"{left}: {name} is {rows[name]['state']}")
            t.run("unload -f deep_caller", "^deep_caller: unloaded$")
            t.succeeds("load deep_caller")
    t.succeeds("unload deep_caller hook_count hook_source")


@boot(smp=1)
@boot(smp=4)
@boot(smp=4, debug=True)
def fails_and_stops_with_little_stack_left(t):
    """A fault far down the stack makes its module fail from elsewhere; a stop there is refused by a fault."""
    def again():
        for module in ("deep_caller", "wild"):
            t.run(f"unload -f {module}; load {module}")

    t.succeeds("load deep_caller; load wild")
    with t.same_memory():
        for left in (*range(1200, 7200, 400), 12000):
            t.run(f"deep_caller {left}", silence=30)
            again()
        for left in range(1200, 5200, 400):
            t.run(f"deep_caller {left} stop", silence=30)
            again()
        if not t.config.debug:
            t.run("deep_caller again", silence=30)
            again()
    if t.config.debug:  # a get that the stack ends in the middle of its note is not put
        t.run("deep_caller again", silence=30)
        again()
    t.succeeds("unload deep_caller wild; stop")
