"""Compares databases: prints how each one differs from the first, and nothing if all are equal.

Usage: same.py [--key-file FILE] [--omit FIELD]... [--references-move] DATABASE...; the server in MONGODB_URI. See dump.py
for what is compared. With --references-move a server that changes the order of keys in what it takes for a reference
(the stand-in does, see fidelity.py) may have changed a record's digest by that.
"""

import argparse
import difflib
import re

import dump
import fidelity

DIGEST = re.compile(r'"digest":\{"\$binary":\{[^{}]*\}\}')


def main():
    arguments = argparse.ArgumentParser(description="Prints how databases differ.")
    arguments.add_argument("--omit", action="append", default=[], metavar="FIELD")
    arguments.add_argument("--key-file", metavar="FILE")
    arguments.add_argument("--references-move", action="store_true")
    arguments.add_argument("databases", nargs="+", metavar="DATABASE")
    chosen = arguments.parse_args()
    client = dump.connect()
    first, *others = chosen.databases

    def lines(name):
        # Data keys are random, so only the sealed values can be equal.
        collections = [collection for collection in client[name].list_collection_names() if collection != "data_keys"]
        lines = dump.lines(client[name], chosen.omit, collections, chosen.key_file)
        return [DIGEST.sub("", line) if moves and '"$ref":' in line and '"$id":' in line else line for line in lines]

    moves = chosen.references_move and fidelity.moves_references()

    wanted = lines(first)
    if not wanted:
        print(f"{first} is empty")
    for name in others:
        found = lines(name)
        if found != wanted:
            print(f"{name}:")
            print("\n".join(difflib.unified_diff(wanted, found, first, name, lineterm="", n=0)))


if __name__ == "__main__":
    main()
