"""A small backend of the platform, before strava-store: FastAPI, Strava ids as `user_id`, Fernet tokens.

Run it with `uvicorn backend:app`. Strava's responses come as the bodies of requests; a real backend fetches them.
"""

import os
from datetime import datetime, timezone

from cryptography.fernet import Fernet
from fastapi import FastAPI, HTTPException
from pymongo import DESCENDING, MongoClient

app = FastAPI()
db = MongoClient(os.environ["MONGODB_URI"]).get_default_database()
fernet = Fernet(os.environ["FERNET_KEY"])

PROFILE = ("strava_id", "username", "firstname", "lastname", "city", "country", "sex", "weight", "profile")
COLUMNS = ("strava_id", "name", "activity_type", "distance", "moving_time", "total_elevation_gain", "start_date")


def encrypted(response: dict) -> dict:
    tokens = {name: fernet.encrypt(response[name].encode()).decode() for name in ("access_token", "refresh_token")}
    return tokens | {"token_expires_at": datetime.fromtimestamp(response["expires_at"], timezone.utc)}


def found(document: dict | None) -> dict:
    if document is None:
        raise HTTPException(404)
    return document


def user_of(strava_id: int) -> dict:
    return found(db.users.find_one({"strava_id": strava_id}))


@app.post("/sign-in")
def sign_in(response: dict) -> dict:
    athlete = response["athlete"]
    profile = {name: athlete.get(name) for name in PROFILE[1:]} | encrypted(response)
    db.users.update_one({"strava_id": athlete["id"]}, {"$set": profile}, upsert=True)
    return show_profile(athlete["id"])


@app.post("/athletes/{strava_id}/refresh")
def refresh(strava_id: int, response: dict) -> dict:
    db.users.update_one({"strava_id": strava_id}, {"$set": encrypted(response)})
    return {"expires_at": response["expires_at"]}


@app.get("/athletes/{strava_id}")
def show_profile(strava_id: int) -> dict:
    user = user_of(strava_id)
    return {name: user.get(name) for name in PROFILE}


@app.get("/athletes/{strava_id}/header")
def header(strava_id: int) -> dict:
    """What the backend sends to Strava."""
    user = user_of(strava_id)
    return {"Authorization": "Bearer " + fernet.decrypt(user["access_token"]).decode()}


@app.get("/users/{username}")
def find_user(username: str) -> dict:
    user = found(db.users.find_one({"username": username}))
    return show_profile(user["strava_id"])


@app.post("/athletes/{strava_id}/sync")
def sync(strava_id: int, activities: list[dict]) -> dict:
    for raw in activities:
        fields = {name: raw.get(name) for name in COLUMNS[1:]} | {"activity_type": raw["type"], "raw_data": raw}
        fields |= {"user_id": strava_id, "strava_id": raw["id"], "strava_activity_id": raw["id"]}
        fields["start_date"] = datetime.fromisoformat(raw["start_date"])
        db.activities.update_one({"strava_activity_id": raw["id"]}, {"$set": fields}, upsert=True)
    return {"stored": len(activities)}


@app.get("/athletes/{strava_id}/history")
def history(strava_id: int, activity_type: str | None = None, limit: int = 20) -> list[dict]:
    wanted = {"user_id": strava_id} | ({"activity_type": activity_type} if activity_type else {})
    activities = db.activities.find(wanted).sort("start_date", DESCENDING).limit(limit)
    return [{name: activity.get(name) for name in COLUMNS} for activity in activities]


@app.get("/activities/{strava_id}/note")
def note(strava_id: int) -> dict:
    activity = found(db.activities.find_one({"strava_activity_id": strava_id}))
    return {"note": activity["raw_data"].get("private_note")}


@app.get("/athletes/{strava_id}/dashboard")
def dashboard(strava_id: int, unit: str = "week") -> list[dict]:
    period = {"$dateTrunc": {"date": "$start_date", "unit": unit, "startOfWeek": "monday"}}
    sums = {"distance": {"$sum": "$distance"}, "time": {"$sum": "$moving_time"}, "count": {"$sum": 1}}
    stages = [{"$match": {"user_id": strava_id}}, {"$group": {"_id": period, **sums}}, {"$sort": {"_id": -1}}]
    return list(db.activities.aggregate(stages))


@app.post("/athletes/{strava_id}/insights")
def add_insight(strava_id: int, insight: dict) -> dict:
    db.insights.insert_one(insight | {"user_id": strava_id, "created_at": datetime.now(timezone.utc)})
    return {"stored": 1}


@app.get("/athletes/{strava_id}/insights")
def insights(strava_id: int) -> list[dict]:
    texts = db.insights.find({"user_id": strava_id}).sort("created_at", DESCENDING)
    return [{"type": text["insight_type"], "text": text["insight_text"]} for text in texts]
