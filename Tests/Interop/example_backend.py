"""Requests to docs/platform/example/backend.py, through httpx and without a network.

Usage: example_backend.py FOLDER STEP...    runs FOLDER/backend.py; a step is `first` or `second` (sign-ins, refreshes,
                                            syncs and insights) or `reads` (all the rest); without one, steps come from
                                            standard input, and `end` is printed after each
Prints the answers, one a line. The backend's environment is that of this process.
"""

import asyncio
import json
import sys

import httpx

ATHLETES = [900_200_001, 900_200_002]
FIRST = 17_000_000_000


def athlete(number, turn):
    return {"id": ATHLETES[number], "resource_state": 2, "username": f"Rider{number}", "firstname": f"Canary {turn}",
            "lastname": "Example", "city": "Testville", "state": None, "country": "Testland", "sex": "F", "weight": 61.5,
            "profile": "https://example.org/canary.jpg", "profile_medium": "https://example.org/medium.jpg",
            "updated_at": f"2024-05-0{turn + 1}T00:00:00Z"}  # fmt: skip


def tokens(number, turn):
    return {"token_type": "Bearer", "access_token": f"access-{number}-{turn}", "refresh_token": f"refresh-{number}-{turn}",
            "expires_at": 1_900_000_000 + turn * 21_600, "expires_in": 21_600}  # fmt: skip


def activity(number, turn=0):
    return {"resource_state": 2, "athlete": {"id": ATHLETES[number % 2], "resource_state": 1}, "id": FIRST + number,
            "name": f"Activity {number}.{turn}", "distance": 1000.5 + number, "moving_time": 600 + number,
            "elapsed_time": 700 + number, "total_elevation_gain": 12.5, "type": "Run" if number % 3 else "Ride",
            "sport_type": "Run" if number % 3 else "Ride", "start_date": f"2024-0{1 + number % 9}-11T06:30:00Z",
            "start_date_local": f"2024-0{1 + number % 9}-11T08:30:00Z", "utc_offset": 7200.0, "private_note": "Canary note",
            "start_latlng": [-48.9, -123.4], "average_heartrate": 142.2, "has_heartrate": True}  # fmt: skip


async def first(client):
    for number, identifier in enumerate(ATHLETES):
        yield await client.post("/sign-in", json=tokens(number, 0) | {"athlete": athlete(number, 0)})
        records = [activity(one) for one in range(20) if one % 2 == number]
        yield await client.post(f"/athletes/{identifier}/sync", json=records)
        insight = {"insight_type": "training", "insight_text": f"Your easy runs are easy, {number}."}
        yield await client.post(f"/athletes/{identifier}/insights", json=insight)


async def second(client):
    yield await client.post(f"/athletes/{ATHLETES[0]}/refresh", json=tokens(0, 1))
    yield await client.post("/sign-in", json=tokens(1, 2) | {"athlete": athlete(1, 2)})
    records = [activity(one, 1) for one in range(10, 30) if one % 2 == 0]
    yield await client.post(f"/athletes/{ATHLETES[0]}/sync", json=records)


async def reads(client):
    for number, identifier in enumerate(ATHLETES):
        for path in ("", "/header", "/history", "/history?activity_type=Run&limit=3", "/dashboard", "/dashboard?unit=month",
                     "/insights"):  # fmt: skip
            yield await client.get(f"/athletes/{identifier}{path}")
        yield await client.get(f"/users/Rider{number}")
        yield await client.get(f"/activities/{FIRST + number}/note")
    yield await client.get("/athletes/1")
    yield await client.get("/users/nobody")


async def main():
    sys.path.insert(0, sys.argv[1])
    import backend

    transport = httpx.ASGITransport(app=backend.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://backend") as client:
        for step in sys.argv[2:] or map(str.strip, sys.stdin):
            async for answer in {"first": first, "second": second, "reads": reads}[step](client):
                request = answer.request
                print(json.dumps([request.method, request.url.raw_path.decode(), answer.status_code, answer.json()]))
            if not sys.argv[2:]:
                print("end", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
