"""One cell of the matrix: a pair of kinds in one mode, and what its rounds have come to."""
import collections
import dataclasses
import re

# What `matrix` prints at the end of a command.
OUTCOME = re.compile(
    r"matrix: .*: (?P<rounds>\d+) rounds, (?P<first>\d+) and (?P<second>\d+) got through, "
    r"(?P<overlapped>\d+) overlapped; us:(?P<us>.*); (?P<refused>\d+) refused")


@dataclasses.dataclass
class Cell:
    first: str
    second: str
    debug: bool
    rounds: int = 0
    through: tuple = (0, 0)  # rounds in which each side got what it wanted
    overlapped: int = 0  # rounds in which each part began before the other's end
    refused: int = 0  # unloads between rounds that had to be tried again
    spent: collections.Counter = dataclasses.field(default_factory=collections.Counter)  # us
    wrong: str = ""

    @property
    def name(self):
        return f"{self.first} {self.second}{' debug' if self.debug else ''}"

    def add(self, line):
        """Counts what @line tells, if it is the one that ends a command."""
        found = OUTCOME.match(line)
        if not found:
            return
        self.rounds += int(found["rounds"])
        self.through = (self.through[0] + int(found["first"]),
                        self.through[1] + int(found["second"]))
        self.overlapped += int(found["overlapped"])
        self.refused += int(found["refused"])
        words = found["us"].split()
        self.spent.update(dict(zip(words[::2], map(int, words[1::2]))))

    def row(self):
        """For build/soak.tsv: what it has cost, and how well its sides have met."""
        phases = [str(self.spent[name] // max(self.rounds, 1)) for name in self.spent]
        return "\t".join([self.name, str(self.rounds), *map(str, self.through),
                          str(self.overlapped), str(self.refused), *phases, self.wrong])


    def take_row(self, row, phases):
        """Goes on from what a row() of an earlier run tells; what was red then is tried again."""
        rounds, *through, overlapped, refused = map(int, row[:5])
        self.rounds, self.through = rounds, tuple(through)
        self.overlapped, self.refused = overlapped, refused
        self.spent.update({name: int(us) * rounds for name, us in zip(phases, row[5:-1])})


def heading(cells):
    phases = next((list(cell.spent) for cell in cells if cell.spent), [])
    return "\t".join(["pair", "rounds", "first through", "second through", "overlapped", "refused",
                      *(f"{name} us" for name in phases), "wrong"])


def resume(cells, text):
    """@text: rows under their heading, as an earlier run has written them."""
    head, *rows = (line.split("\t") for line in text.splitlines())
    phases = [name.removesuffix(" us") for name in head[6:-1]]
    earlier = {row[0]: row[1:] for row in rows}
    for cell in cells:
        if cell.name in earlier:
            cell.take_row(earlier[cell.name], phases)


def costs(cells):
    """What a round has cost in the guest, and how many have met: one line."""
    rounds = max(sum(cell.rounds for cell in cells), 1)
    spent = sum((cell.spent for cell in cells), collections.Counter())
    overlapped = sum(cell.overlapped for cell in cells)
    phases = ", ".join(f"{name} {us / rounds:.0f}" for name, us in spent.items())
    return f"us of a round: {phases}; the parts overlapped in {100 * overlapped / rounds:.0f} %"
