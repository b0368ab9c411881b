#!/usr/bin/env python3
"""Shows what a database of strava-store holds: documents in each collection, and one activity.

Usage: scripts/show.py DATABASE, with the server in MONGODB_URI.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"

if Path(sys.prefix).resolve() != VENV.resolve():
    python = VENV / "bin" / "python"
    if not python.exists():
        sys.exit("show.py: no .venv yet: run scripts/setup first")
    os.execv(python, [str(python), __file__, *sys.argv[1:]])

from bson import json_util  # noqa: E402
from pymongo import MongoClient  # noqa: E402


def main():
    if len(sys.argv) != 2 or "MONGODB_URI" not in os.environ:
        sys.exit("usage: MONGODB_URI=… scripts/show.py DATABASE")
    name = sys.argv[1]
    with MongoClient(os.environ["MONGODB_URI"], serverSelectionTimeoutMS=5000) as client:
        database = client[name]
        print(f"Documents in {name}:")
        for collection in sorted(database.list_collection_names()):
            print(f"  {collection:<16}{database[collection].count_documents({}):>8}")
        # A summary: short enough to read.
        both = {"resource_state": 2, "export_row": {"$exists": True}}
        activity = database.activities.find_one(both, sort=[("strava_activity_id", 1)])
        title = "One activity, which the API and the account archive know"
        if not activity:
            activity = database.activities.find_one({"resource_state": 2}, sort=[("strava_activity_id", 1)])
            title = "One activity"
        if activity:
            print(f"\n{title}:")
            options = json_util.RELAXED_JSON_OPTIONS
            print(json_util.dumps(activity, json_options=options, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
