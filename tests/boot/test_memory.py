"""Memory, from inside: tests/modules/memory_check.c does the work and says what was wrong."""
from boot import boot


@boot(smp=4)
@boot(smp=4, mem="128M", debug=True)
def heap_stress(t):
    t.succeeds("load memory_check")
    with t.same_memory():
        t.succeeds("heap_stress 5000", silence=120)
    t.succeeds("unload memory_check")


@boot(smp=2, mem="128M")
@boot(smp=2, mem="128M", debug=True)
@boot(smp=4, mem="5G")
def heap_fill(t):
    """All memory can be had, and once given back it is all there."""
    t.succeeds("load memory_check")
    with t.same_memory():
        for _ in range(2):
            got = int(t.succeeds("heap_fill")[0].split()[0])
            free = t.meminfo()["free_pages"] // 256
            t.check(free * 0.95 <= got <= free, f"{got} of {free} MiB")
    t.succeeds("load hello", "hello: hello, world")
    t.succeeds("unload hello memory_check")


@boot(smp=4)
@boot(smp=1)
def shootdown(t):
    """An address that leads elsewhere now does so on every CPU, be it idle or busy."""
    t.succeeds("load memory_check")
    with t.same_memory():
        t.succeeds("shootdown 500", silence=120)
        t.succeeds("shootdown 3 busy", silence=120)
    t.succeeds("unload memory_check")


@boot(smp=2)
@boot(smp=2, debug=True)
def heap_misuse(t):
    """What the heap finds out is reported with the module and the place that made the object."""
    t.succeeds("load memory_check")
    t.succeeds("heap_misuse")
    t.run("dmesg", "heap: second free: an object of memory_check, made at .*memory_check.c:")
    if t.config.debug:
        t.run("dmesg", "heap: written to behind its end: an object of memory_check",
              "heap: written to after it was freed: an object of memory_check")
    t.succeeds("unload memory_check")


@boot(smp=2, mem="1G", silence=300)
@boot(smp=4, debug=True, silence=300)
def windows_end(t):
    """Stacks and addresses of device memory are taken until there are none: refused, and all of it comes back."""
    most = {"256M": 1024, "1G": 4096}[t.config.mem]  # stacks of 16 KiB in a sixteenth of the RAM
    t.succeeds("load limits")
    t.run("limits threads; limits io")
    with t.same_memory():
        for _ in range(2):
            stacks, others = int(t.succeeds("limits threads", silence=120)[0]), t.meminfo()["threads"]
            t.check(most - 4 * others < stacks < most, f"{stacks} stacks beside those of {others} threads")
            pieces = int(t.succeeds("limits io")[0])
            t.check(120 <= pieces < 128, f"{pieces} MiB of device memory")
        t.succeeds("load hello; hello; unload hello", "hello, world")
    t.succeeds("unload limits")
