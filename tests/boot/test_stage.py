"""A load that fails after each of its stages leaves nothing behind."""
from boot import boot

STAGES = ("validate", "reserve", "depend", "place", "link", "protect", "start")


@boot(smp=2, quick=True)
@boot(smp=4, debug=True)
def every_stage_failed(t):
    t.succeeds("load fail_after")
    t.run("load consumer; unload consumer provider")
    with t.same_memory():
        for stage in STAGES:
            for name in ("hello", "consumer", "counter", "ticker", "per_cpu_data", "tmpfs"):
                t.succeeds(f"fail_after {stage} {name}")
            rows = t.lsmod()
            t.check("hello" not in rows and "provider" not in rows, f"{stage}: {sorted(rows)}")
            t.fails("hello", "ENOENT")
        t.fails("fail_after nothing hello", "EINVAL")
    t.succeeds("load consumer")
    t.run("consumer", "42")
    t.succeeds("unload consumer provider")
