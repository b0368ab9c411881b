#!/usr/bin/env python3
"""Draws docs/architecture.svg: the targets of Package.swift, and which of them each target uses.

Usage: architecture.py [--check]. Each row uses only rows below it. An arrow that follows from others (A uses B, B uses C,
so A may use C) is left out. The same manifest gives the same bytes; --check exits with 1 if the file differs.
"""

import argparse
import os
import sys
from html import escape

import layers

PICTURE = layers.ROOT / "docs" / "architecture.svg"

BOX_HEIGHT, ROW_GAP, COLUMN_GAP, MARGIN = 58, 46, 22, 24
SWEEPS = 24


class Target:
    def __init__(self, described):
        self.name = described["name"]
        self.type = described["type"]
        self.is_test = (described.get("path") or "").startswith("Tests/") or self.type == "test"
        self.library = described.get("pkgConfig")
        self.modules = [dependency["byName"][0] for dependency in described["dependencies"] if "byName" in dependency]
        self.packages = [dependency["product"][0] for dependency in described["dependencies"] if "product" in dependency]


def levels(uses):
    """Returns the row of each target: 0 if it uses no other target, otherwise one above the highest that it uses."""
    found = {}

    def level(name):
        if name not in found:
            found[name] = max((level(used) + 1 for used in uses[name]), default=0)
        return found[name]

    for name in uses:
        level(name)
    return found


def reduced(uses):
    """Returns what each target uses, without what it reaches through another target."""
    reached = {}

    def reach(name):
        if name not in reached:
            reached[name] = set(uses[name]).union(*(reach(used) for used in uses[name]))
        return reached[name]

    return {
        name: [used for used in direct if not any(used in reach(other) for other in direct if other != used)]
        for name, direct in uses.items()
    }


class Node:
    """A box, or a bend of an arrow that passes through a row."""

    def __init__(self, row, lines, kind):
        self.row, self.lines, self.kind = row, lines, kind
        self.above, self.below = [], []
        # The approximate width of the text.
        self.width = max((7.6 * len(lines[0]), *(6.2 * len(line) for line in lines[1:]))) + 24 if lines else 10
        self.x = 0.0

    @property
    def top(self):
        return MARGIN + self.row * (BOX_HEIGHT + ROW_GAP)

    @property
    def bottom(self):
        return self.top + BOX_HEIGHT

    def pulled_to(self):
        near = self.above + self.below
        return sum(node.x for node in near) / len(near) if near else self.x


def graph(targets):
    """Returns the rows of nodes, the highest first, and the nodes along each arrow."""
    program = [target for target in targets if not target.is_test]
    uses = {target.name: target.modules for target in program}
    rank = levels(uses)
    highest = max(rank.values())
    tests = {target.name for target in targets if target.is_test}
    rows = [[] for _ in range(highest + 1)]
    nodes = {}
    for target in program:
        kind = "c" if target.name in layers.C_MODULES else "program" if target.type == "executable" else "module"
        lines = [target.name, target.library or ", ".join(target.packages)]
        if f"{target.name}Tests" in tests:
            lines.append(f"{target.name}Tests")
        nodes[target.name] = Node(highest - rank[target.name], [line for line in lines if line], kind)
        rows[nodes[target.name].row].append(nodes[target.name])
    ways = []
    for name, direct in reduced(uses).items():
        for used in direct:
            way = [nodes[name]]
            for row in range(nodes[name].row + 1, nodes[used].row):
                way.append(Node(row, [], "bend"))
                rows[row].append(way[-1])
            way.append(nodes[used])
            ways.append(way)
            for upper, lower in zip(way, way[1:]):
                upper.below.append(lower)
                lower.above.append(upper)
    return rows, ways


def spread(row, wanted):
    """Moves the nodes of a row as close to their targets as their widths allow, without changing their order."""
    x = None
    for node in row:
        left = wanted[node] - node.width / 2
        left = left if x is None else max(left, x + COLUMN_GAP)
        node.x, x = left + node.width / 2, left + node.width
    shift = sum(wanted[node] - node.x for node in row) / len(row)
    for node in row:
        node.x += shift


def place(rows):
    for row in rows:
        x = 0
        for node in row:
            node.x, x = x + node.width / 2, x + node.width + COLUMN_GAP
        for node in row:
            node.x -= x / 2
    for sweep in range(SWEEPS):
        for row in rows if sweep % 2 else reversed(rows):
            wanted = {node: node.pulled_to() for node in row}
            if sweep < SWEEPS - 4:
                row.sort(key=lambda node: wanted[node])
            spread(row, wanted)
    left = min(node.x - node.width / 2 for row in rows for node in row)
    for row in rows:
        for node in row:
            node.x = round(node.x - left + MARGIN)
    return max(node.x + node.width / 2 for row in rows for node in row) + MARGIN


STYLE = """
  .module { fill: #eef3fb; stroke: #4a6fa5; }
  .program { fill: #fdf1e3; stroke: #b3701e; }
  .c { fill: #f3f3f3; stroke: #888888; }
  .arrow { fill: none; stroke: #777777; stroke-width: 1.2; marker-end: url(#head); }
  text { font-family: system-ui, sans-serif; text-anchor: middle; fill: #222222; }
  .name { font-size: 14px; font-weight: 600; }
  .small { font-size: 11px; fill: #555555; }
"""


def arrow(way):
    """Returns a curve from the lower edge of the first box through the bends to the upper edge of the last box."""
    path = [f"M{way[0].x} {way[0].bottom}"]
    for upper, lower in zip(way, way[1:]):
        middle = (upper.bottom + lower.top) // 2
        path.append(f"C{upper.x} {middle} {lower.x} {middle} {lower.x} {lower.top - (3 if lower is way[-1] else 0)}")
        if lower is not way[-1]:
            path.append(f"L{lower.x} {lower.bottom}")
    return f'<path class="arrow" d="{" ".join(path)}"/>'


def box(node):
    left = round(node.x - node.width / 2)
    lines = [f'<rect class="{node.kind}" x="{left}" y="{node.top}" width="{round(node.width)}" height="{BOX_HEIGHT}" rx="6"/>']
    first = node.top + BOX_HEIGHT // 2 + 5 - 8 * (len(node.lines) - 1)
    for index, line in enumerate(node.lines):
        kind = "small" if index else "name"
        lines.append(f'<text class="{kind}" x="{node.x}" y="{first + 16 * index}">{escape(line)}</text>')
    return "\n".join(lines)


def rendered(targets):
    rows, ways = graph(targets)
    width = round(place(rows))
    height = rows[-1][0].bottom + MARGIN
    boxes = [node for row in rows for node in row if node.kind != "bend"]
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">',
        "<title>The targets of Package.swift and which of them each target uses</title>",
        f"<style>{STYLE}</style>",
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L8 4L0 8z" fill="#777777"/></marker></defs>',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        *map(arrow, ways),
        *map(box, boxes),
        "</svg>\n",
    ])  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description="Draws the targets of Package.swift.")
    parser.add_argument("--check", action="store_true", help="fail where docs/architecture.svg is another picture")
    is_check = parser.parse_args().check
    # The fuzzer's targets are in the manifest only when the fuzzer is built.
    os.environ.pop("STRAVA_STORE_FUZZ", None)
    text = rendered([Target(described) for described in layers.described_targets(layers.ROOT)])
    if not is_check:
        PICTURE.write_text(text)
    elif not PICTURE.exists() or PICTURE.read_text() != text:
        print("docs/architecture.svg does not show the targets of Package.swift: run `make diagram`", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
