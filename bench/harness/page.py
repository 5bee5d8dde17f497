"""build/bench.html: bars and scaling curves as inline SVG; nothing comes from elsewhere."""
import html
import math

from report import HEADING, cells, quantity, ratio

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62em; margin: 2em auto; padding: 0 1em;
  color: #222; background: #fff; }
table { border-collapse: collapse; } td, th { padding: .15em .7em; text-align: left; }
td:nth-child(n+2):nth-child(-n+5) { text-align: right; font-variant-numeric: tabular-nums; }
tr:nth-child(even) { background: #f4f4f4; } .failed td { background: #fbdcdc; }
svg { display: block; margin: .5em 0 1.5em; } text { font: 12px system-ui, sans-serif; }
"""
OURS_COLOUR, LINUX_COLOUR = "#1b6ca8", "#c9803b"
BAR, LABEL, WIDTH = 13, 190, 480


def svg(width, height, parts):
    return (f'<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
            f'role="img">{"".join(parts)}</svg>')


def text(x, y, words, anchor="start"):
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{html.escape(words)}</text>'


def bar(y, share, colour, words):
    length = max(1.0, share * WIDTH)
    return (f'<rect x="{LABEL}" y="{y}" width="{length:.1f}" height="{BAR}" fill="{colour}"/>' +
            text(LABEL + length + 6, y + BAR - 2, words))


def bars(rows):
    """Two bars a row, the longer one over the whole width."""
    parts, y = [], 4
    for row in rows:
        most = max(row.ours, row.linux)
        parts.append(text(0, y + BAR + 4, f"{row.name}, {row.cpus} CPU{'s' * (row.cpus != 1)}"))
        parts.append(bar(y, row.ours / most, OURS_COLOUR,
                         f"{quantity(row.ours, row.unit)} ({ratio(row.ratio)})"))
        parts.append(bar(y + BAR + 1, row.linux / most, LINUX_COLOUR,
                         quantity(row.linux, row.unit)))
        y += 2 * BAR + 12
    return svg(LABEL + WIDTH + 160, y, parts)


class Curve:
    """Time against CPUs, both axes logarithmic."""
    WIDTH, HEIGHT, LEFT, BOTTOM = 420, 200, 70, 24

    def __init__(self, rows):
        self.rows = rows
        values = [value for row in rows for value in (row.ours, row.linux) if value]
        self.low = 10 ** math.floor(math.log10(min(values)))
        self.high = 10 ** math.ceil(math.log10(max(values)))
        self.high = max(self.high, self.low * 10)
        self.most = max(2, max(row.cpus for row in rows))

    def x(self, cpus):
        return self.LEFT + (self.WIDTH - self.LEFT - 20) * math.log2(cpus) / math.log2(self.most)

    def y(self, value):
        part = math.log10(value / self.low) / math.log10(self.high / self.low)
        return 10 + (self.HEIGHT - self.BOTTOM - 10) * (1 - part)

    def _line(self, values, colour):
        points = [(self.x(cpus), self.y(value)) for cpus, value in values if value]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        return (f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>' +
                "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
                        for x, y in points))

    def _grid(self):
        value = self.low
        while value <= self.high:
            y = self.y(value)
            yield (f'<line x1="{self.LEFT}" x2="{self.WIDTH}" y1="{y:.1f}" y2="{y:.1f}" '
                   'stroke="#ddd"/>')
            yield text(self.LEFT - 6, y + 4, quantity(value, self.rows[0].unit), "end")
            value *= 10
        for row in self.rows:
            yield text(self.x(row.cpus), self.HEIGHT - 6, str(row.cpus), "middle")

    def draw(self):
        return svg(self.WIDTH + 20, self.HEIGHT, [
            *self._grid(),
            self._line([(row.cpus, row.linux) for row in self.rows], LINUX_COLOUR),
            self._line([(row.cpus, row.ours) for row in self.rows], OURS_COLOUR)])


def curves(rows):
    by_name = {}
    for row in rows:
        by_name.setdefault(row.name, []).append(row)
    for name, points in by_name.items():
        if len(points) > 1 and "." not in name:
            yield f"<h3>{html.escape(name)}</h3>" + Curve(points).draw()


def table(rows):
    yield "<table><tr>" + "".join(f"<th>{word}</th>" for word in HEADING) + "</tr>"
    for row in rows:
        kind = ' class="failed"' if row.met is False else ""
        yield f"<tr{kind}>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells(row)) + "</tr>"
    yield "</table>"


def write_html(path, rows, notes):
    peers = [row for row in rows if row.linux]
    body = [f"<h1>Tenon against Linux</h1>{''.join(f'<p>{html.escape(note)}</p>' for note in notes)}",
            f'<p><span style="color:{OURS_COLOUR}">&#9632;</span> Tenon '
            f'<span style="color:{LINUX_COLOUR}">&#9632;</span> Linux</p>',
            bars(peers) if peers else "", "<h2>Over CPUs</h2>", *curves(rows),
            "<h2>All figures</h2>", *table(rows)]
    with open(path, "w", encoding="utf-8") as file:
        file.write('<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
                   f"<title>Tenon: bench</title><style>{STYLE}</style></head><body>"
                   + "".join(body) + "</body></html>\n")
