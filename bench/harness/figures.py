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
    ("load_many.early", "ns", {}),
    ("load_many.late", "ns", {}),
    ("unload_many", "ns", {}),
    ("lsmod", "ns", {}),
    ("hook", "ns", {}),
    ("hook_bare", "ns", {}),
    ("hook_empty", "ns", {}),
    ("native_get_put", "ns", {}),
    ("native_increments", "ns", {}),
    ("native_shared_atomic", "ns", {}),
    ("native_inc_not_zero", "ns", {}),
    ("native_rwlock", "ns", {}),
]


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
    """Figures that are one of ours by another."""

    def __init__(self, samples):
        self.ours = samples.ours

    def _scaled(self, callers):
        get_put, plain = self.ours("get_put", callers), self.ours("plain_call", callers)
        return get_put / plain if get_put and plain else None

    def of(self, above, below, cpus, cpus_below=None):
        above = self.ours(above, cpus)
        below = self.ours(below, cpus if cpus_below is None else cpus_below)
        return above / below if above and below else None

    def bounded(self):
        """(name, cpus, value, least or greatest, what it is)"""
        two, one = self._scaled(2), self._scaled(1)
        yield "get_put.scaling", 2, two / one if two and one else None, 1.2, "1 caller, each by its plain call"
        yield "hook.bare", 4, self.of("hook", "hook_bare", 4), 1.3, "bare indirect calls"
        yield ("load_big.loop", 4, self.of("load_big.relocate_ns", "load_big.unchecked", 4), 3,
               "an unchecked loop")
        yield ("load_many.growth", 4, self.of("load_many.late", "load_many.early", 4), 1.3,
               "loads 101 to 200")
        yield "stop.scaling", 16, self.of("stop", "stop", 16, 4), 4, "the stop of 4 CPUs"
        yield ("native_get_put.increments", 1,
               self.of("native_get_put", "native_increments", 1), 1.3, "two plain increments")

    def rows(self):
        for name, cpus, value, limit, what in self.bounded():
            if value is not None:
                yield Row(name, cpus, "count", value, target=f"<= {limit} x {what}",
                          met=value <= limit)
        faster = self.of("native_inc_not_zero", "native_get_put", 2)
        if faster is not None:
            yield Row("native_inc_not_zero.get_put", 2, "count", faster,
                      target=">= 10 x slower than get_put", met=faster >= 10)

    def costs(self):
        """What one more relocation, symbol, page or CPU costs."""
        for name, above, below in (("load_big.per_relocation", "load_big", "load_big.relocations"),
                                   ("load_big.loop_per_relocation", "load_big.relocate_ns",
                                    "load_big.relocations"),
                                   ("load_big.place_per_page", "load_big.place",
                                    "load_big.pages"),
                                   ("load_big.start_per_page", "load_big.start",
                                    "load_big.pages")):
            value = self.of(above, below, 4)
            if value is not None:
                yield Row(name, 4, "ns", value)
        for stage in ("validate", "reserve", "depend", "place", "link", "protect", "start",
                      "publish"):
            for figure in ("load", "load_big"):
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
    return [*compared(samples), *quotients.rows(), *longest(samples), *quotients.costs()]
