"""Runs `validate` over fixtures in which one byte was changed, added or taken away, and compares its verdicts with
those of Python's JSON reader.

Usage: mutations.py PROGRAM FIXTURES COUNT SEED

Each fixture is changed COUNT times; at most 10,000 files go to one process. Prints the results as one JSON object:
`wrong` has the inputs on which the two differ, or that the program did not survive, in base64.
"""

import base64
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from json_verdicts import DECODER, REFUSALS, check

GROUP = 10_000
# The rules for invalid text, whatever its content.
OF_TEXT = {"SS001", "SS002", "SS003", "SS004", "SS005", "SS006", "SS008", "SS010"}

MEASURED = [sys.executable, str(Path(__file__).with_name("measured.py"))]


def changed(text, source):
    """Returns `text` with one byte changed, added or removed."""
    offset, byte = source.randrange(len(text) + 1), source.randrange(256)
    if source.random() < 0.3:
        # JSON's own characters break more than random bytes.
        byte = source.choice(b'{}[]",:\\0-+.eE \n\0\xff')
    how = source.randrange(4)
    if how == 0:
        return text[:offset] + text[offset + 1 :]
    if how == 1:
        return text[:offset] + bytes([byte]) + text[offset:]
    return text[:offset] + bytes([byte]) + text[offset + 1 :]


def verdict(text):
    """Returns whether Python reads the text as one or more JSON objects and arrays, or None if the two may differ."""
    try:
        rest = text.decode().removeprefix("\ufeff")
        if "\x1e" in rest:
            return None  # RFC 7464's separator of records, which Python's reader does not know
        values, at = [], 0
        while True:
            while at < len(rest) and rest[at] in " \t\r\n":
                at += 1
            if at == len(rest):
                break
            value, at = DECODER.raw_decode(rest, at)
            values.append(value)
    except REFUSALS:
        return False
    if not values:
        return False
    try:
        for value in values:
            check(value, 0)
    except REFUSALS:
        return None
    return True if all(isinstance(value, (dict, list)) for value in values) else None


def groups(fixtures, count, seed):
    """Dictionaries of names and texts."""
    group = {}
    for fixture in fixtures:
        text, source = fixture.read_bytes(), random.Random(f"{seed} {fixture.name}")
        for number in range(count):
            # In a folder the name decides whether a file is read.
            name = fixture.name + ".json" * (fixture.suffix == ".bin")
            group[f"{number:05}-{len(group):05}-{name}"] = changed(text, source)
            if len(group) == GROUP:
                yield group
                group = {}
    if group:
        yield group


def run(program, group, sums):
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(dir=memory) as folder, tempfile.NamedTemporaryFile("r") as peak:
        for name, text in group.items():
            (Path(folder) / name).write_bytes(text)
        ended = subprocess.run(
            [*MEASURED, peak.name, program, "validate", "--quiet", "--format", "json", folder], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, timeout=600)  # fmt: skip
        sums["kibibytes"] = max(sums["kibibytes"], int(peak.read().split()[0]))
        if ended.returncode not in (0, 1):
            sums["wrong"].append([f"exit code {ended.returncode}", ended.stderr[-500:].decode(errors="replace")])
            return
        report = json.loads(ended.stdout)
        rules = {name: [] for name in group}
        for finding in report["findings"]:
            if finding["severity"] != "note":
                name = finding["file"].removeprefix(folder + "/").split("/")[0]
                rules[name].append((finding["severity"], finding["rule"]))
        summary = report["summary"]
        total = summary["total"]
        if total["read"] != total["valid"] + total["rejected"] + total["skipped"] or ended.returncode != (summary["errors"] > 0):
            sums["wrong"].append(["counts", json.dumps(summary)])
        for name, text in group.items():
            errors = {rule for severity, rule in rules[name] if severity == "error"}
            sums["refused"] += bool(errors)
            if not name.endswith(("json", "ndjson")):
                continue
            expected = verdict(text)
            sums["compared"] += expected is not None
            if expected is False and not errors or expected and errors & OF_TEXT:
                sums["wrong"].append([f"{name}: {sorted(errors)}", base64.b64encode(text).decode()])
        sums["inputs"] += len(group)
        sums["records"] += total["read"]
        sums["processes"] += 1


def main():
    program, folder, count, seed = sys.argv[1:]
    sums = {"inputs": 0, "refused": 0, "compared": 0, "records": 0, "processes": 0, "kibibytes": 0, "wrong": []}
    files = (f for part in ("valid", "invalid") for f in (Path(folder) / part).rglob("*"))
    fixtures = sorted(f for f in files if f.is_file() and ".expected." not in f.name)
    for group in groups(fixtures, int(count), seed):
        run(program, group, sums)
    sums["fixtures"] = len(fixtures)
    sums["different"] = len(sums["wrong"])
    sums["wrong"] = sums["wrong"][:20]
    print(json.dumps(sums))


sys.setrecursionlimit(100_000)
main()
