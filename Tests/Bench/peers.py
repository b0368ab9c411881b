"""The importers that are compared: strava-store, and the others that this machine has."""

import shutil
import subprocess

from rig import HERE, KEYS, PYTHON, make_environment

OURS = "strava-store"


def our_import(store, uri, path):
    return [store, "import", path, "--uri", uri, "--key-file", KEYS, "--quiet"]


def reference(name):
    """Returns the command of one of the two importers in Python."""
    return lambda uri, path, array: [PYTHON, HERE / "importers" / f"{name}_import.py", uri, path]


def mongoimport(*mode):
    return lambda uri, path, array: [
        "mongoimport", "--quiet", "--uri", uri, "--collection", "activities", *mode, *(["--jsonArray"] if array else []),
        "--file", path,
    ]  # fmt: skip


INSERTS, UPSERTS = ("--mode", "insert"), ("--mode", "upsert", "--upsertFields", "id")


def commands(store, missing):
    """Name → what gives an importer's command for a URI, a file, and whether the file is one array.

    `missing` is called with the name and the reason of each importer that cannot be had.
    """
    found = {OURS: lambda uri, path, array: our_import(store, uri, path)}
    in_python = {"Pydantic + PyMongo": "pydantic", "msgspec + PyMongo": "msgspec"}
    try:
        make_environment()
        found |= {name: reference(script) for name, script in in_python.items()}
    except (OSError, subprocess.CalledProcessError) as error:
        for name in in_python:
            missing(name, f"its environment cannot be made: {error}")
    if shutil.which("mongoimport"):
        found |= {"mongoimport, inserts": mongoimport(*INSERTS), "mongoimport, upserts": mongoimport(*UPSERTS)}
    else:
        missing("mongoimport", "it is not in PATH")
    return found
