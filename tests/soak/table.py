"""The matrix as text: a row and a column for each kind, in each cell the rounds and the outcome."""


def short(number):
    return str(number) if number < 1000 else f"{number / 1000:.0f}k"


def mark(cell):
    if cell is None:
        return "."
    if cell.wrong:
        return "RED"
    return short(cell.rounds) if cell.rounds else "-"


def table(kinds, cells, debug):
    kinds = [kind for kind in kinds if any(kind in (cell.first, cell.second) for cell in cells)]
    found = {(cell.first, cell.second): cell for cell in cells}
    lines = [f"rounds of each pair, {'with' if debug else 'without'} debug:",
             " " * 20 + "".join(f"{i + 1:>5}" for i in range(len(kinds)))]
    for i, first in enumerate(kinds):
        row = [found.get((first, second)) or found.get((second, first)) for second in kinds[:i + 1]]
        lines.append(f"{i + 1:>3} {first:<16}" + "".join(f"{mark(cell):>5}" for cell in row))
    return "\n".join(lines)
