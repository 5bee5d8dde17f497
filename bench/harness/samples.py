"""What was measured, and how it becomes one number: the median over the rounds of each round's own
median. Of Linux's variants the better one counts."""
import statistics
from collections import defaultdict

OURS = "ours"


class Samples:
    def __init__(self):
        self.values = defaultdict(list)  # (side, figure, cpus): medians, one a round
        self.longest = defaultdict(float)  # the same keys: the greatest of all

    def add(self, side, lines):
        for name, cpus, value, words in lines:
            self.values[side, name, cpus].append(value)
            self.longest[side, name, cpus] = max(self.longest[side, name, cpus],
                                                 float(words.get("max", value)))

    def median(self, side, name, cpus):
        values = self.values.get((side, name, cpus))
        return statistics.median(values) if values else None

    def ours(self, name, cpus):
        return self.median(OURS, name, cpus)

    def linux_variant(self, name, cpus):
        """The variant of Linux that does better here; None: none was measured."""
        sides = {side for side, *key in self.values if side != OURS and key == [name, cpus]}
        return min(sorted(sides), key=lambda side: self.median(side, name, cpus), default=None)

    def linux(self, name, cpus):
        variant = self.linux_variant(name, cpus)
        return None if variant is None else self.median(variant, name, cpus)

    def longest_of(self, side, name, cpus):
        return self.longest.get((side, name, cpus))

    def cpus_of(self, name):
        return sorted({cpus for _, other, cpus in self.values if other == name})
