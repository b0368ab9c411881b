"""The platform's backend, as far as its reads and writes of the database go: it knows nothing of strava-store.

Usage: platform_backend.py seed ACTIVITIES    makes a database as the backend makes one: two athletes, their activities
                                              and an insight; half of the activities by the old sync, with strava_id only
       platform_backend.py write              signs in, refreshes tokens, adds milestones and syncs activities until
                                              SIGTERM; prints `writing` once it has begun, and last the number of writes
       platform_backend.py once               makes each of these writes once; prints those that are refused
       platform_backend.py queries            prints what each query of the backend finds, as JSON
Server and database in MONGODB_URI and MONGODB_DATABASE.
"""

import base64
import json
import os
import signal
import sys
import threading
import time
from datetime import datetime, timedelta

from pymongo import DESCENDING, MongoClient, UpdateOne
from pymongo.errors import PyMongoError

ATHLETES = [900_000_777, 900_000_778]
FIRST = 15_320_359_000
NOW = datetime(2026, 1, 1)


def fernet(text):
    """Text in the form of a Fernet token, as far as its beginning shows."""
    return "gAAAAA" + base64.urlsafe_b64encode(f"canary {text}".encode().ljust(90, b".")).decode()


def user(athlete, turn=0):
    return {
        "strava_id": athlete, "username": f"rider{athlete}", "firstname": "Fn", "lastname": "Ln", "email": None,
        "city": "Testville", "country": "Testland", "state": "Teststate", "sex": "M", "weight": None,
        "profile": "https://example.org/l.jpg", "profile_medium": "https://example.org/m.jpg",
        "access_token": fernet(f"access {athlete} {turn}"), "refresh_token": fernet(f"refresh {athlete} {turn}"),
        "token_expires_at": NOW + timedelta(hours=turn), "created_at": NOW, "updated_at": NOW,
    }  # fmt: skip


def record(number):
    """A summary as Strava sends it."""
    start = datetime(2025, 1, 1) + timedelta(hours=number)
    return {
        "resource_state": 2, "athlete": {"id": ATHLETES[number % 2], "resource_state": 1}, "name": f"Activity {number}",
        "distance": 1000.5 + number, "moving_time": 600, "elapsed_time": 700, "total_elevation_gain": 1.5 + number % 7,
        "type": "Run" if number % 3 else "Ride", "sport_type": "TrailRun" if number % 3 else "Ride", "id": FIRST + number,
        "start_date": start.strftime("%Y-%m-%dT%H:%M:%SZ"), "start_date_local": start.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "timezone": "(GMT+00:00) Europe/London", "utc_offset": 0.0, "upload_id": number + 1,
        "start_latlng": [-48.9, -123.4], "end_latlng": [-48.8, -123.5], "has_heartrate": True,
        "average_heartrate": 142.2, "max_heartrate": 173.0, "average_speed": 2.5 + number % 5, "max_speed": 9.0,
    }  # fmt: skip


def activity(raw):
    """What the backend stores of it: None where it knows nothing, and everything with each sync."""
    start = datetime.strptime(raw["start_date"], "%Y-%m-%dT%H:%M:%SZ")
    return {
        "strava_activity_id": raw["id"], "strava_id": raw["id"], "user_id": raw["athlete"]["id"], "name": raw["name"],
        "distance": raw["distance"], "moving_time": raw["moving_time"], "elapsed_time": raw["elapsed_time"],
        "total_elevation_gain": raw["total_elevation_gain"], "activity_type": raw["type"], "start_date": start,
        "start_date_local": start, "timezone": raw["timezone"], "utc_offset": raw["utc_offset"],
        "start_latlng": raw["start_latlng"], "end_latlng": raw["end_latlng"], "average_speed": raw["average_speed"],
        "average_heartrate": raw["average_heartrate"], "max_heartrate": raw["max_heartrate"], "has_heartrate": True,
        "description": None, "calories": None, "raw_data": raw, "created_at": NOW, "updated_at": NOW,
    }  # fmt: skip


def sync(db, records):
    db.activities.bulk_write(
        [
            UpdateOne(
                {"$or": [{"strava_activity_id": raw["id"]}, {"strava_id": raw["id"]}]},
                {"$set": activity(raw)},
                upsert=True,
            )
            for raw in records
        ],
        ordered=False,
    )


def sign_in(db, athlete, turn):
    known = db.users.find_one({"strava_id": athlete})
    if known is None:
        db.users.insert_one(user(athlete, turn))
    else:
        tokens = {name: user(athlete, turn)[name] for name in ("access_token", "refresh_token", "token_expires_at")}
        db.users.update_one({"strava_id": athlete}, {"$set": tokens})


def add_milestone(db, athlete, turn):
    milestone = {
        "id": f"milestone_{turn:08x}", "title": "First marathon", "type": "distance", "achieved_at": NOW, "data": {"km": 42},
    }  # fmt: skip
    db.users.update_one({"strava_id": athlete}, {"$push": {"milestones": milestone}})


def add_insight(db, athlete, turn):
    text = {"type": "training", "text": "Your easy runs are easy.", "turn": turn}
    activity_id = FIRST + ATHLETES.index(athlete) if athlete in ATHLETES else FIRST
    db.activities.update_one({"strava_id": activity_id}, {"$set": {"insights": [text]}})
    db.insights.insert_one(
        {"user_id": athlete, "insight_type": "training", "insight_text": text["text"], "created_at": NOW, "title": None}
    )


def seed(db, count):
    for athlete in ATHLETES:
        sign_in(db, athlete, 0)
        add_milestone(db, athlete, 0)
    old = [activity(record(number)) for number in range(count // 2)]
    for document in old:
        del document["strava_activity_id"]
    if old:
        db.activities.insert_many(old)
    if count:
        sync(db, [record(number) for number in range(count // 2, count)])
    add_insight(db, ATHLETES[0], 0)


def queries(db):
    """Each query of the backend, with the ids or the number that it finds."""

    def ids(filter, order="start_date"):
        found = db.activities.find(filter, {"strava_id": 1}).sort([(order, DESCENDING), ("strava_id", DESCENDING)])
        return [document["strava_id"] for document in found]

    athlete = ATHLETES[0]
    return {
        "user": [found["strava_id"] for found in db.users.find({"strava_id": athlete})],
        "history": ids({"user_id": athlete}),
        "history by type": ids({"user_id": athlete, "activity_type": "Run"}),
        "range": ids({"user_id": athlete, "start_date": {"$gte": datetime(2025, 1, 1, 6)}}),
        "longest": ids({"user_id": athlete}, "distance"),
        "fastest": ids({"user_id": athlete}, "average_speed"),
        "most climbing": ids({"user_id": athlete}, "total_elevation_gain"),
        "with insights": ids({"user_id": athlete, "insights": {"$exists": True}}),
        "insights": db.insights.count_documents({"user_id": athlete}),
        "one": ids({"strava_id": FIRST}),
        "milestones": len((db.users.find_one({"strava_id": athlete}) or {}).get("milestones", [])),
        "count": db.activities.count_documents({"user_id": athlete}),
    }


WRITES = [
    ("sign-in of a new athlete", lambda db, turn: sign_in(db, 910_000_000 + turn, turn)),
    ("token refresh", lambda db, turn: sign_in(db, ATHLETES[turn % 2], turn)),
    ("milestone", lambda db, turn: add_milestone(db, ATHLETES[turn % 2], turn)),
    ("sync of a known activity", lambda db, turn: sync(db, [record(turn % 40)])),
    ("sync of a new activity", lambda db, turn: sync(db, [record(100_000 + turn)])),
    ("insight", lambda db, turn: add_insight(db, ATHLETES[turn % 2], turn)),
]


def write(db):
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    turn = 0
    while not stop.is_set():
        turn += 1
        for _, body in WRITES:
            body(db, turn)
        if turn == 1:
            print("writing", flush=True)
        time.sleep(0.02)
    print(turn)


def once(db):
    for name, body in WRITES:
        try:
            body(db, 7)
        except PyMongoError as error:
            print(f"{name}: refused ({getattr(error, 'code', None)})")
    # What the backend deletes, it finds by either id.
    deleted = db.activities.delete_one({"strava_id": FIRST + 100_007}).deleted_count
    if deleted != 1:
        print(f"deletion: {deleted} deleted")


def main():
    db = MongoClient(os.environ["MONGODB_URI"])[os.environ["MONGODB_DATABASE"]]
    match sys.argv[1:]:
        case ["seed", count]:
            seed(db, int(count))
        case ["write"]:
            write(db)
        case ["once"]:
            once(db)
        case ["queries"]:
            print(json.dumps(queries(db), default=int))


if __name__ == "__main__":
    main()
