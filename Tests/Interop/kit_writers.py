"""Backend processes with docs/platform/strava_store.py, which write the same documents at the same time.

Usage: kit_writers.py seed KEYFILE FERNETKEY                stores athletes and summaries, as before anything is sealed
       kit_writers.py write KEYFILE FERNETKEY INDEX COUNT   goes on writing until SIGTERM; prints `writing` once it has
                                                            begun, and last what must stay, as JSON
       kit_writers.py check KEYFILE FILE...                 compares the database with what writers printed last (FILE);
                                                            prints what differs, and last the number of comparisons
Server and database in MONGODB_URI and MONGODB_DATABASE. Each value contains a number that no other write has. Tokens and
profiles have a time that follows from it, so the highest number must stay. The details of an activity have one writer;
the others write summaries of it.
"""

import datetime
import json
import os
import pathlib
import random
import signal
import sys
import threading
import time

import dump

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "docs/platform"))
from strava_store import Store

ATHLETES = [900_100_001 + number for number in range(6)]
FIRST = 16_000_000_000
SUMMARIES = 40
TIME = 1_900_000_000


def profile(athlete, number):
    at = datetime.datetime.fromtimestamp(TIME + number, datetime.timezone.utc)
    return {"id": athlete, "resource_state": 2, "username": f"user-{athlete}-{number}", "firstname": f"First {number}",
            "lastname": "Last", "updated_at": at.strftime("%Y-%m-%dT%H:%M:%SZ")}  # fmt: skip


def tokens(athlete, number):
    return {"token_type": "Bearer", "access_token": f"access-{athlete}-{number}", "expires_in": 21600,
            "refresh_token": f"refresh-{athlete}-{number}", "expires_at": TIME + number}  # fmt: skip


def summary(activity, number=0):
    start = datetime.datetime(2025, 1, 1) + datetime.timedelta(hours=activity % 1000)
    return {"resource_state": 2, "athlete": {"id": ATHLETES[activity % len(ATHLETES)]}, "id": FIRST + activity,
            "name": f"Summary {number}", "distance": 1000.5, "moving_time": 600, "elapsed_time": 700, "type": "Run",
            "sport_type": "Run", "start_date": start.strftime("%Y-%m-%dT%H:%M:%SZ"), "private_note": "Mine",
            "average_heartrate": 140.5}  # fmt: skip


def detail(activity, number):
    return summary(activity, number) | {"resource_state": 3, "description": f"Detail {number}", "segment_efforts": [{"id": 1}]}


def seed(store):
    for athlete in ATHLETES:
        store.sign_in(profile(athlete, 0), tokens(athlete, 0))
    for activity in range(SUMMARIES):
        store.save_activity(summary(activity))


def write(store, index, count):
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    choice, turn = random.Random(index), 0
    held = {"tokens": {}, "profiles": {}, "details": {}, "new": [], "writes": 0}
    while not stop.is_set():
        turn += 1
        number = turn * count + index
        athlete, activity = choice.choice(ATHLETES), choice.randrange(SUMMARIES)
        if store.save_tokens(athlete, tokens(athlete, number)) == "updated":
            held["tokens"][athlete] = number
        if store.update_profile(profile(athlete, number)) == "updated":
            held["profiles"][athlete] = number
        if activity % count == index:
            assert store.save_activity(detail(activity, number)) == "updated"
            held["details"][activity] = number
        else:
            store.save_activity(summary(activity, number))
        assert store.save_activity(summary(100_000 + number)) == "new"
        held["new"].append(100_000 + number)
        if turn % 8 == 1:
            store.sign_in(profile(910_000_000 + number, number), tokens(910_000_000 + number, number))
            held["tokens"][910_000_000 + number] = number
        held["writes"] += 4
        if turn == 1:
            print("writing", flush=True)
        time.sleep(0.04)
    print(json.dumps(held))


def check(store, db, files):
    wanted, compared = {"tokens": {}, "profiles": {}, "details": {}}, 0

    def same(what, found, expected):
        nonlocal compared
        compared += 1
        if found != expected:
            print(f"{what}: {found!r}, not {expected!r}")

    new = set()
    for name in files:
        held = json.loads(pathlib.Path(name).read_text().splitlines()[-1])
        new |= set(held["new"])
        for kind, numbers in wanted.items():
            for key, number in held[kind].items():
                numbers[int(key)] = max(number, numbers.get(int(key), 0))
    for athlete, number in wanted["tokens"].items():
        same(f"token of {athlete}", store.user(athlete)["access_token"], f"access-{athlete}-{number}")
        found = store.user_by_token(f"access-{athlete}-{number}")
        same(f"hash of {athlete}", found and found["strava_id"], athlete)
        same("the response", found["raw_data"]["token"]["expires_at"], TIME + number)
    for athlete, number in wanted["profiles"].items():
        same(f"profile of {athlete}", store.user(athlete)["firstname"], f"First {number}")
    for activity, number in wanted["details"].items():
        found = store.decrypt(db.activities.find_one({"strava_activity_id": FIRST + activity}))
        same(f"detail {activity}", found.get("description"), f"Detail {number}")
        same(f"raw {activity}", found["raw_data"]["description"], f"Detail {number}")
    for activity in new:
        found = db.activities.find_one({"strava_activity_id": FIRST + activity})
        same(f"activity {activity}", found and store.decrypt(found)["raw_data"]["private_note"], "Mine")
    for name, key in (("users", "strava_id"), ("activities", "strava_activity_id")):
        same(f"twice in {name}", db[name].count_documents({}), len(db[name].distinct(key)))
    print(compared)


def main():
    db = dump.connect()[os.environ["MONGODB_DATABASE"]]
    match sys.argv[1:]:
        case ["seed", key_file, fernet_key]:
            seed(Store(db, key_file, fernet_keys=[fernet_key]))
        case ["write", key_file, fernet_key, index, count]:
            write(Store(db, key_file, fernet_keys=[fernet_key]), int(index), int(count))
        case ["check", key_file, *files]:
            check(Store(db, key_file), db, files)


if __name__ == "__main__":
    main()
