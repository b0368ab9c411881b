"""Another writer of the platform: inserts users and activities with its own ids, one by one.

Usage: rival.py FIRST < ids; server and database in MONGODB_URI and MONGODB_DATABASE. Standard input holds a line
`athlete activity` for each activity. Prints `begun` when the first FIRST activities are in, and how many users and
activities it inserted last; those that another writer had inserted before are left alone.
"""

import os
import sys

from bson import Int64, ObjectId
from pymongo import MongoClient
from pymongo.errors import DuplicateKeyError

database = MongoClient(os.environ["MONGODB_URI"])[os.environ["MONGODB_DATABASE"]]
inserted = {"users": 0, "activities": 0}


def insert(collection, document):
    try:
        database[collection].insert_one({"_id": ObjectId(), "rival": True, **document})
        inserted[collection] += 1
    except DuplicateKeyError:
        pass


athletes = set()
for number, line in enumerate(sys.stdin.read().splitlines()):
    athlete, activity = map(Int64, line.split())
    if athlete not in athletes:
        athletes.add(athlete)
        insert("users", {"strava_id": athlete, "age": 30})
    insert("activities", {"strava_activity_id": activity, "name": "Rival", "raw_data": {"resource_state": 2}})
    if number + 1 == int(sys.argv[1]):
        print("begun", flush=True)
print(inserted["users"], inserted["activities"])
