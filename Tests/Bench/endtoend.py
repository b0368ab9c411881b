"""Runs importers in turn against a server that stores documents, with records that are new, unchanged and updated.

Each importer has a database of its own, under a new name, which is dropped afterwards. Nothing else
on the server is touched. The indexes are those that the importer makes by itself.
"""

import random
import uuid
from contextlib import contextmanager

import peers
from pymongo import MongoClient
from rig import Failed, dump, measure

STEPS = ("new", "unchanged", "updated")
# The write concern, so that all importers wait for the same.
DURABILITY = {"w": "majority", "journal": "true"}


def uri_of_database(uri, database):
    """Returns the URI with another database, and with DURABILITY unless the URI names a write concern."""
    scheme, _, rest = uri.partition("://")
    place, _, query = rest.partition("?")
    hosts, _, given = place.partition("/")
    options = [option for option in query.split("&") if option]
    names = {option.partition("=")[0].lower() for option in options}
    options += [f"{name}={value}" for name, value in DURABILITY.items() if name not in names]
    # Users are looked up in the database of the URI unless it names another one for that.
    if "@" in hosts and "authsource" not in names:
        options.append(f"authSource={given or 'admin'}")
    return f"{scheme}://{hosts}/{database}?{'&'.join(options)}"


@contextmanager
def own_database(uri):
    """Yields the URI of a database with a new name, and the database itself. It is dropped at the end."""
    name = f"strava_store_bench_{uuid.uuid4().hex[:12]}"
    own = uri_of_database(uri, name)
    with MongoClient(own, serverSelectionTimeoutMS=5000) as client:
        try:
            yield own, client[name]
        finally:
            client.drop_database(name)


def run(uri, importers, records, rounds, note, leave_out):
    """Runs each importer through all steps in each round, in an order of the round's own.

    - note: called with the step, the importer's name, the number of records, the file's size, and the cost.
    - leave_out: called with the step, the importer's name and the reason where one fails.
    """
    # Its inserts fail for records that exist already.
    importers = {name: command for name, command in importers.items() if name != "mongoimport, inserts"}
    failed = set()
    for number in range(rounds):
        for name in random.Random(number).sample(sorted(importers), len(importers)):
            if name in failed:
                continue
            with own_database(uri) as (own, database):
                for step in STEPS:
                    path = dump("summary", records, changed=step == "updated")
                    try:
                        cost = measure(importers[name](own, path, False))
                        check(database, records, step)
                    except Failed as failure:
                        leave_out(step, name, failure)
                        failed.add(name)
                        break
                    note(step, name, records, path.stat().st_size, cost)


def check(database, records, step):
    """Checks that the database holds each record once, in its last form."""
    stored = database.activities.count_documents({})
    changed = database.activities.count_documents({"name": {"$regex": r"\(renamed\)$"}})
    if (stored, changed) != (records, records if step == "updated" else 0):
        raise Failed(f"of {records} records, {stored} are stored, {changed} of them in their changed form")
