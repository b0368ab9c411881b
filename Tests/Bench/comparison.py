"""Compares the costs of two builds of strava-store, which run in turn."""

import os
import random
from contextlib import contextmanager

import peers
from rig import Failed, dump, measure, sink

BEFORE, AFTER = "before", "after"
SEALED = ["--seal", "location,health"]


class Comparison:
    """Each method runs one program on one input and returns the cost of each command that it measures."""

    def __init__(self, latency):
        self.latency = latency

    def plain(self, store, records, path):
        with self.sink_for(records) as server:
            return {"import": measure(peers.our_import(store, server.uri, path))}

    def sealed(self, store, records, path):
        with self.sink_for(records) as server:
            return {"import, location and health sealed": measure([*peers.our_import(store, server.uri, path), *SEALED])}

    def kept(self, store, records, path):
        """Measures a first import, a second one of the unchanged dump, and an export, with a sink that remembers."""
        with self.sink_for(records, keep=True) as server, open(os.devnull, "w") as nowhere:
            first = measure(peers.our_import(store, server.uri, path))
            again = measure(peers.our_import(store, server.uri, path))
            export = measure([store, "export", "activities", "--uri", server.uri, "--quiet"], stdout=nowhere)
        return {"first import": first, "unchanged dump again": again, "export": export}

    def check(self, store, records, path):
        return {"validate": measure([store, "validate", path, "--fail-level", "warning", "--quiet"])}

    @contextmanager
    def sink_for(self, records, keep=False):
        """Yields a sink, and checks afterwards that it received each record once."""
        with sink(keep, self.latency) as server:
            yield server
        if server.stored() != records:
            raise Failed(f"{server.stored()} documents were counted, not {records}")


def compare(programs, inputs, rounds, latency, note):
    """Runs everything with both programs in each round, in an order of the round's own.

    - programs: `before` and `after` → program.
    - inputs: name → kind and number of records.
    - note: called with the input, the command, which program, the number of records, the file's size, and the cost.
    """
    comparison = Comparison(latency)
    units = [comparison.plain, comparison.sealed, comparison.kept, comparison.check]
    for number in range(rounds):
        runs = [(unit, name, which) for unit in units for name in inputs for which in programs]
        random.Random(number).shuffle(runs)
        for unit, name, which in runs:
            kind, records = inputs[name]
            path = dump(kind, records)
            for command, cost in unit(programs[which], records, path).items():
                note(name, command, which, records, path.stat().st_size, cost)
