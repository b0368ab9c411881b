#!/usr/bin/env python3
"""Measures strava-store beside other ways to import, against a sink: what a client costs by itself.

  make bench                      all of it; writes docs/performance.md's tables and plots
  make bench BENCH=--quick        a twentieth of the size, to try it out; writes nothing into docs
  make bench BENCH='--only curve --largest 10000000'
  make bench BENCH='--against PROGRAM'         another build of strava-store and this one in turn
  make bench BENCH='--uri mongodb://HOST'      end to end against a server: new, unchanged and updated records
  make bench BENCH='--latency-ms 20'           with a sink that is 20 ms away

Each round runs each importer on each input once, in an order of its own, so that what else goes on on the machine
falls on all alike. A run is good only when the sink's count is the input's; an importer that fails is reported and left
out. The plain figures go to .data/bench/figures.json. Those of a whole or --only run go in the place of the same
parts' in docs/performance/figures.json, too, from which report.py renders tables and plots.
"""

import argparse
import dataclasses
import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import comparison
import endtoend
import peers
import report
import samples
from rig import FLOORS, ROOT, STORE, WORK, Failed, dump, generator, measure, prepare, sink, stand_in

# Kind, records, as one array.
INPUTS = {
    "summaries": ("summary", 200_000, False),
    "summaries, one array": ("summary", 200_000, True),
    "detailed": ("detailed", 20_000, False),
}
# Into a server that takes a millisecond for each.
STORED = 20_000
CURVE = [10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000]
# Milliseconds to the server.
LATENCIES = [0, 2, 20, 100]
PARTS = ["importers", "again", "curve", "latency", "validate", "export", "floors", "profile"]


class Bench:
    def __init__(self, given):
        self.store = given.store
        self.rounds = given.rounds
        self.away = given.latency_ms
        self.share = given.share
        self.largest = given.largest // self.share
        self.figures = []
        # Part, input, and importer of what failed → why.
        self.left_out = {}
        # The last commit that changed the program; of another program nothing is known but its name.
        self.commit = given.store.name if given.store != STORE else subprocess.run(
            ["git", "log", "-1", "--format=%h", "--", "Sources", "Package.swift"], cwd=ROOT, check=True,
            stdout=subprocess.PIPE, text=True,
        ).stdout.strip()  # fmt: skip

    def count(self, records):
        return records // self.share

    def keep(self, part, name, what, records, values):
        self.figures.append(
            {"part": part, "commit": self.commit, "input": name, "what": what, "records": records}
            | {key: round(value, 4) for key, value in values.items()}
        )

    def note(self, part, name, what, records, size, cost):
        """One run, kept and shown."""
        self.keep(part, name, what, records, {"bytes": size} | dataclasses.asdict(cost))
        print(
            f"{part:9} {name:20} {what:18} {records / cost.wall:10,.0f} records/s {cost.cpu / records * 1e6:8.2f} µs CPU "
            f"{cost.memory:7.0f} MiB   others {cost.others:.2f} cores",
            flush=True,
        )

    def leave_out(self, part, name, what, reason):
        """Takes no account of an importer on an input from here on, nor of what was measured of it there before."""
        self.left_out[part, name, what] = reason
        self.figures = [
            figure for figure in self.figures if (figure["part"], figure["input"], figure["what"]) != (part, name, what)
        ]
        print(f"bench: left out: {what} ({name}): {reason}", file=sys.stderr, flush=True)

    def available(self):
        return peers.commands(
            self.store, lambda name, why: print(f"bench: {name} is not measured: {why}", file=sys.stderr, flush=True)
        )

    # MARK: Importers side by side

    def importers(self):
        commands = self.available()
        for number in range(self.rounds):
            runs = [(name, what) for name in INPUTS for what in commands]
            random.Random(number).shuffle(runs)
            for name, what in runs:
                if ("importers", name, what) in self.left_out:
                    continue
                kind, records, array = INPUTS[name]
                records = self.count(records)
                path = dump(kind, records, array)
                try:
                    with sink(latency=self.away) as server:
                        cost = measure(commands[what](server.uri, path, array))
                    self.expect(server.stored(), records, what)
                except Failed as failure:
                    self.leave_out("importers", name, what, failure)
                else:
                    self.note("importers", name, what, records, path.stat().st_size, cost)

    def import_command(self, uri, path):
        return peers.our_import(self.store, uri, path)

    def expect(self, stored, wanted, what):
        if stored != wanted:
            raise Failed(f"{what}: {stored} documents were counted, not {wanted}")

    # MARK: An unchanged dump again

    def again(self):
        """Import and import again: into a sink that remembers, and into a server that stores."""
        for _ in range(self.rounds):
            for name in ("summaries", "detailed"):
                kind, records, array = INPUTS[name]
                records = self.count(records)
                path = dump(kind, records, array)
                with sink(keep=True, latency=self.away) as server:
                    for what in ("first", "again"):
                        cost = measure(self.import_command(server.uri, path))
                        self.note("again", name, what, records, path.stat().st_size, cost)
                self.expect(server.stored(), records, "import and import again")
            records = self.count(STORED)
            path = dump("summary", records)
            with stand_in(self.store) as uri:
                for what in ("first", "again"):
                    cost = measure(self.import_command(uri, path))
                    self.note("again", "summaries, stored", what, records, path.stat().st_size, cost)
                told = subprocess.run(
                    [*self.import_command(uri, path), "--json"], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
                ).stdout  # fmt: skip
                self.expect(json.loads(told)["total"]["unchanged"], records, "import once more")

    # MARK: Size

    def curve(self):
        """Ever larger inputs, through a pipe, so that no disk is needed."""
        for count in (count for count in CURVE if count <= self.largest):
            for _ in range(1 if count > 1_000_000 else self.rounds):
                with sink(latency=self.away) as server:
                    source = subprocess.Popen(generator("summary", count), stdout=subprocess.PIPE)
                    cost = measure(self.import_command(server.uri, "-"), stdin=source.stdout)
                    source.stdout.close()
                    source.wait()
                self.expect(server.stored(), count, "import")
                self.note("curve", f"{count}", "strava-store", count, 0, cost)

    # MARK: Distance

    def latency(self):
        """New and unchanged records, from a server next door to one on another continent."""
        for milliseconds in LATENCIES:
            for _ in range(self.rounds):
                for name in ("summaries", "detailed"):
                    kind, records, array = INPUTS[name]
                    records = self.count(records)
                    path = dump(kind, records, array)
                    with sink(keep=True, latency=milliseconds) as server:
                        for what in ("new", "unchanged"):
                            cost = measure(self.import_command(server.uri, path))
                            self.note("latency", f"{name}, {what}", f"{milliseconds}", records, path.stat().st_size, cost)
                    self.expect(server.stored(), records, "import and import again")

    # MARK: Checking only

    def validate(self):
        """On one core: what a second of processor time checks."""
        core = min(os.sched_getaffinity(0))
        for _ in range(self.rounds):
            for name in ("summaries", "detailed"):
                kind, records, array = INPUTS[name]
                records = self.count(records)
                path = dump(kind, records, array)
                # A warning costs far more than a record that has none: there must be none.
                check = [self.store, "validate", path, "--fail-level", "warning", "--quiet"]
                cost = measure(["taskset", "--cpu-list", str(core), *check])
                self.note("validate", name, "strava-store", records, path.stat().st_size, cost)

    # MARK: Out again

    def export(self):
        """What an import has put into a sink that remembers, as NDJSON to nowhere."""
        for _ in range(self.rounds):
            for name in ("summaries", "detailed"):
                kind, records, array = INPUTS[name]
                records = self.count(records)
                with sink(keep=True, latency=self.away) as server, open(os.devnull, "w") as nowhere:
                    path = dump(kind, records, array)
                    measure(self.import_command(server.uri, path))
                    cost = measure([self.store, "export", "activities", "--uri", server.uri, "--quiet"], stdout=nowhere)
                self.expect(server.given(), records, "export")
                self.note("export", name, "ndjson", records, path.stat().st_size, cost)

    # MARK: What no import can be faster than

    def floors(self):
        for _ in range(self.rounds):
            for name in ("summaries", "detailed"):
                kind, records, array = INPUTS[name]
                records = self.count(records)
                with sink(latency=self.away) as server:
                    run = subprocess.run(
                        [FLOORS, dump(kind, records, array), server.uri], check=True, stdout=subprocess.PIPE
                    )
                self.expect(server.stored(), records, "floors")
                for step, cpu in json.loads(run.stdout).items():
                    self.keep("floors", name, step, records, {"cpu": cpu * records / 1e6})
                    print(f"floors    {name:20} {step:18} {cpu:8.2f} µs CPU", flush=True)

    # MARK: Where the time goes

    def profile(self):
        if not shutil.which("perf"):
            return print("bench: no perf in PATH, so there is no new profile", file=sys.stderr)
        for name in ("summaries", "detailed"):
            kind, records, array = INPUTS[name]
            records = self.count(records)
            path = dump(kind, records, array)
            with sink(latency=self.away) as server:
                shares = samples.shares(self.import_command(server.uri, path), WORK / "perf.data")
            self.expect(server.stored(), records, "import under perf")
            for what, share in shares.items():
                self.keep("profile", name, what, records, {"share": share})

    # MARK: Two builds

    def against(self, other):
        """Another build of the program and this one in turn."""
        inputs = {name: (INPUTS[name][0], self.count(INPUTS[name][1])) for name in ("summaries", "detailed")}

        def note(name, command, which, records, size, cost):
            self.note("against", f"{name}: {command}", which, records, size, cost)

        programs = {comparison.BEFORE: other, comparison.AFTER: self.store}
        comparison.compare(programs, inputs, self.rounds, self.away, note)

    # MARK: A server

    def server(self, uri):
        """New, unchanged and updated records into a server that stores them."""
        endtoend.run(
            uri, self.available(), self.count(STORED), self.rounds,
            lambda step, what, records, size, cost: self.note("server", step, what, records, size, cost),
            lambda step, what, reason: self.leave_out("server", step, what, reason),
        )  # fmt: skip


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--quick", dest="share", action="store_const", const=20, default=1, help="a twentieth of the size")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--largest", type=int, default=1_000_000, help="records of the curve's last point")
    arguments.add_argument("--store", type=Path, default=STORE, help="the program to measure; `make bench` builds it")
    arguments.add_argument("--latency-ms", type=float, default=0, help="delay of each of the sink's replies")
    work = arguments.add_mutually_exclusive_group()
    work.add_argument("--only", choices=PARTS, action="append")
    work.add_argument("--against", type=Path, metavar="PROGRAM", help="another build of strava-store to compare with")
    work.add_argument("--uri", help="a server to measure against, in databases of its own that are dropped afterwards")
    given = arguments.parse_args()
    prepare(given.store)
    bench = Bench(given)
    try:
        if given.against:
            bench.against(given.against)
        elif given.uri:
            bench.server(given.uri)
        else:
            for part in given.only or PARTS:
                getattr(bench, part)()
    except Failed as failure:
        sys.exit(f"bench: {failure}")
    (WORK / "figures.json").write_text(report.as_lines(bench.figures))
    for table in report.tables(bench.figures).values():
        print(f"\n{table}", end="")
    for (_, name, what), reason in bench.left_out.items():
        print(f"bench: left out: {what} ({name}): {reason}", file=sys.stderr)
    if any(what == peers.OURS for _, _, what in bench.left_out):
        sys.exit("bench: strava-store itself failed, so there are no figures for docs")
    is_for_docs = given.share == 1 and not (given.against or given.uri or given.latency_ms)
    if is_for_docs:
        report.save(bench.figures)


if __name__ == "__main__":
    main()
