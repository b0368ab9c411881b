"""The part that the reference importers share: bulks of upserts by natural key, and the users of the activities."""

from datetime import datetime, timezone

from pymongo import MongoClient, UpdateOne

BATCH = 1000


class Upserts:
    def __init__(self, uri):
        self.database = MongoClient(uri, serverSelectionTimeoutMS=5000).get_default_database()
        self.database.activities.create_index("strava_activity_id", unique=True)
        self.database.users.create_index("strava_id", unique=True)
        self.now = datetime.now(timezone.utc)
        self.waiting = []
        self.athletes = set()
        self.stored = 0

    def add(self, fields, raw):
        """Takes an activity's typed fields, under the names they are stored by, and the record as it was sent."""
        fields["raw_data"] = raw
        fields["updated_at"] = self.now
        self.athletes.add(fields["athlete_id"])
        self.waiting.append(
            UpdateOne(
                {"strava_activity_id": fields["strava_activity_id"]},
                {"$set": fields, "$setOnInsert": {"created_at": self.now}},
                upsert=True,
            )
        )
        if len(self.waiting) == BATCH:
            self.flush()

    def flush(self):
        if self.waiting:
            result = self.database.activities.bulk_write(self.waiting, ordered=False)
            self.stored += result.upserted_count + result.matched_count
            self.waiting.clear()

    def finish(self):
        self.flush()
        stubs = [
            UpdateOne({"strava_id": athlete}, {"$setOnInsert": {"created_at": self.now}}, upsert=True)
            for athlete in self.athletes
        ]
        if stubs:
            self.database.users.bulk_write(stubs, ordered=False)
        return self.stored
