"""Stop, threads, locks, timers and work, by the test module `concurrency`."""
import re

from boot import boot

ROUNDS = {"idle": 2000, "sleepers": 300, "at_once": 500, "mutexes": 500, "spinlocks": 5000,
          "waking": 100, "deaf": 1, "joining": 300, "stopping": 300, "works": 200, "timers": 2000}
FEW = 50


@boot(smp=1, silence=300)
@boot(smp=2, silence=300, debug=True)
@boot(smp=4, silence=300)
@boot(smp=4, silence=300, debug=True, machine="pc", cpu="qemu64")
@boot(smp=4, silence=300, build="matrix/clang-O2", name="clang")
@boot(smp=8, silence=300)
def concurrency(t):
    """Each of its tests; under `debug` the lock order is watched meanwhile."""
    with t.same_memory():
        t.succeeds("load concurrency")
        for name in t.run("concurrency"):
            rounds = ROUNDS.get(name, FEW) // (5 if t.config.debug else 1) or 1
            t.succeeds(f"concurrency {name} {rounds}")
        t.succeeds("unload concurrency")
    t.check("lock order:" not in t.text, "two orders of locks meet")


@boot(smp=2, accel="tcg,thread=single", qemu=["-icount", "shift=0,sleep=off"])
def stops_without_pause(t):
    """One CPU that stops the machine over and over keeps another neither from running nor from a stop of
    its own. The CPUs take turns by instructions: the one that is let go is asked again before it runs."""
    with t.same_memory():
        t.succeeds("load stop_storm")
        line = t.run("on 0 stop_storm")[-1]
        t.succeeds("unload stop_storm")
    t.note(line)
    found = re.search(r"over after (\d+) stops, waited for (\d+)", line)
    t.check(found and int(found[2]) <= 20, line)


@boot(smp=2)
def line_without_shootdown(t):
    """A typed line is run on a stack that was kept, so that its end interrupts no other CPU."""
    def calls():
        return next(line.split()[1:3] for line in t.run("irqs") if line.startswith("call "))

    t.succeeds("load hook_source burst=1000000")  # no CPU sleeps
    with t.same_memory():
        before = calls()
        for _ in range(40):
            t.run("echo")
        t.check(calls() == before, f"{before} before 40 lines, {calls()} after")
    t.succeeds("unload hook_source")
