#!/usr/bin/env python3
"""Compares the number of instructions for fixed inputs with the recorded one: instructions.py [--record].

Callgrind counts them; unlike time they are nearly the same on a busy machine as on a quiet one (0.1 % apart). Exits
with 1 where a count is more than 5 % off in either direction: one that got better wants recording too. The counts
are of one build and one set of libraries: another processor's libraries may take other paths.
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

from peers import our_import
from rig import HERE, STORE, dump, measure, prepare, sink

RECORDED = HERE / "instructions.json"
TOLERANCE = 0.05

# Command, kind and number of records.
CASES = {
    "validate summaries": ("validate", "summary", 5_000),
    "validate detailed": ("validate", "detailed", 300),
    "import summaries": ("import", "summary", 5_000),
    "import detailed": ("import", "detailed", 300),
    "export summaries": ("export", "summary", 5_000),
    "export detailed": ("export", "detailed", 300),
}


def count(store, command, kind, records):
    path = dump(kind, records)
    with sink(keep=command == "export") as server:
        if command == "validate":
            measured = [store, "validate", path, "--quiet"]
        elif command == "import":
            measured = our_import(store, server.uri, path)
        else:
            measure(our_import(store, server.uri, path))
            measured = [store, "export", "activities", "--uri", server.uri, "--quiet"]
        run = subprocess.run(
            ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *measured], stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
    collected = re.search(r"Collected : (\d+)", run.stderr)
    if run.returncode or not collected:
        sys.exit(f"bench-check: {command} under valgrind failed ({run.returncode}):\n{run.stderr[-2000:]}")
    return int(collected[1])


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--record", action="store_true", help="take the present counts as the ones to hold to")
    arguments.add_argument("--store", type=Path, default=STORE, help="the program to count; `make bench-check` builds it")
    given = arguments.parse_args()
    prepare(given.store)
    counts = {name: count(given.store, *case) for name, case in CASES.items()}
    if given.record:
        RECORDED.write_text(json.dumps(counts, indent=2) + "\n")
    recorded = json.loads(RECORDED.read_text())
    if missing := CASES.keys() - recorded.keys():
        sys.exit(f"bench-check: not recorded: {', '.join(sorted(missing))}; `make bench-record` records all counts")
    off = {name for name in CASES if abs(counts[name] / recorded[name] - 1) > TOLERANCE}
    for name, (_, _, records) in CASES.items():
        print(
            f"{name:20} {counts[name] / records:12,.0f} instructions a record {counts[name] / recorded[name] - 1:+8.2%}"
            + ("  off by more than 5 %" if name in off else "")
        )
    if off:
        sys.exit("bench-check: where that is meant, `make bench-record` takes the counts as the new ones")


if __name__ == "__main__":
    main()
