"""Stop, threads, locks, timers and work, by the test module `concurrency`."""
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
