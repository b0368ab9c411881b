"""Draws the plots of docs/performance.md as SVG. The same figures give the same bytes."""

import math
import statistics
from xml.sax.saxutils import escape

OURS, THEIRS, LIGHT = "#d4500c", "#8a94a3", "#d8dde4"
WIDTH = 720


class Drawing:
    def __init__(self, height):
        self.parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="13">',
            f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        ]

    def text(self, x, y, text, anchor="start", weight="normal", fill="#1f2630"):
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}" fill="{fill}">{escape(text)}</text>'
        )

    def bar(self, x, y, width, height, fill):
        self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height}" fill="{fill}"/>')

    def line(self, points, stroke, width=1):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.parts.append(f'<polyline points="{path}" fill="none" stroke="{stroke}" stroke-width="{width}"/>')

    def dot(self, x, y, fill):
        self.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{fill}"/>')

    def svg(self):
        return "\n".join([*self.parts, "</svg>", ""])


def plots(groups):
    made = {}
    if "importers" in groups:
        made["importers.svg"] = importers(groups["importers"])
    if "curve" in groups:
        made["curve.svg"] = curve(list(groups["curve"].values()))
    if "latency" in groups:
        made["latency.svg"] = latency(groups["latency"])
    return made


def bars(title, groups, left, thickness, values, label, digits, spread=False):
    """Draws a bar for the median of each group, one panel with its own scale for each input.

    `label` returns the text, the weight and the color of a bar. With `spread`, a thin line goes from min to max.
    """
    names = list(dict.fromkeys(name for name, _ in groups))
    step = thickness + (8 if spread else 6)
    drawing = Drawing(40 + sum(34 + step * sum(key[0] == name for key in groups) for name in names))
    drawing.text(16, 24, title, weight="bold")
    y, width, baseline = 40, WIDTH - left - 90, 14 if spread else 13
    for name in names:
        those = {what: group for (of, what), group in groups.items() if of == name}
        drawing.text(16, y + 20, f"{next(iter(those.values())).records:,} {name}")
        y += 32
        most = max(max(values(group)) for group in those.values())
        for what, group in those.items():
            middle = end = statistics.median(values(group))
            text, weight, color = label(what)
            drawing.text(left - 8, y + baseline, text, anchor="end", weight=weight)
            drawing.bar(left, y, middle / most * width, thickness, color)
            if spread:
                least, end = min(values(group)), max(values(group))
                drawing.line([(left + value / most * width, y + 9) for value in (least, end)], "#1f2630")
            drawing.text(left + end / most * width + 6, y + baseline, f"{middle:,.{digits}f}")
            y += step
    return drawing.svg()


def importers(groups):
    """Draws bars of the CPU time per record: the median, and a thin line from min to max. Each input has its own scale."""

    def label(what):
        return (what, "bold", OURS) if what == "strava-store" else (what, "normal", THEIRS)

    title = "Processor time per record, µs: less is better"
    return bars(title, groups, 190, 18, lambda group: group.cpu(), label, 1, spread=True)


def curve(groups):
    """Draws the CPU time per record and the peak memory over the size of the input."""
    drawing = Drawing(330)
    drawing.text(16, 24, "One import, from ten thousand records up", weight="bold")
    panels = [
        (44, "CPU µs per record", [statistics.median(group.cpu()) for group in groups]),
        (184, "peak MiB", [statistics.median(group.memory()) for group in groups]),
    ]
    sizes = [math.log10(group.records) for group in groups]
    left, width, tall = 150, WIDTH - 150 - 60, 100
    span = max(sizes) - min(sizes) or 1
    positions = [left + (size - min(sizes)) / span * width for size in sizes]
    for top, title, values in panels:
        most = max(values) * 1.25
        drawing.text(16, top + 18, title)
        drawing.line([(left, top + tall), (left + width, top + tall)], LIGHT)
        drawing.text(left - 16, top + tall + 4, "0", anchor="end")
        points = [(x, top + tall - value / most * tall) for x, value in zip(positions, values)]
        drawing.line(points, OURS, 2)
        for (x, y), value in zip(points, values):
            drawing.dot(x, y, OURS)
            drawing.text(x, y - 10, f"{value:,.1f}" if value < 100 else f"{value:,.0f}", anchor="middle")
    for x, group in zip(positions, groups):
        drawing.text(x, 308, f"{group.records:,}", anchor="middle")
    return drawing.svg()


def latency(groups):
    """Draws bars of records per second for each round trip, one panel for each input."""
    title = "Records per second by the round trip to the server: more is better"
    return bars(title, groups, 110, 16, lambda group: group.rate(), lambda what: (f"{what} ms", "normal", OURS), 0)
