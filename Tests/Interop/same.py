"""Tells whether databases hold the same: prints how each differs from the first, and nothing when none does.

Usage: same.py [--key-file FILE] [--omit FIELD]... DATABASE...; the server in MONGODB_URI. See dump.py for what is compared.
"""

import argparse
import difflib

import dump


def main():
    arguments = argparse.ArgumentParser(description="Prints how databases differ.")
    arguments.add_argument("--omit", action="append", default=[], metavar="FIELD")
    arguments.add_argument("--key-file", metavar="FILE")
    arguments.add_argument("databases", nargs="+", metavar="DATABASE")
    chosen = arguments.parse_args()
    client = dump.connect()
    first, *others = chosen.databases

    def lines(name):
        # Data keys are random: only what they seal can be the same.
        collections = [collection for collection in client[name].list_collection_names() if collection != "data_keys"]
        return dump.lines(client[name], chosen.omit, collections, chosen.key_file)

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
