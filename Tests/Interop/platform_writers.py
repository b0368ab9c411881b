"""The platform's backend as it was before sealing: it stores everything in clear, and cannot read sealed values.

Usage: platform_writers.py seed USERS     stores so many users
       platform_writers.py write ROLE     goes on writing to users of its choice until SIGTERM; prints `writing` once
                                          it has begun, and last what must stay of it: {strava_id: {field: value}}
       platform_writers.py check KEYFILE FILE...
                                          opens the users and compares them with what writers printed last (FILE);
                                          prints what is not so, and last the number of values that were compared
Server and database in MONGODB_URI and MONGODB_DATABASE. Each role owns some fields, so that what it wrote last must stay.
"""

import json
import os
import pathlib
import random
import signal
import sys
import threading
import time

import open_sealed
from bson import Int64, ObjectId
from pymongo import MongoClient

FIRST = 800_000_001


def user(number):
    profile = {"id": FIRST + number, "firstname": f"First {number}", "lastname": f"Last {number}", "$odd": {"a.b": number}}
    return {
        "_id": ObjectId(number.to_bytes(12)), "strava_id": Int64(FIRST + number), "username": f"user-{number}",
        "firstname": f"First {number}", "lastname": f"Last {number}", "email": f"user-{number}@example.com", "age": 30,
        "access_token": f"access-{number}", "refresh_token": f"refresh-{number}", "milestones": [], "visits": 0,
        "raw_data": {"athlete": profile, "version": 0},
    }  # fmt: skip


def change(role, number, turn):
    """Returns an update of one user, and the values of the fields after it."""
    tag = f"{number}-{turn}"
    match role:
        case "tokens":
            fields = {"access_token": f"access-{tag}", "refresh_token": f"refresh-{tag}"}
        case "names":
            fields = {"firstname": f"First {tag}", "username": f"user-{tag}", "email": f"user-{tag}@example.com"}
        case "platform":
            return {"$inc": {"visits": 1}, "$set": {"milestones": [{"name": tag}]}}, {"milestones": [{"name": tag}]}
        case "raw":
            profile = user(number)["raw_data"]["athlete"] | {"lastname": f"Last {tag}"}
            fields = {"raw_data": {"athlete": profile, "version": turn}}
    return {"$set": fields}, fields


def write(role, users):
    held, visits, turn = {}, {}, 0
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    count = users.count_documents({})
    choice = random.Random(role)
    while not stop.is_set():
        turn += 1
        number = choice.randrange(count)
        update, fields = change(role, number, turn)
        done = users.update_one({"strava_id": FIRST + number}, update)
        assert done.matched_count == 1
        held.setdefault(FIRST + number, {}).update(fields)
        if role == "platform":
            visits[FIRST + number] = visits.get(FIRST + number, 0) + 1
            held[FIRST + number]["visits"] = visits[FIRST + number]
        if turn == 1:
            print("writing", flush=True)
        time.sleep(0.02)
    print(json.dumps(held))


def seed(users, count):
    users.create_index("strava_id", unique=True)
    for start in range(0, count, 1000):
        users.insert_many([user(number) for number in range(start, min(start + 1000, count))])


def check(database, key_file, files):
    reader = open_sealed.Reader(database, open_sealed.read_key_file(pathlib.Path(key_file).read_text())[0])
    wanted, compared = {}, 0
    for name in files:
        for strava_id, fields in json.loads(pathlib.Path(name).read_text().splitlines()[-1]).items():
            wanted.setdefault(int(strava_id), {}).update(fields)
    for document in database["users"].find():
        fields = wanted.pop(document["strava_id"], {})
        opened = reader.opened("users", document) if fields else {}
        for name, value in fields.items():
            compared += 1
            if opened.get(name) != value:
                print(f"{document['strava_id']}: {name} is {opened.get(name)!r}, and {value!r} was written last")
    for strava_id in wanted:
        print(f"{strava_id} is gone")
    print(compared)


def main():
    database = MongoClient(os.environ["MONGODB_URI"]).get_database(
        os.environ["MONGODB_DATABASE"], codec_options=open_sealed.OPTIONS
    )
    match sys.argv[1:]:
        case ["seed", count]:
            seed(database["users"], int(count))
        case ["write", role]:
            write(role, database["users"])
        case ["check", key_file, *files]:
            check(database, key_file, files)


if __name__ == "__main__":
    main()
