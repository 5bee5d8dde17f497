"""The rows of the table: which figures there are, what they must reach, and those that are computed
from others. A row without a target is only printed."""
from dataclasses import asdict, dataclass

from samples import OURS


@dataclass
class Row:
    name: str
    cpus: int
    unit: str
    ours: float
    linux: float = None
    ratio: float = None
    target: str = None
    met: bool = None

    def record(self):
        """As build/bench.json has it."""
        return asdict(self)


# Against Linux: (figure, unit, {cpus: at most this part of Linux's}); 0 is for all sizes measured.
AGAINST_LINUX = [
    ("get_put", "ns", {1: 5, 2: 8}),
    ("plain_call", "ns", {}),
    ("load", "ns", {0: 100}),
    ("unload", "ns", {0: 100}),
    ("load_big", "ns", {0: 20}),
    ("load_big_bare", "ns", {}),
    ("unload_big", "ns", {}),
    ("stop", "ns", {4: 100}),
    ("stop_busy", "ns", {}),
    ("boot", "ns", {0: 20}),
    ("memory", "bytes", {4: 4}),
    ("switch", "ns", {}),
    ("wake", "ns", {}),
    ("timer", "ns", {}),
    ("ipi", "ns", {}),
    ("heap", "ns", {}),
    ("page", "ns", {}),
    *((f"{name}.instructions", "count", {})
      for name in ("load", "unload", "hook", "hook_bare", "stop", "heap", "page")),
    ("load_many", "ns", {}),
    ("load_many.early", "ns", {}),
    ("unload_many", "ns", {}),
    ("lsmod", "ns", {}),
    ("hook", "ns", {}),
    ("hook_bare", "ns", {}),
    ("hook_empty", "ns", {}),
    ("native_get_put", "ns", {}),
    ("native_increments", "ns", {}),
    ("native_srcu_fast", "ns", {}),
    ("native_shared_atomic", "ns", {}),
    ("native_inc_not_zero", "ns", {}),
    ("native_rwlock", "ns", {}),
]

STAGES = ("validate", "reserve", "depend", "place", "link", "protect", "start", "publish")


def compared(samples):
    for name, unit, parts in AGAINST_LINUX:
        for cpus in samples.cpus_of(name):
            # Linux's module without what kbuild adds has the same peer of ours
            ours = samples.ours("load_big" if name == "load_big_bare" else name, cpus)
            linux = samples.linux(name, cpus)
            if ours is None:
                continue
            row = Row(name, cpus, unit, ours, linux, ours / linux if linux else None)
            part = parts.get(cpus, parts.get(0))
            if part:
                row.target = f"<= 1/{part} of Linux's"
                row.met = row.ratio <= 1 / part if linux else None
            yield row


class Quotients:
    """Targets that compare figures of ours with each other."""

    def __init__(self, samples):
        self.ours = samples.ours

    def of(self, above, below, cpus, cpus_below=None):
        above = self.ours(above, cpus)
        below = self.ours(below, cpus_below or cpus)
        return above / below if above and below else None

    def _scaling(self):
        two, one = (self.of("get_put", "plain_call", callers) for callers in (2, 1))
        return two / one if two and one else None

    def _stop_per_cpu(self):
        many = self.of("stop.instructions", "stop.instructions", 64, 4)
        return many * 4 / 64 if many else None

    def _bounded(self):
        """(figure, cpus, quotient, at most, by what it is divided)"""
        yield "get_put.scaling", 2, self._scaling(), 1.2, "1 caller, each by its plain call"
        yield "hook", 4, self.of("hook", "hook_bare", 4), 1.3, "bare indirect calls"
        yield ("load_big.loop", 4, self.of("load_big.relocate_ns", "load_big.unchecked", 4), 3,
               "an unchecked loop")
        yield ("load_many", 4, self.of("load_many", "load_many.early", 4), 1.3,
               "loads 101 to 200")
        yield "stop", 16, self.of("stop", "stop", 16, 4), 4, "ours at 4"
        yield "load.instructions", 1, self.ours("load.instructions", 1), 12000, "1"
        yield ("hook.instructions", 1, self.of("hook.instructions", "hook_bare.instructions", 1),
               1.25, "bare indirect calls")
        yield "stop.instructions", 64, self._stop_per_cpu(), 1.5, "what each of 4 CPUs costs"
        for cpus in (1, 2):
            yield ("native_get_put.srcu", cpus,
                   self.of("native_get_put", "native_srcu_fast", cpus), 1, "SRCU's fast counters")
        yield ("native_get_put", 1, self.of("native_get_put", "native_increments", 1), 1.3,
               "two plain increments")
        yield ("native_get_put", 2, self.of("native_get_put", "native_inc_not_zero", 2), 0.1,
               "inc-not-zero")

    def judge(self, rows):
        """Puts each target on the row of its figure, or adds one where it is the figure itself."""
        by_key = {(row.name, row.cpus): row for row in rows}
        for name, cpus, value, limit, what in self._bounded():
            if value is None:
                continue
            row = by_key.get((name, cpus))
            if row is None:
                row = Row(name, cpus, "count", value)
                rows.append(row)
            row.target = f"<= {limit} x {what} ({value:.3g})"
            row.met = value <= limit

    def costs(self):
        """What one more relocation, page or CPU costs, and where a load's time goes."""
        for name, above, below in (
                ("load_big.per_relocation", "load_big", "load_big.relocations"),
                ("load_big.loop_per_relocation", "load_big.relocate_ns", "load_big.relocations"),
                ("load_big.place_per_page", "load_big.place", "load_big.pages")):
            value = self.of(above, below, 4)
            if value is not None:
                yield Row(name, 4, "ns", value)
        for figure in ("load", "load_big"):
            for stage in STAGES:
                value = self.ours(f"{figure}.{stage}", 4)
                if value is not None:
                    yield Row(f"{figure}.{stage}", 4, "ns", value)
        few, many = self.ours("stop", 4), self.ours("stop", 16)
        if few and many:
            yield Row("stop.per_cpu", 16, "ns", max(0.0, (many - few) / 12))


def longest(samples):
    for name in ("stop", "stop_busy"):
        for cpus in samples.cpus_of(name):
            variant = samples.linux_variant(name, cpus)
            ours = samples.longest_of(OURS, name, cpus)
            linux = samples.longest_of(variant, name, cpus) if variant else None
            if ours:
                yield Row(f"{name}.longest", cpus, "ns", ours, linux,
                          ours / linux if linux else None)


def rows(samples):
    quotients = Quotients(samples)
    found = list(compared(samples))
    quotients.judge(found)
    return [*found, *longest(samples), *quotients.costs()]
