#!/usr/bin/env python3
"""Tests the bench itself, with few records and no figures: selftest.py PROGRAM. Exits with 1 if something is not as promised.

Starts every importer that the machine has against the sink, and importers that fail in the place of mongoimport.
"""

import contextlib
import io
import os
import sys
import tempfile
import threading
import time
from argparse import Namespace
from pathlib import Path

import bench
import comparison
import endtoend
import peers
import report
from pymongo import MongoClient
from rig import Failed, measure, prepare, sink

# The share of the usual numbers of records: 200 summaries remain.
SHARE = 1000
LATENCY_MS = 400
CONNECTIONS = 8


def expect(condition, what):
    if not condition:
        sys.exit(f"selftest: {what}")


def run_importers(store):
    """Runs a part of the bench once, and returns its results with the printed text."""
    errors = io.StringIO()
    with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(io.StringIO()):
        done = bench.Bench(Namespace(store=store, rounds=1, latency_ms=0, share=SHARE, largest=0))
        done.importers()
    return done, errors.getvalue()


@contextlib.contextmanager
def in_path(script):
    """Puts a program with the name mongoimport first in PATH."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "mongoimport"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        before = os.environ["PATH"]
        os.environ["PATH"] = f"{folder}{os.pathsep}{before}"
        try:
            yield
        finally:
            os.environ["PATH"] = before


def every_importer_is_understood(store):
    missing = []
    names = list(peers.commands(store, lambda name, why: missing.append(name)))
    expect(set(missing) <= {"mongoimport"}, f"cannot be started: {missing}")
    done, errors = run_importers(store)
    expect(not done.left_out, errors)
    ran = {(figure["input"], figure["what"]) for figure in done.figures}
    expect(ran == {(name, what) for name in bench.INPUTS for what in names}, f"not all importers were measured: {ran}")
    print(f"started: {', '.join(names)}" + (f"; not on this machine: {', '.join(missing)}" if missing else ""))


def one_that_fails_is_left_out(store):
    scripts = {"echo 'Failed: no versionArray' >&2; exit 1": "exited with 1: Failed: no versionArray", "exit 0": "0 documents"}
    for script, reason in scripts.items():
        with in_path(script):
            done, errors = run_importers(store)
        failed = {(name, what) for _, name, what in done.left_out}
        both = ("mongoimport, inserts", "mongoimport, upserts")
        expect(failed == {(name, what) for name in bench.INPUTS for what in both}, f"left out: {failed}")
        expect(f"left out: {both[0]} (detailed)" in errors and reason in errors, f"not reported: {errors}")
        table = report.tables(done.figures)["importers"]
        expect("msgspec" in table and "mongoimport" not in table, f"the table:\n{table}")


def a_program_that_is_missing_fails():
    try:
        measure(["/nonexistent/importer"])
    except Failed as failure:
        return expect("cannot be started" in str(failure), str(failure))
    sys.exit("selftest: a missing program is taken for one that ran")


def mongoimport_is_answered():
    """Checks the answers to the commands that mongoimport sends before it writes, after a driver's greeting."""
    with sink() as server, MongoClient(server.uri, serverSelectionTimeoutMS=5000) as client:
        admin = client.admin
        expect(admin.command("ping")["ok"] == 1, "ping")
        expect("setName" not in admin.command("ismaster"), "the sink is a standalone server")
        version = admin.command("buildInfo")["versionArray"]
        expect(len(version) == 4 and all(isinstance(number, int) for number in version), f"versionArray: {version}")


def replies_are_delayed_side_by_side():
    """Checks that each reply is delayed by the latency, and that connections wait at the same time."""

    def ping(clients):
        """Sends all requests at once, and returns the milliseconds until the last reply."""
        threads = [threading.Thread(target=client.admin.command, args=["ping"]) for client in clients]
        start = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return (time.monotonic() - start) * 1000

    with sink(latency=LATENCY_MS) as server:
        clients = [MongoClient(server.uri, serverSelectionTimeoutMS=30_000) for _ in range(CONNECTIONS)]
        ping(clients)
        took = ping(clients)
        for client in clients:
            client.close()
    expect(LATENCY_MS <= took < CONNECTIONS * LATENCY_MS, f"{CONNECTIONS} replies took {took:.0f} ms")


def two_builds_are_compared(store):
    figures = []

    def note(name, command, which, records, size, cost):
        figures.append({"part": "against", "commit": "", "input": f"{name}: {command}", "what": which, "records": records}
                       | {"bytes": size, "wall": cost.wall, "cpu": cost.cpu, "memory": cost.memory})  # fmt: skip

    programs = {comparison.BEFORE: store, comparison.AFTER: store}
    comparison.compare(programs, {"summaries": ("summary", 200)}, 2, 0, note)
    rows = report.tables(figures)["against"].split("\n")
    commands = {row.split(" | ")[0].removeprefix("| 200 summaries: ") for row in rows[2:] if row.startswith("|")}
    wanted = {"import", "import, location and health sealed", "first import", "unchanged dump again", "export", "validate"}
    expect(commands == wanted, f"compared: {commands}")


def a_uri_keeps_its_options():
    for given, wanted in {
        "mongodb://h:1": "mongodb://h:1/new?w=majority&journal=true",
        "mongodb://h:1,h:2/own?w=1&tls=true": "mongodb://h:1,h:2/new?w=1&tls=true&journal=true",
        "mongodb://u:p@h/own": "mongodb://u:p@h/new?w=majority&journal=true&authSource=own",
        "mongodb+srv://u:p@h/?authSource=a": "mongodb+srv://u:p@h/new?authSource=a&w=majority&journal=true",
    }.items():
        made = endtoend.uri_of_database(given, "new")
        expect(made == wanted, f"{given} became {made}")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.split("\n")[0])
    store = Path(sys.argv[1])
    prepare(store)
    mongoimport_is_answered()
    replies_are_delayed_side_by_side()
    a_program_that_is_missing_fails()
    a_uri_keeps_its_options()
    every_importer_is_understood(store)
    one_that_fails_is_left_out(store)
    two_builds_are_compared(store)


if __name__ == "__main__":
    main()
