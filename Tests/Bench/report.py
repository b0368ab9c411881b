#!/usr/bin/env python3
"""Renders docs/performance/figures.json: the tables of docs/performance.md, between markers, and the plots beside it.

Usage: report.py [--check]. The same figures give the same bytes; --check exits with 1 where the page is of other ones.
"""

import json
import re
import statistics
import sys
from pathlib import Path

import plot

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = DOCS / "performance.md"
FIGURES = DOCS / "performance" / "figures.json"


def as_lines(figures):
    return "[\n" + ",\n".join(json.dumps(figure, ensure_ascii=False) for figure in figures) + "\n]\n"


def save(figures):
    """Puts these figures in the place of those of the same parts, and renders all."""
    parts = {figure["part"] for figure in figures}
    kept = json.loads(FIGURES.read_text()) if FIGURES.exists() else []
    FIGURES.parent.mkdir(exist_ok=True)
    FIGURES.write_text(as_lines([figure for figure in kept if figure["part"] not in parts] + figures))
    for path, text in rendered().items():
        path.write_text(text)


def rendered():
    """What each file of the docs should hold."""
    figures = json.loads(FIGURES.read_text())
    page = PAGE.read_text()
    groups = grouped(figures)
    for part, table in (tables(figures) | {"gains": gains_table(groups), "targets": targets_table(groups)}).items():
        marked = re.compile(rf"(<!-- bench: {part} -->\n).*?(<!-- end -->)", re.DOTALL)
        if not marked.search(page):
            sys.exit(f"report.py: {PAGE.name} has no place for the figures of '{part}'")
        page = marked.sub(lambda found: found[1] + table + found[2], page)
    return {PAGE: page} | {FIGURES.parent / name: text for name, text in plot.plots(grouped(figures)).items()}


class Group:
    """The runs of one thing on one input."""

    def __init__(self, runs):
        self.runs = runs
        self.records = runs[0]["records"]

    def rate(self):
        return [run["records"] / run["wall"] for run in self.runs]

    def cpu(self):
        """µs per record."""
        return [run["cpu"] / run["records"] * 1e6 for run in self.runs]

    def memory(self):
        return [run["memory"] for run in self.runs]

    def speed(self):
        """MB of text a second of processor time."""
        return [run["bytes"] / run["cpu"] / 1e6 for run in self.runs]


def grouped(figures):
    """part → (input, what) → Group, in the order of the page."""
    runs = {}
    for figure in figures:
        runs.setdefault(figure["part"], {}).setdefault((figure["input"], figure["what"]), []).append(figure)
    return {part: {key: Group(those) for key, those in sorted(groups.items(), key=order)} for part, groups in runs.items()}


ORDER = [
    "summaries", "summaries, one array", "detailed", "summaries, stored", "strava-store", "first", "read", "copy", "new",
    "unchanged", "updated", "before", "after",
]  # fmt: skip


def order(item):
    """Ours first; the curve by size, the rest as the page tells it."""
    return [(ORDER.index(name) if name in ORDER else len(ORDER), int(name) if name.isdigit() else 0, name) for name in item[0]]


def median(values, digits=0):
    """Median, and min and max where there are several."""
    text = f"{statistics.median(values):,.{digits}f}"
    if len(values) > 1:
        text += f" ({min(values):,.{digits}f}–{max(values):,.{digits}f})"
    return text


def table(heads, rows, text_columns=2):
    lines = [heads, ["---"] * text_columns + ["---:"] * (len(heads) - text_columns), *rows]
    return "".join("| " + " | ".join(cells) + " |\n" for cells in lines)


def tables(figures):
    groups = grouped(figures)
    return {part: TABLES[part](those) + circumstances(figures, part) for part, those in groups.items()}


def circumstances(figures, part):
    """Which program it was, and what else went on."""
    runs = [figure for figure in figures if figure["part"] == part]
    sentences = []
    if part != "against":
        sentences.append(f"Measured at commit {', '.join(dict.fromkeys(run['commit'] for run in runs))}.")
    others = [run["others"] for run in runs if "others" in run]
    if others:
        sentences.append(f"All other processes, including the sink, used {median(others, 1)} cores during the runs.")
    return f"\n{' '.join(sentences)}\n"


def costs(group):
    digits = 1 if statistics.median(group.cpu()) < 100 else 0
    return [median(group.rate()), median(group.cpu(), digits), median(group.memory())]


COSTS = ["records/s", "CPU µs per record", "peak MiB"]


def importers_table(groups):
    rows = []
    for (name, what), group in groups.items():
        ours = groups.get((name, "strava-store"))
        is_other = ours and what != "strava-store"
        ratio = f"{statistics.median(group.cpu()) / statistics.median(ours.cpu()):.1f}" if is_other else ""
        rows.append([f"{group.records:,} {name}", what, *costs(group), ratio])
    return table(["input", "importer", *COSTS, "CPU, times that of strava-store"], rows)


def again_table(groups):
    rows = [[f"{group.records:,} {name}", what, *costs(group)] for (name, what), group in groups.items()]
    return table(["input", "import", *COSTS], rows)


def curve_table(groups):
    rows = [[f"{group.records:,}", str(len(group.runs)), *costs(group)] for group in groups.values()]
    return table(["summaries", "runs", *COSTS], rows)


def validate_table(groups):
    rows = [
        [f"{group.records:,} {name}", "validate", median(group.speed()), median(group.cpu(), 1), median(group.memory())]
        for (name, _), group in groups.items()
    ]
    return table(["input", "command", "MB per CPU second", "CPU µs per record", "peak MiB"], rows)


def export_table(groups):
    rows = [[f"{group.records:,} {name}", f"export --format {what}", *costs(group)] for (name, what), group in groups.items()]
    return table(["stored", "command", *COSTS], rows)


def gains_table(groups):
    """What a user can expect of each task: medians, and what they compare with."""
    imports, again, checks, out = groups["importers"], groups["again"], groups["validate"], groups["export"]
    largest = list(groups["curve"].values())[-1]

    def ratio(others, own):
        return f"{statistics.median(others) / statistics.median(own):.1f}"

    def row(task, group, comparison):
        cpu = statistics.median(group.cpu())
        return [task, f"{statistics.median(group.rate()):,.0f}", f"{cpu:.1f}", f"{max(group.memory()):,.0f}", comparison]

    rows = []
    for name, what in [("summaries", "summaries"), ("detailed", "detailed activities")]:
        own, other = imports[name, "strava-store"], imports[name, "msgspec + PyMongo"]
        rows.append(row(f"import {what}", own, f"msgspec + PyMongo needs {ratio(other.cpu(), own.cpu())} times the CPU"))
    rows.append(row(f"import {largest.records:,} summaries", largest, "memory does not grow with the input"))
    first, second = again["summaries, stored", "first"], again["summaries, stored", "again"]
    rows.append(row(
        "import an unchanged dump again, into the stand-in server", second,
        f"{ratio(second.rate(), first.rate())} times the rate of the first import; writes nothing",
    ))  # fmt: skip
    for name, what in [("summaries", "summaries"), ("detailed", "detailed activities")]:
        own = checks[name, "strava-store"]
        speed = f"{statistics.median(own.speed()):,.0f} MB of text per second on one core"
        rows.append(row(f"validate {what}", own, speed))
    for name, what in [("summaries", "summaries"), ("detailed", "detailed activities")]:
        rows.append(row(f"export {what} as NDJSON", out[name, "ndjson"], ""))
    return table(["task", *COSTS, "in comparison"], rows, text_columns=1)


def targets_table(groups):
    """Each target, the measured value, and whether it meets the target."""
    imports, again, checks, out = groups["importers"], groups["again"], groups["validate"], groups["export"]
    ours = {name: imports[name, "strava-store"] for name in ("summaries", "detailed")}
    sizes = list(groups["curve"].values())
    own = [group for (_, what), group in imports.items() if what == "strava-store"]
    memory = [value for group in [*sizes, *own, *again.values()] for value in group.memory()]

    def middle(values):
        return statistics.median(values)

    def ratio(one, other):
        return middle(one) / middle(other)

    most, least = "at most", "at least"
    asked = [
        ("CPU µs per summary", most, 8, middle(ours["summaries"].cpu())),
        ("CPU µs per detailed activity", most, 40, middle(ours["detailed"].cpu())),
        ("CPU of msgspec + PyMongo per summary, times that of strava-store", least, 4, ratio(imports["summaries", "msgspec + PyMongo"].cpu(), ours["summaries"].cpu())),
        ("summaries per second, end to end", least, 100_000, middle(ours["summaries"].rate())),
        ("peak MiB of an import, the largest of all runs", most, 128, max(memory)),
        (f"CPU per record of {sizes[-1].records:,} summaries, times that of 100,000", most, 1.1,
         ratio(sizes[-1].cpu(), next(group for group in sizes if group.records == 100_000).cpu())),
        ("CPU of importing an unchanged dump again, times that of the first import", most, 1,
         ratio(again["summaries, stored", "again"].cpu(), again["summaries, stored", "first"].cpu())),
        ("rate of importing an unchanged dump again, times that of the first import", least, 1,
         ratio(again["summaries, stored", "again"].rate(), again["summaries, stored", "first"].rate())),
        ("`validate`, MB per CPU second, summaries", least, 300, middle(checks["summaries", "strava-store"].speed())),
        ("`validate`, MB per CPU second, detailed", least, 800, middle(checks["detailed", "strava-store"].speed())),
        ("`export` to NDJSON, summaries per second", least, 100_000, middle(out["summaries", "ndjson"].rate())),
    ]  # fmt: skip
    rows = []
    for what, way, limit, value in asked:
        reached = value <= limit if way == most else value >= limit
        shown = f"{value:,.0f}" if value >= 100 else f"{value:,.2f}" if value < 3 else f"{value:,.1f}"
        rows.append([what, f"{way} {limit:,}", shown, "yes" if reached else "**no**"])
    return table(["what", "target", "median", "met"], rows)


def floors_table(groups):
    rows = [[f"{group.records:,} {name}", what, median(group.cpu(), 2)] for (name, what), group in groups.items()]
    return table(["input", "step", "CPU µs per record"], rows)


def profile_table(groups):
    inputs = list(dict.fromkeys(name for name, _ in groups))
    share = {key: group.runs[0]["share"] for key, group in groups.items()}
    places = sorted({what for _, what in groups}, key=lambda what: (-share.get((inputs[0], what), 0), what))
    rows = [[what, *(f"{share.get((name, what), 0):.1%}" for name in inputs)] for what in places]
    return table(["where", *inputs], rows, text_columns=1)


def against_table(groups):
    """Both builds' CPU and memory, and this build's share of the other's: the median, least and most of the rounds."""
    rows = []
    for name in dict.fromkeys(name for name, _ in groups):
        before, after = groups[name, "before"], groups[name, "after"]
        rows.append([
            f"{after.records:,} {name}", median(before.cpu(), 2), median(after.cpu(), 2), shares(after.cpu(), before.cpu()),
            shares(after.rate(), before.rate()), median(before.memory()), median(after.memory()),
        ])  # fmt: skip
    heads = ["command", "CPU µs per record before", "after", "CPU ratio", "rate ratio", "peak MiB before", "after"]
    return table(heads, rows, text_columns=1)


def shares(values, others):
    """Of runs in the same rounds."""
    return median([value / other for value, other in zip(values, others, strict=True)], 2)


def latency_table(groups):
    """Rates by distance: a row for each round trip."""
    inputs = list(dict.fromkeys(name for name, _ in groups))
    rows = []
    for what in dict.fromkeys(what for _, what in groups):
        those = [groups[name, what] for name in inputs]
        memory = max(value for group in those for value in group.memory())
        rows.append([f"{what} ms", *(median(group.rate()) for group in those), f"{memory:,.0f}"])
    return table(["round trip", *(f"{name}, records/s" for name in inputs), "peak MiB"], rows, text_columns=1)


def server_table(groups):
    rows = [[f"{group.records:,} summaries, {step}", what, *costs(group)] for (step, what), group in groups.items()]
    return table(["records", "importer", *COSTS], rows)


TABLES = {
    "importers": importers_table, "again": again_table, "curve": curve_table, "validate": validate_table,
    "export": export_table, "floors": floors_table, "profile": profile_table, "against": against_table,
    "server": server_table, "latency": latency_table,
}  # fmt: skip


def main():
    check = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not check:
        sys.exit("usage: report.py [--check]")
    for path, text in rendered().items():
        if not check:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            sys.exit(f"report.py: {path.relative_to(DOCS.parent)} is not what {FIGURES.name} gives")


if __name__ == "__main__":
    main()
