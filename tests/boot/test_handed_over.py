"""What a module hands over and the kernel keeps is looked at when it is handed over: a refusal is
EINVAL and one line that says what to change, and the next look at a list is as it was before."""
import re

from boot import boot

INIT_DATA = "in init data, which is freed after init: take __initdata off"
STACK = "on a stack, which is used again after the call: make it static or allocate it"
FREED = "in freed memory: free it after it has been taken back"
WILD = "not in memory of its owner or of what that depends on"
SMALL = "in memory that belongs to another module or ends too soon"
UNTYPED = "not one that can be typed: use letters, digits, and . _ - +"
AGAIN = "registered already, or was not zeroed before its first use"

REFUSED = {
    "name_in_init_data": f"command: the name is {INIT_DATA}",
    "name_in_init_constant": f"command: the name is {INIT_DATA}",
    "operations_in_init_data": f"command: the operations table is {INIT_DATA}",
    "entry_in_init_data": f"command: the entry is {INIT_DATA}",
    "help_in_init_data": f"command: help is {INIT_DATA}",
    "interface_in_init_data": f"interface: the structure is {INIT_DATA}",
    "interface_name_in_init_data": f"interface: the name is {INIT_DATA}",
    "entry_on_stack": f"command: the entry is {STACK}",
    "usage_on_stack": f"command: usage is {STACK}",
    "entry_freed": f"command: the entry is {FREED}",
    "large_name_freed": f"command: the name is {FREED}",
    "entry_too_small": f"command: the entry is {SMALL}",
    "help_wild": f"command: help is {WILD}",
    "name_wild": f"command: the name is {WILD}",
    "operations_wild": f"command: the operations table is {WILD}",
    "interface_wild": f"registering: the interface is {WILD}",
    "attach_wild": f"filesystem: attach is {WILD}",
    "name_endless": "command: the name is too long, or without an end",
    "name_missing": "command: the name is missing",
    "name_empty": "command: the name is empty",
    "name_with_newline": f"command: the name is {UNTYPED}",
    "name_with_blank": f"command: the name is {UNTYPED}",
    "name_with_slash": f"node: the name is {UNTYPED}",
    "name_of_a_folder": f"node: the name is {UNTYPED}",
    "node_without_operations": "node: each operation is missing, so it could never be called",
    "command_without_operations": "command: run is missing",
    "irq_of_no_line": "irq handed: the machine has no such line",
    "console_of_no_terminal": "console handed: there is no such terminal",
    "twice": f"command handed: {AGAIN}",
    "interface_twice": "interface: handed is registered already",
}
ODD = "odd\\nname\\xe2\\x80\\xae"
ODD_THREAD = "odd\\nthread\\xe2\\x80\\xae"
UNKNOWN = "not initialised, a copy, or without a function: initialise it first"

UNUSED = "by code that it does not use: give THIS_MODULE and HERE"
UNACTIVATED = "activated what is not reserved, or is entering or leaving"
STOPPED = "the thread to stop is none, or has been stopped already"

OVERSTEPPED = {
    "memory_of_provider": f"memory is booked to rules_gate {UNUSED}",
    "memory_of_kernel": f"memory is booked to kernel {UNUSED}",
    "memory_of_nothing": f"memory is booked to what is no module {UNUSED}",
    "memory_with_wild_place": f"memory is booked to oversteps {UNUSED}",
    "memory_with_half_wild_place": f"memory is booked to oversteps {UNUSED}",
    "memory_with_place_on_stack": f"memory is booked to oversteps {UNUSED}",
    "entry_with_wild_place": f"an entry is booked to oversteps {UNUSED}",
    "entry_with_half_wild_place": f"an entry is booked to oversteps {UNUSED}",
    "interface_with_half_wild_place": f"an interface is booked to oversteps {UNUSED}",
    "timer_with_half_wild_place": f"timer is booked to oversteps {UNUSED}",
    "work_with_wild_place": f"work is booked to oversteps {UNUSED}",
    "unregister_twice": "unregistered what is not registered",
    "unregister_never": "unregistered what is not registered",
    "activate_twice": UNACTIVATED,
    "unmap_never": "unmapped what io_map did not return",
    "mapping_of_provider": f"a mapping is booked to rules_gate {UNUSED}",
    "thread_of_provider": f"a thread is booked to rules_gate {UNUSED}",
    "thread_in_init_text": "the function of a thread is in init text, which is freed after init: take __init off",
    "thread_wild": "the function of a thread is outside the text of its owner and of what that depends on",
    "thread_without_function": "the function of a thread is missing",
    "thread_on_no_cpu": "a thread is made for CPU -2, which there is not",
    "stop_twice": STOPPED,
    "stop_wild": STOPPED,
    "stop_loader": "the thread to stop is another module's",
    "stop_itself": "the thread to stop is the one that stops it: return from its function",
    "stop_by_two": STOPPED,
}
MAPPED = "no bytes, too many, an address that the processor has not, or no kind of cache"
MAPPINGS = ("map_nothing", "map_much", "map_beyond_the_window", "map_around_the_end", "map_beyond_memory", "map_cached_oddly")

# What each of timer_start, work_queue, timer_cancel, work_cancel and work_flush says.
ARMED = {
    "in_init_data": (INIT_DATA, INIT_DATA),
    "on_stack": (STACK, STACK),
    "wild": (WILD,) * 5,
    "freed": (FREED,) * 2,
    "freed_page": (FREED,) * 2,
    "never_initialised": (UNKNOWN,) * 5,
    "copied": (UNKNOWN,) * 5,
}
TAKEN = ("in_heap", "in_per_cpu_data", "in_parameter", "of_another_module")


def lines_of(t, load):
    """The log lines of this load, without their time."""
    t.run(load, r"^\w+: loaded$")
    return [line.split("] ", 1)[1] for line in t.logged]


@boot(smp=2)
@boot(smp=2, debug=True)
def what_would_go_is_refused(t):
    t.succeeds("load rules_gate")
    with t.same_memory():
        for word, why in REFUSED.items():
            said = lines_of(t, f"load hands_over what={word}")
            error = "ENODEV" if word == "irq_of_no_line" else "EINVAL"
            t.check(said == [f"hands_over: {why}", f"hands_over: {word}: {error}"], f"{word}: {said}")
            t.run("help; lsmod -v; ls /dev")
            t.fails("handed", "ENOENT")
            t.succeeds("unload hands_over", "^hands_over: unloaded$")
        said = lines_of(t, "load hands_over what=no_such_owner")
        t.check(said == ["bus: registering: the owner given is not a module",
                         "hands_over: no_such_owner: EINVAL"], f"no such owner: {said}")
        t.succeeds("unload hands_over")
    t.check("left behind" not in t.text, "something was registered after all")


@boot(smp=2)
@boot(smp=2, debug=True)
def what_is_not_its_own_is_refused(t):
    t.succeeds("load rules_gate")
    with t.same_memory():
        for word, why in OVERSTEPPED.items():
            said = lines_of(t, f"load oversteps what={word}")
            t.check(len(said) == 2 and said[0].startswith(f"oversteps: {why}, at ") and
                    said[1] == f"oversteps: {word}: EINVAL", f"{word}: {said}")
            t.succeeds("unload oversteps")
        said = lines_of(t, "load oversteps what=activate_never")
        t.check([line.split(", at ")[0] for line in said] ==
                2 * [f"oversteps: {UNACTIVATED}"] + ["oversteps: activate_never: EINVAL"], f"activate: {said}")
        t.succeeds("unload oversteps")
        t.check(lines_of(t, "load oversteps what=ends_nothing") == ["oversteps: ends_nothing: taken"],
                "what ends nothing is no mistake")
        t.succeeds("unload oversteps")
        for word in MAPPINGS:
            said = lines_of(t, f"load oversteps what={word}")
            t.check(re.fullmatch(rf"oversteps: io_map of 0x[0-9a-f]+ bytes at 0x[0-9a-f]+: {MAPPED}", said[0]) and
                    said[1:] == [f"oversteps: {word}: EINVAL"], f"{word}: {said}")
            t.succeeds("unload oversteps")
    t.check("left behind" not in t.text, "something was booked after all")


def said_of(line):
    """timer or work, and why: without the place, which holds numbers."""
    return re.sub(r"^arms: (timer|work): the one given at arms:\w+\+0x[0-9a-f]+ is ", r"\1 ", line)


@boot(smp=2)
@boot(smp=2, debug=True)
def what_would_go_is_not_armed(t):
    kinds = ("timer", "work", "timer", "work", "work")
    with t.same_memory():
        for word, whys in ARMED.items():
            said = [said_of(line) for line in lines_of(t, f"load arms what={word}")]
            wanted = [f"{kind} {why}" for kind, why in zip(kinds, whys)]
            wanted.append(f"arms: {word}: start EINVAL queue 0 cancel 0 0")
            if said[2:3] == [f"timer {FREED}"]: # poison took the mark away, so that all three say so
                wanted[2:2] = said[2:5]
            t.check(said == wanted, f"{word}: {said}")
            t.succeeds("unload arms")
        said = [said_of(line) for line in lines_of(t, "load arms what=callback_in_init_text")]
        t.check(said == ["timer in init text, which is freed after init: take __init off",
                         "arms: callback_in_init_text: start EINVAL"], f"init text: {said}")
        t.succeeds("unload arms")
        said = lines_of(t, "load arms what=initialised_while_armed")
        t.check(re.fullmatch(r"arms: timer: initialised at tests/modules/arms\.c:\d+ while it is "
                             "armed: cancel it first", said[0]) and
                said[1:] == [f"arms: initialised_while_armed: cancel {was}" for was in (1, 0)], f"armed: {said}")
        t.succeeds("unload arms")
        said = lines_of(t, "load arms what=what_stays")
        t.check(said == ["arms: what_stays: fired 3 worked 1"], f"what stays: {said}")
        t.succeeds("unload arms")
    t.check("left behind" not in t.text, "something was armed after all")


@boot(smp=2)
@boot(smp=2, debug=True)
def what_stays_is_taken(t):
    t.succeeds("load rules_gate")
    with t.same_memory():
        for word in TAKEN:
            said = lines_of(t, f"load hands_over what={word}")
            t.check(said[-1] == f"hands_over: {word}: taken", f"{word}: {said}")
            t.succeeds("unload hands_over")


@boot(smp=2)
@boot(smp=2, debug=True)
def names_are_escaped(t):
    with t.same_memory():
        t.succeeds("load odd_names")
        lines = t.run("lsmod -v") + t.run("threads")
        t.check(any(f" notifier {ODD} at " in line for line in lines), f"notifier: {lines}")
        t.check(any(f"thread {ODD_THREAD} " in line for line in lines), f"holder: {lines}")
        t.check(any(ODD_THREAD in line and "thread " + ODD_THREAD not in line for line in lines),
                f"threads: {lines}")
        t.succeeds("unload odd_names", f"left behind: notifier {re.escape(ODD)} made at ")
    t.check("\u202e" not in t.text, "a character that turns the direction of text")
