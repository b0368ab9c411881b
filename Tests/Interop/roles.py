"""Creates the roles of docs/access.md, on a server that does not require logins yet.

`make(client, database)` gives each role a user of its name, and for each of its actions a user `<role>-<action>` that lacks
it; the password of all is their role's name. Usage: roles.py broken | plain | empty | keep | late | rested | roles, with
server and database in MONGODB_URI and MONGODB_DATABASE: makes what a command finds, or prints each role with its actions.
"""

import json
import os
import re
import sys
from datetime import timedelta
from pathlib import Path

from bson import Int64
from pymongo import MongoClient

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "access.md"


def roles():
    return [json.loads(block) for block in re.findall(r"^```json\n(.+?)^```$", PAGE.read_text(), flags=re.M | re.S)]


def make(client, database):
    """Prints each role and action."""
    admin = client.admin
    admin.command("createUser", "root", pwd="root", roles=["root"])
    for role in roles():
        actions = sorted({action for privilege in role["privileges"] for action in privilege["actions"]})
        for missing in [None, *actions]:
            name = f"{role['role']}-{missing}" if missing else role["role"]
            privileges = [
                {
                    "resource": {"db": database, "collection": collection},
                    "actions": [action for action in privilege["actions"] if action != missing],
                }
                for privilege in role["privileges"]
                for collection in privilege["collections"]
            ]
            # Servers refuse a privilege without actions.
            privileges = [privilege for privilege in privileges if privilege["actions"]]
            admin.command("createRole", name, privileges=privileges, roles=[])
            admin.command("createUser", name, pwd=role["role"], roles=[name])


def main():
    database = MongoClient(os.environ["MONGODB_URI"])[os.environ["MONGODB_DATABASE"]]
    if sys.argv[1] == "broken":
        database.drop_collection("insights")
        database.activities.drop_indexes()
        database.activities.create_index("strava_activity_id")
        database.activities.create_index("name")
        database.command("collMod", "users", validator={})
    elif sys.argv[1] == "plain":
        database.client.drop_database(database)
        user = {"strava_id": Int64(900000001), "access_token": "synthetic", "email": "marin@example.test"}
        database.users.insert_one(user)
    elif sys.argv[1] == "empty":
        database.client.drop_database(database)
    elif sys.argv[1] == "keep":
        database.kept.insert_many(list(database.users.find()))
    elif sys.argv[1] == "late":
        # A writer has not noticed a rotation a day ago.
        for user in database.kept.find():
            database.users.replace_one({"_id": user["_id"]}, user)
        database.drop_collection("kept")
        for key in database.data_keys.find({"retired_at": {"$ne": None}}):
            day = timedelta(hours=24)
            rested = {"created_at": key["created_at"] - day, "retired_at": key["retired_at"] - day}
            database.data_keys.update_one({"_id": key["_id"]}, {"$set": rested})
    elif sys.argv[1] == "rested":
        since = database.store_settings.find_one()["active_since"]
        database.store_settings.update_one({}, {"$set": {"active_since": since - timedelta(hours=24)}})
    elif sys.argv[1] == "roles":
        for role in roles():
            actions = sorted({action for privilege in role["privileges"] for action in privilege["actions"]})
            print(role["role"], *actions)


if __name__ == "__main__":
    main()
