"""Prints how a database's indexes differ from those of docs/schema/data-dictionary.md, using a table of its own.

Usage: indexes.py, with server and database in MONGODB_URI and MONGODB_DATABASE. Prints a line for each index that is
missing or has options that it should not have, and for each validator that is not the rendered one in docs/schema.
"""

import json
import os
from pathlib import Path

from pymongo import MongoClient

SCHEMA = Path(__file__).resolve().parent.parent.parent / "docs" / "schema"

DECLARED = {
    "users": [
        ("strava_id", "unique"),
        ("username_hash", "sparse"),
        ("email_hash", "sparse"),
        ("access_token_hash", "sparse"),
        ("token_expires_at", "sparse"),
    ],
    "activities": [
        ("strava_activity_id", "unique"),
        ("user_id -start_date", None),
        ("user_id sport_type -start_date", None),
        ("user_id type -start_date", None),
        ("user_id -distance", None),
        ("user_id -average_speed", None),
        ("user_id -total_elevation_gain", None),
        ("-start_date", None),
        ("athlete_id -start_date", None),
        ("insights", "sparse"),
    ],
    "insights": [
        ("user_id -created_at", None),
        ("user_id insight_type -created_at", None),
        ("activity_id", "sparse"),
        ("user_id -confidence_score", None),
    ],
    "data_keys": [("strava_id version", "unique")],
}
# In the platform's form, these take the place of those.
PLATFORM = {
    "activities": [("strava_id", "unique,sparse")]
    + [
        ("user_id activity_type -start_date", None) if keys == "user_id type -start_date" else (keys, option)
        for keys, option in DECLARED["activities"]
    ]
}
# Options that no declared index may have.
OTHERS = ("expireAfterSeconds", "partialFilterExpression", "hidden")


def key(text):
    return [(part.lstrip("-"), -1 if part.startswith("-") else 1) for part in text.split()]


def is_right(index, fields, option):
    if list(index["key"].items()) != fields:
        return False
    if any(index.get(name) for name in OTHERS):
        return False
    if index.get("collation", {"locale": "simple"})["locale"] != "simple":
        return False
    return all(bool(index.get(name)) == (name == option) for name in ("unique", "sparse"))


def main():
    with MongoClient(os.environ["MONGODB_URI"], serverSelectionTimeoutMS=10000) as client:
        database = client[os.environ["MONGODB_DATABASE"]]
        for name, declared in DECLARED.items():
            found = list(database.list_collections(filter={"name": name}))
            # MongoDB refuses to list the indexes of a view.
            is_view = bool(found) and found[0]["type"] == "view"
            present = [] if is_view else list(database[name].list_indexes())
            for text, option in declared:
                count = sum(is_right(index, key(text), option) for index in present)
                if count != 1:
                    print(f"{name}: {count} indexes on {text}")
            options = found[0].get("options", {}) if found else {}
            rendered = json.loads((SCHEMA / f"{name}.validator.json").read_text())
            if options.get("validator") != rendered:
                print(f"{name}: another validator")
            if options.get("validationLevel") not in ("moderate", "strict"):
                print(f"{name}: level {options.get('validationLevel')}")
            if options.get("validationAction", "error") != "error":
                print(f"{name}: only warns")


if __name__ == "__main__":
    main()
