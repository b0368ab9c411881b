"""Compares the files of a split export with the database: each has all documents of its label, in the order of `_id`.

Usage: split_files.py FOLDER FORMAT, with the database in MONGODB_URI and MONGODB_DATABASE. FORMAT is ndjson, json or csv;
the label is the user. Prints `files N`, `members N` (the most that one file has) and what is wrong.
"""

import csv
import io
import json
import os
import sys
import zlib
from pathlib import Path

import pyarrow
import pymongo


def members(path):
    """Returns the members of a compressed file."""
    data, count = path.read_bytes(), 0
    if path.suffix == ".zst":
        return data.count(b"\x28\xb5\x2f\xfd")
    while path.suffix == ".gz" and data:
        member = zlib.decompressobj(wbits=31)
        member.decompress(data)
        data, count = member.unused_data, count + 1
    return count


def text(path):
    kind = {".gz": "gzip", ".zst": "zstd"}.get(path.suffix)
    with pyarrow.input_stream(str(path), compression=kind) as stream:
        return stream.read().decode()


def rows(content, form):
    if form == "json":
        return json.loads(content)
    if form == "csv":
        return list(csv.DictReader(io.StringIO(content, newline="")))
    assert content.endswith("\n")
    return [json.loads(line) for line in content.splitlines()]


def main():
    folder, form = Path(sys.argv[1]), sys.argv[2]
    wanted = {}
    database = pymongo.MongoClient(os.environ["MONGODB_URI"])[os.environ["MONGODB_DATABASE"]]
    for one in database.activities.find({}, {"user_id": 1, "name": 1}).sort("_id", 1):
        wanted.setdefault(str(one["user_id"]), []).append((str(one["_id"]), one["name"]))
    found, most = {}, 0
    for path in folder.glob("activities-*"):
        label = path.name.removeprefix("activities-").split(".")[0]
        found[label] = [(str(row["_id"]), row["name"]) for row in rows(text(path), form)]
        most = max(most, members(path))
    print("files", len(found))
    print("members", most)
    for label in sorted(wanted.keys() | found.keys()):
        if wanted.get(label) != found.get(label):
            print(f"{label}: {len(wanted.get(label, []))} documents wanted, {len(found.get(label, []))} found, or others")


main()
