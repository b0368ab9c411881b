"""Runs the functions of docs/platform/reading.md against a database that the example backend wrote.

Usage: reading_page.py PAGE KEYFILE [COLLECTION.FIELD...]    the fields must be sealed; URI with the database in MONGODB_URI
Prints what is not as it should be, and last the number of functions.
"""

import datetime
import json
import os
import pathlib
import re
import sys

from pymongo import MongoClient

PLATFORM = pathlib.Path(__file__).resolve().parents[2] / "docs/platform"
sys.path.insert(0, str(PLATFORM))
ATHLETE = 900_200_001


def main():
    page, key_file, *sealed = sys.argv[1:]
    names = {"uri": os.environ["MONGODB_URI"]}
    for block in re.findall(r"```python\n(.*?)```", pathlib.Path(page).read_text(), re.DOTALL):
        exec(block.replace("keys.json", key_file), names)
    db, store = names["db"], names["store"]
    start, end = datetime.datetime(2024, 1, 1), datetime.datetime(2025, 1, 1)
    count = db.activities.count_documents({"user_id": ATHLETE})
    found = {
        "totals": sum(week["count"] for week in names["totals"](db, ATHLETE)) == count,
        "months": len(names["totals"](db, ATHLETE, "month")) == 9,
        "history": len(names["history"](db, ATHLETE, start, end)) == count,
        "runs": {one["activity_type"] for one in names["history"](db, ATHLETE, start, end, "Run")} == {"Run"},
        "records": [one["distance"] for one in names["records"](db, ATHLETE)][0] == 1028.5,
        "progress": names["progress"](db, ATHLETE, "Run", start)["count"] > 0,
        "insights": [one["insight_type"] for one in names["latest_insights"](db, ATHLETE)] == ["training"],
        "heartrate": abs(names["heartrate"](db, store, ATHLETE) - 142.2) < 0.001,
        "archives": names["of_archives"](db, ATHLETE) == [],
    }
    lines = names["prompt_lines"](db, store, ATHLETE)
    found["prompt"] = len(lines) == 10 and all("average_heartrate: 142.2" in line for line in lines)
    found["identity"] = not re.search("Canary|Rider|access|latlng", json.dumps(lines))
    for field in sealed:
        collection, name = field.split(".")
        found[field] = db[collection].count_documents({name: {"$type": "binData"}}) > 0
    for name, is_so in found.items():
        if not is_so:
            print(name)
    print(len(found))


if __name__ == "__main__":
    main()
