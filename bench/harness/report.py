"""The table on the terminal and build/bench.json."""
import json

SCALES = {"ns": ((1e9, "s"), (1e6, "ms"), (1e3, "us"), (1, "ns")),
          "bytes": ((1 << 20, "MiB"), (1 << 10, "KiB"), (1, "B")), "count": ((1, ""),)}


def quantity(value, unit):
    if value is None:
        return "-"
    for size, name in SCALES[unit]:
        if value >= size or size == 1:
            return f"{value / size:.3g} {name}".strip()
    return "-"


def ratio(value):
    if not value:
        return "-"
    return f"1/{1 / value:.3g}" if value < 1 else f"{value:.3g}"


def verdict(row):
    return {True: "met", False: "NOT MET", None: ""}[row.met]


def cells(row):
    return [row.name, str(row.cpus), quantity(row.ours, row.unit), quantity(row.linux, row.unit),
            ratio(row.ratio), row.target or "", verdict(row)]


HEADING = ["figure", "cpus", "ours", "linux", "ratio", "target", "met"]


def table(rows):
    lines = [HEADING] + [cells(row) for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADING))]
    right = {1, 2, 3, 4}
    for line in lines:
        yield "  ".join(text.rjust(width) if column in right else text.ljust(width)
                        for column, (text, width) in enumerate(zip(line, widths))).rstrip()


def write_json(path, rows):
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"figures": [row.record() for row in rows]}, file, indent=1)
        file.write("\n")
