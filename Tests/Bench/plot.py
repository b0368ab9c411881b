"""The plots of docs/performance.md, as SVG written by hand: the same figures give the same bytes."""

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


def importers(groups):
    """Bars of CPU per record: median, and a thin line from min to max. Each input has a scale of its own."""
    names = list(dict.fromkeys(name for name, _ in groups))
    height = 40 + sum(34 + 26 * sum(key[0] == name for key in groups) for name in names)
    drawing = Drawing(height)
    drawing.text(16, 24, "Processor time per record, µs: less is better", weight="bold")
    y, left, room = 40, 190, WIDTH - 190 - 90
    for name in names:
        those = {what: group for (of, what), group in groups.items() if of == name}
        drawing.text(16, y + 20, f"{next(iter(those.values())).records:,} {name}")
        y += 32
        most = max(max(group.cpu()) for group in those.values())
        for what, group in those.items():
            middle = statistics.median(group.cpu())
            drawing.text(left - 8, y + 14, what, anchor="end", weight="bold" if what == "strava-store" else "normal")
            drawing.bar(left, y, middle / most * room, 18, OURS if what == "strava-store" else THEIRS)
            drawing.line([(left + value / most * room, y + 9) for value in (min(group.cpu()), max(group.cpu()))], "#1f2630")
            drawing.text(left + max(group.cpu()) / most * room + 6, y + 14, f"{middle:,.1f}")
            y += 26
    return drawing.svg()


def curve(groups):
    """CPU per record and peak memory over the size of the input."""
    drawing = Drawing(330)
    drawing.text(16, 24, "One import, from ten thousand records up", weight="bold")
    panels = [
        (44, "CPU µs per record", [statistics.median(group.cpu()) for group in groups]),
        (184, "peak MiB", [statistics.median(group.memory()) for group in groups]),
    ]
    sizes = [math.log10(group.records) for group in groups]
    left, room, tall = 150, WIDTH - 150 - 60, 100
    span = max(sizes) - min(sizes) or 1
    places = [left + (size - min(sizes)) / span * room for size in sizes]
    for top, title, values in panels:
        most = max(values) * 1.25
        drawing.text(16, top + 18, title)
        drawing.line([(left, top + tall), (left + room, top + tall)], LIGHT)
        drawing.text(left - 16, top + tall + 4, "0", anchor="end")
        points = [(x, top + tall - value / most * tall) for x, value in zip(places, values)]
        drawing.line(points, OURS, 2)
        for (x, y), value in zip(points, values):
            drawing.dot(x, y, OURS)
            drawing.text(x, y - 10, f"{value:,.1f}" if value < 100 else f"{value:,.0f}", anchor="middle")
    for x, group in zip(places, groups):
        drawing.text(x, 308, f"{group.records:,}", anchor="middle")
    return drawing.svg()


def latency(groups):
    """Bars of records per second for each round trip, one panel for each input."""
    names = list(dict.fromkeys(name for name, _ in groups))
    drawing = Drawing(40 + sum(34 + 22 * sum(key[0] == name for key in groups) for name in names))
    drawing.text(16, 24, "Records per second by the round trip to the server: more is better", weight="bold")
    y, left, room = 40, 110, WIDTH - 110 - 90
    for name in names:
        those = {what: group for (of, what), group in groups.items() if of == name}
        drawing.text(16, y + 20, f"{next(iter(those.values())).records:,} {name}")
        y += 32
        most = max(max(group.rate()) for group in those.values())
        for what, group in those.items():
            middle = statistics.median(group.rate())
            drawing.text(left - 8, y + 13, f"{what} ms", anchor="end")
            drawing.bar(left, y, middle / most * room, 16, OURS)
            drawing.text(left + middle / most * room + 6, y + 13, f"{middle:,.0f}")
            y += 22
    return drawing.svg()
