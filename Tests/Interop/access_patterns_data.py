"""Fills a database with 50,000 synthetic documents for the queries of docs/access-patterns.md.

Usage: access_patterns_data.py [platform], in the form of the specification or of the platform, with server and database in MONGODB_URI and MONGODB_DATABASE; the indexes come first. Few
documents match each query among many that match a part of it.
"""

import hashlib
import os
import sys
from datetime import datetime, timedelta

from bson import Binary, Int64, ObjectId
from pymongo import MongoClient, WriteConcern

USERS, ACTIVITIES, INSIGHTS, KEYS = 12000, 24000, 6000, 8000
# The users of the activities; an athlete of the dumps has hundreds.
ACTIVE = 100
SPORTS = ["Run", "Ride", "TrailRun", "Swim", "GravelRide", "Hike", "VirtualRide"]
TYPES = {"TrailRun": "Run", "GravelRide": "Ride"}
INSIGHT_TYPES = ["performance", "training", "milestone"]
BEGIN = datetime(2019, 1, 1)


def oid(collection, number):
    return ObjectId(hashlib.blake2b(f"{collection}:{number}".encode(), digest_size=32).digest()[:12])


def sealed(kind, number):
    return Binary(f"{kind} {number}".encode(), 128)


def hashed(kind, number):
    return hashlib.blake2b(f"{kind} {number}".encode(), digest_size=32).digest()


def user(n):
    found = {"_id": oid("users", n), "strava_id": Int64(900000000 + n), "resource_state": 1}
    # Some have no token, some no email address.
    if n % 2 == 0:
        found |= {"access_token": sealed("token", n), "access_token_hash": hashed("token", n)}
        found["token_expires_at"] = BEGIN + timedelta(hours=6 * n)
    if n % 3 > 0:
        found |= {"email": sealed("email", n), "email_hash": hashed("email", n)}
        found |= {"username": sealed("username", n), "username_hash": hashed("username", n)}
    return found


def owner(n, form):
    return Int64(900000000 + n) if form == "platform" else oid("users", n)


def activity(n, form):
    sport = SPORTS[n // ACTIVE % len(SPORTS)]
    # The distances of a user's activities do not follow the order of time.
    distance = 1000.0 + n * 7919 % 100000
    return {
        "_id": oid("activities", n),
        "strava_activity_id": Int64(95000000000 + n),
        "user_id": owner(n % ACTIVE, form),
        "athlete_id": Int64(900000000 + n % ACTIVE),
        "name": f"Synthetic {n}",
        "sport_type": sport,
        "type": TYPES.get(sport, sport),
        "start_date": BEGIN + timedelta(hours=n),
        "distance": distance,
        "moving_time": int(distance / 3),
        "total_elevation_gain": distance / 100,
        "average_speed": 1 + n * 7919 % 1000 / 100,
        **({"insights": [{"text": "Synthetic."}]} if n % 1000 == 7 else {}),
        **(
            {"strava_id": Int64(95000000000 + n), "activity_type": TYPES.get(sport, sport)} if form == "platform" else {}
        ),
    }


def insight(n, form):
    return {
        "_id": oid("insights", n),
        "user_id": owner(n % ACTIVE, form),
        "insight_type": INSIGHT_TYPES[n // ACTIVE % 3],
        "insight_text": "Synthetic.",
        "confidence_score": n * 37 % 1000 / 1000,
        "created_at": BEGIN + timedelta(hours=20 * n),
        **({"activity_id": oid("activities", n // 2 * 2)} if n % 5 else {}),
    }


def data_key(n):
    return {
        "_id": Binary(hashed("key", n)[:16], 4),
        "strava_id": Int64(900000000 + n // 2),
        "version": n % 2 + 1,
        "wrapped_key": Binary(b"synthetic", 128),
        "master_key_id": Binary(bytes(16), 4),
        "created_at": BEGIN,
    }


def values(pattern, form="specification"):
    """Returns the values that replace the names in a query's filter."""
    period = {"activities": 150, "insights": 600, "users": 100}.get(pattern.collection, 0)
    begin = BEGIN + timedelta(days=600)
    return {
        "user": owner(42, form),
        "athlete": Int64(900000042),
        "activity": oid("activities", 42),
        "strava activity": Int64(95000000042),
        "sport": "TrailRun",
        "type": "Run",
        "insight type": "training",
        "from": begin,
        "to": begin + timedelta(days=period),
        "last": begin,
        "metres": 95000.0,
        "token hash": hashed("token", 44),
        "email hash": hashed("email", 44),
        "username hash": hashed("username", 44),
    }


def main():
    database = MongoClient(os.environ["MONGODB_URI"])[os.environ["MONGODB_DATABASE"]]
    form = sys.argv[1] if len(sys.argv) > 1 else "specification"
    made = [(USERS, "users", user), (ACTIVITIES, "activities", lambda n: activity(n, form))]
    made += [(INSIGHTS, "insights", lambda n: insight(n, form)), (KEYS, "data_keys", data_key)]
    total = 0
    for count, name, make in made:
        # These documents are not needed after a crash.
        collection = database.get_collection(name, write_concern=WriteConcern(w=1, j=False))
        for first in range(0, count, 1000):
            documents = [make(n) for n in range(first, min(first + 1000, count))]
            total += len(collection.insert_many(documents, ordered=False).inserted_ids)
    print(total)


if __name__ == "__main__":
    main()
