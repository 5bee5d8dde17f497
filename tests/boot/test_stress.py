"""Many times over, on several CPUs at once, with every answer checked."""
import re

from boot import boot

# Cycles without a word from the machine. Where CPUs are scarce they take long, and are no hang.
BATCH = 100


def come_and_go(t, cycles, caller, unload):
    """Other CPUs call `answerer` through the bus all the while: it is absent or right, never else."""
    t.run("load caller; unload caller; load answerer; unload answerer")
    with t.same_memory():
        t.succeeds(f"load caller {caller}")
        for _ in range(cycles // BATCH):
            t.run(f"{{ repeat {BATCH} {{ load answerer; {unload} answerer }} }} > /dev/null")
        right, absent, wrong = map(int, re.findall(r"\d+", t.run("caller")[0]))
        busy = t.text.count("(EBUSY)")
        t.note(f"{cycles} cycles, {busy} of them found it in use; answers: {right} right, "
               f"{absent} absent, {wrong} wrong")
        t.check(wrong == 0, f"{wrong} wrong answers")
        t.check(right > 50 and absent > 50, "the calls did not meet it")
        t.check(busy < cycles // 2, "it hardly ever left")
        t.succeeds("unload caller")
        t.run("unload answerer")


@boot(smp=4, alone=True, limit=900, silence=300, name="20000 cycles")
def called_while_it_comes_and_goes(t):
    come_and_go(t, 20000, "rest=20", "unload -w 60")


@boot(smp=4, alone=True, limit=900, silence=300)
@boot(smp=4, alone=True, limit=900, silence=300, debug=True)
def called_without_pause(t):
    """Virtual CPUs that never rest share two real ones: a cycle takes fifty milliseconds."""
    come_and_go(t, 500, "", "unload -w 60")


@boot(smp=4, alone=True, limit=900, silence=300)
def called_with_pauses(t):
    come_and_go(t, 2000, "rest=100", "unload")


@boot(smp=2, alone=True, limit=900, silence=300)
@boot(smp=4, alone=True, limit=900, silence=300)
def the_same_name_by_two(t):
    """Two CPUs load and unload one name: each time exactly one of them succeeds."""
    t.run("load hello; unload hello")
    with t.same_memory():
        t.run("on 0 { repeat 1000 { load hello; unload hello } } > /dev/null & "
              "on 1 { repeat 1000 { load hello; unload hello } } > /dev/null & wait")
        t.run("unload hello > /dev/null")
    said = sum("hello: hello, world" in line for line in t.text.splitlines())
    bye = sum("hello: goodbye" in line for line in t.text.splitlines())
    t.check(abs(said - bye) <= 1, f"{said} starts, {bye} ends")
    t.succeeds("load hello")
    t.succeeds("unload hello")


@boot(smp=4, alone=True, limit=900, silence=300)
def stops_at_once(t):
    with t.same_memory():
        t.run("{ on 0 repeat 2000 stop & on 1 repeat 2000 stop & on 2 repeat 2000 stop & wait } > /dev/null")
    answer = t.run("stop")
    t.note(answer[0])


@boot(smp=4, alone=True, limit=900, silence=300)
def lsmod_meanwhile(t):
    with t.same_memory():
        t.run("{ on 1 repeat 500 { load hello; unload hello } } > /dev/null & "
              "{ on 2 repeat 500 { load consumer; unload consumer; unload provider } } > /dev/null & "
              "on 3 repeat 1000 lsmod > /dev/null & wait")
        t.run("unload hello > /dev/null; unload consumer provider > /dev/null")
    for line in t.run("lsmod")[1:]:
        t.check(re.fullmatch(r"\w+ +\d+ +\d+ +\w+ +\S+", line.strip()), line)


@boot(smp=4, alone=True, limit=900, silence=300)
def interrupted_from_outside(t):
    """NMIs from the monitor and stops of the whole machine while modules come and go."""
    t.run("load hello; unload hello")
    with t.same_memory():
        start = len(t.text)
        t.send("{ repeat 2000 { load hello; unload hello } } > /dev/null; echo through\r")
        for _ in range(100):
            t.human("nmi")
            t.listen(0.02)
            t.human("stop")
            t.human("cont")
        t.mark = start
        t.wait_for(r"^through\n(?:.*\n)*tenon> \Z")
    row = t.run("irqs", r"^NMI ")
    counts = [int(n) for line in row if line.startswith("NMI") for n in line.split()[1:]]
    t.check(len(counts) == 4 and all(counts), f"NMIs seen: {counts}")


@boot(smp=1, alone=True, limit=900, silence=300)
def without_other_cpus(t):
    with t.same_memory():
        t.run("{ repeat 2000 { load consumer; consumer; unload consumer; unload provider } } > /dev/null")
        t.status("0")
