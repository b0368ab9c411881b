"""Values that can be recognized everywhere: under every classed key, at several depths, in 1,000 records.

Usage: canaries.py make FOLDER           writes records.ndjson, broken.ndjson and canaries.json
       canaries.py platform FOLDER       stores the records in clear, as the platform's backend would
       canaries.py search FOLDER [--key-file FILE] WHERE...
                                         prints how many canaries of each class there are in all of WHERE: files,
                                         folders, `documents` (as they are stored) or `opened` (what is sealed, opened)
Server and database in MONGODB_URI and MONGODB_DATABASE.

A canary is a text of random letters or a random double, so that no compression shortens it; a double is found as eight
bytes and as digits. Classes: those of the keys; `open` under keys that have none; `whole` under such keys of a user's
responses, which import seals whole; `dropped` outside the records; `rejected` under classed keys of records that are
broken; `key` is what the key file holds.
"""

import argparse
import base64
import datetime
import json
import os
import pathlib
import random
import re
import string
import struct
import sys

import bson
import numpy
from bson import Int64, ObjectId
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient

# The classes of docs/schema/data-dictionary.md, written a second time on purpose, and other spellings of some keys.
KEYS = {
    "secret": "access_token refresh_token embed_token client_secret callback_url authorization accessToken"
    " strava_refresh_token Set-Cookie",
    "identity": "firstname lastname username email dateofbirth bio sex profile profile_medium instagram_username clubs"
    " display_name avatar_url private_note profile_original full_name gender local_legend firstName athlete__lastname",
    "location": "start_latlng end_latlng latlng start_latitude start_longitude end_latitude end_longitude polyline"
    " summary_polyline location location_city location_state location_country city state country timezone"
    " map_summary_polyline startLatlng",
    "health": "heartrate average_heartrate max_heartrate suffer_score perceived_exertion calories weight ftp zones"
    " distribution_buckets averageHeartrate",
}
CLASS = {key: name for name, keys in KEYS.items() for key in keys.split()}
# At the root of a record these keys would change its kind.
MARKS = {
    "access_token", "refresh_token", "callback_url", "distribution_buckets", "latlng", "heartrate", "firstname",
    "profile_medium",
}  # fmt: skip
LETTERS = string.ascii_letters + string.digits
START = datetime.datetime(2024, 5, 1, 6, 30, tzinfo=datetime.timezone.utc)


class Canaries:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.made = {}

    def text(self, name):
        # The search looks for eight letters: the random part, at an offset where slices of eight bytes find it.
        value = "".join(self.random.choices(LETTERS, k=16))
        self.made.setdefault(name, []).append(value)
        return value

    def number(self, name, low=100.0, high=200.0):
        value = self.random.uniform(low, high)
        self.made.setdefault(name, []).append(value)
        return value

    def pair(self, name):
        return [self.number(name, -90, 90), self.number(name, -180, 180)]

    def any(self, name):
        """Returns a value of some type; all of it has the class of its key."""
        match self.random.randrange(5):
            case 0:
                return self.number(name)
            case 1:
                return self.pair(name)
            case 2:
                return {"about": self.text(name), "a.b": [{"$deep": self.number(name)}]}
            case 3:
                return [{"id": 5, "name": self.text(name)}]
        return self.text(name)

    def everything(self, note="open"):
        """Returns an object with every classed key."""
        return {key: self.any(name) for key, name in CLASS.items()} | {"id": 77, "note": self.text(note)}

    def streams(self):
        return [
            {"type": "latlng", "data": [self.pair("location") for _ in range(2)], "original_size": 2},
            {"data": [self.number("health")], "original_size": 1, "type": "heartrate"},
            {"type": "watts", "data": [self.number("open")], "original_size": 1},
        ]

    def root(self, typed, but=frozenset(MARKS)):
        """Returns classed keys for the root of a record; those of typed fields have valid values."""
        untyped = {key: self.text(name) for key, name in CLASS.items() if key not in but and key not in typed}
        return untyped | typed


def athlete(canaries, number):
    text, number_of = canaries.text, canaries.number
    typed = {
        "username": text("identity"), "firstname": text("identity"), "lastname": text("identity"),
        "email": text("identity") + "@example.com", "sex": text("identity"), "city": text("location"),
        "state": text("location"), "country": text("location"), "weight": number_of("health", 50, 90),
    }  # fmt: skip
    return {
        "id": 700_000_001 + number, "resource_state": 3, **canaries.root(typed, MARKS - {"firstname", "profile_medium"}),
        "bikes": [{"id": "b1", "owner": canaries.everything("whole")}], "nickname": text("whole"),
    }  # fmt: skip


def token(canaries, number):
    return {
        "token_type": "Bearer", "expires_at": 1_800_000_000 + number, "refresh_token": canaries.text("secret"),
        "access_token": canaries.text("secret"), "athlete": athlete(canaries, number),
        "unknown": canaries.everything("whole"),
    }  # fmt: skip


def activity(canaries, number):
    text, number_of = canaries.text, canaries.number
    typed = {
        "start_latlng": canaries.pair("location"), "end_latlng": canaries.pair("location"),
        "timezone": text("location"), "location_city": text("location"), "location_state": text("location"),
        "location_country": text("location"), "average_heartrate": number_of("health"),
        "max_heartrate": number_of("health"), "calories": number_of("health"), "suffer_score": number_of("health"),
    }  # fmt: skip
    record = {
        "resource_state": 3, "id": 7_000_000_000_001 + number, "name": text("open"),
        "athlete": {"id": 700_000_001 + number % 250, "resource_state": 1}, "distance": number_of("open"),
        "moving_time": 600, "elapsed_time": 600, "type": "Run", "sport_type": "Run",
        "start_date": (START + datetime.timedelta(hours=number)).strftime("%Y-%m-%dT%H:%M:%SZ"), **canaries.root(typed),
        "map": {"id": "a1", "polyline": text("location"), "summary_polyline": text("location"), "resource_state": 3},
    }  # fmt: skip
    match number % 4:
        case 0:
            record["photos"] = {"primary": canaries.everything(), "count": 1}
            record["streams"] = canaries.streams()
        case 1:
            record["segment_efforts"] = [
                {"id": 1, "name": text("open"), "athlete": canaries.everything(), "segment": canaries.everything()}
            ]
        case 2:
            record["comments"] = [{"id": 2, "text": text("open"), "athlete": canaries.everything()}]
        case 3:
            record["x_unknown"] = {"a/b": [[{"$x": {"~": canaries.everything()}}], canaries.streams()]}
    return record


def insight(canaries, number):
    return {
        "user_id": str(700_000_001 + number), "insight_type": "training", "insight_text": canaries.text("open"),
        "confidence_score": 0.5, "extra": canaries.everything(), **canaries.root({}),
    }  # fmt: skip


def wrapped(canaries, record):
    headers = {"authorization": canaries.text("dropped"), "client_secret": canaries.text("dropped")}
    return {"request": {"headers": headers}, "response": record}


def records(canaries):
    made = [token(canaries, number) for number in range(100)]
    made += [athlete(canaries, number) for number in range(100, 250)]
    made += [activity(canaries, number) for number in range(600)]
    return made + [insight(canaries, number) for number in range(150)]


def broken(canaries):
    """Yields lines that are not JSON or not a valid record. Each has its error next to a canary, or in it."""
    one = lambda: canaries.text("rejected")  # noqa: E731
    degrees = lambda: repr(canaries.number("rejected", 200, 300))  # noqa: E731
    for key, name in CLASS.items():
        yield f'{{"id": 1, "{key}" "{one()}"}}'
        yield f'{{"id": 1, "{key}": {one()}}}'
        yield f"""{{"id": 1, "{key}": '{one()}'}}"""
        yield f'{{"id": 1, "{key}": "{one()}\\q{one()}"}}'
        yield f'{{"id": 1, "{key}": "{one()}", "x": tru, "{key}": "{one()}"}}'
        yield f'{{"id": 1, "{key}": {{"deep": ["{one()}", tru, "{one()}"]}}}}'
        yield f'{{"id": 1, "{key}": [{degrees()}, {degrees()}x, {degrees()}]}}'
        yield f'{{"id": 1, "{key}": "{one()}", "{key}": "{one()}"}}'
        yield f'{{"id": 1, "{key}": "{one()}\x01{one()}"}}'
        yield f'{{"id": 1, "{key}": "{one()}\\ud800"}}'
        yield f'[{{"{key}": "{one()}"}}, "{one()}" {{"{key}": "{one()}"}}]'
        yield f"""{{'{key}': '{one()}'}}"""
        yield f'{{"id": 1, {key}: {one()}, "{key}":{one()}}}'
        yield f"{{{key}={one()}, {key}={one()}}}"
        yield f"""{{"id": 1, "names": ['{one()}', '{one()}']}}"""
        yield f'{{"id": "{one()}", "{key}": "{one()}", "resource_state": 3, "start_date": "{one()}", "distance": 1,'
        f' "moving_time": 1, "type": "Run"}}'
    for key in ("weight", "username", "firstname", "sex", "city"):
        yield f'{{"id": 5, "firstname": "A", "lastname": "B", "resource_state": 2, "{key}": {{"a": "{one()}"}}}}'
    for key in ("start_latlng", "timezone", "average_heartrate", "calories", "location_city"):
        for value in (f'{{"a": "{one()}"}}', f"[{degrees()}, {degrees()}]", f'"{one()}"', f"-{degrees()}"):
            yield (
                f'{{"id": 5, "start_date": "2024-05-01T06:30:00Z", "resource_state": 2, "type": "Run", "distance": 5,'
                f' "moving_time": 5, "elapsed_time": 5, "{key}": {value}}}'
            )
    for key in ("access_token", "refresh_token", "expires_at"):
        yield f'{{"athlete": {{"id": 6}}, "access_token": "{one()}", "{key}": {{"a": "{one()}"}}}}'
    yield f'{{"access_token": "{one()}", "refresh_token": "{one()}"}}'
    yield f'{{"athlete": {{"id": 6}}, "access_token": "{one()}'


def make(folder):
    canaries = Canaries(20261125)
    made = records(canaries)
    lines = [json.dumps(wrapped(canaries, record) if number % 10 == 0 else record) for number, record in enumerate(made)]
    (folder / "records.ndjson").write_text("".join(line + "\n" for line in lines))
    (folder / "broken.ndjson").write_text("".join(line + "\n" for line in broken(canaries)))
    (folder / "canaries.json").write_text(json.dumps(canaries.made))


# The documents as the platform writes them: with its ids and its fields, everything in clear.


def platform(folder, database):
    users, ids = {}, {}
    made = {"users": users.values(), "activities": [], "insights": []}
    for line in (folder / "records.ndjson").read_text().splitlines():
        record = json.loads(line)
        record = record.get("response", record)
        owner = record["athlete"]["id"] if "athlete" in record else int(record.get("user_id", record.get("id")))
        user = ids.setdefault(owner, ObjectId())
        if "insight_text" in record:
            made["insights"].append(record | {"_id": ObjectId(), "user_id": user, "raw_data": record})
        elif "moving_time" in record:
            made["activities"].append(stored_activity(record, user))
        else:
            users[owner] = stored_user(record, user, owner)
    for name, documents in made.items():
        database[name].insert_many(documents)
    # The platform has an index over values in clear.
    database["users"].create_index("email")


def stored_user(record, _id, owner):
    profile = record.get("athlete", record)
    # The parts of a response that a platform stores, in one of two forms.
    halves = {"athlete": profile} | ({"token": record} if profile is not record else {})
    document = {
        "_id": _id, "strava_id": Int64(owner) if owner % 2 else float(owner), **profile, "age": 30, "milestones": [],
        "raw_data": halves if owner % 3 else record,
    }  # fmt: skip
    del document["id"]
    for key in ("access_token", "refresh_token"):
        if key in record:
            document[key] = record[key]
    return document


def stored_activity(record, user):
    document = record | {"_id": ObjectId(), "user_id": user, "strava_activity_id": Int64(record["id"])}
    if record["id"] % 2:
        document["athlete_id"] = Int64(record["athlete"]["id"])
    document["raw_data"] = record
    document["start_date"] = datetime.datetime.fromisoformat(record["start_date"])
    for key in ("id", "athlete", "streams"):
        document.pop(key, None)
    return document


# Searching


class Search:
    """Finds canaries in bytes: slices of eight bytes are looked up in a table of all canaries."""

    BITS = 24

    def __init__(self, made):
        self.names, self.decimals = {}, {}
        for name, values in made.items():
            for value in values:
                if isinstance(value, float):
                    self.names[struct.pack("<d", value)] = (name, value)
                    self.decimals[shortened(repr(abs(value)))] = (name, value)
                else:
                    self.names[value.encode()[:8]] = (name, value)
        self.total = {name: len(values) for name, values in made.items()}
        self.table = numpy.zeros(1 << self.BITS, dtype=bool)
        self.table[self.slots(numpy.frombuffer(b"".join(self.names), dtype="<u8"))] = True
        self.found = set()

    def slots(self, words):
        return (words * numpy.uint64(0x9E3779B97F4A7C15)) >> numpy.uint64(64 - self.BITS)

    def look(self, data):
        for shift in range(min(8, max(0, len(data) - 7))):
            words = numpy.frombuffer(data, dtype="<u8", count=(len(data) - shift) // 8, offset=shift)
            for word in words[self.table[self.slots(words)]]:
                if found := self.names.get(word.tobytes()):
                    self.found.add(found)

    def look_at_digits(self, data):
        for digits in re.findall(rb"\d+\.\d{9,}", data):
            if found := self.decimals.get(shortened(digits.decode())):
                self.found.add(found)

    def counts(self):
        counts = dict.fromkeys(self.total, 0)
        for name, _ in self.found:
            counts[name] += 1
        return counts


def shortened(digits):
    whole, fraction = digits.split(".")
    return f"{whole}.{fraction[:9]}"


def key_canaries(path):
    """Returns the keys of the key file, as text and as bytes."""
    file = json.loads(pathlib.Path(path).read_text())
    keys = [*file["masters"].values(), file["index_key"]]
    return keys + [base64.b64decode(key).decode("latin-1") for key in keys]


def search(folder, places, key_file):
    made = json.loads((folder / "canaries.json").read_text())
    looking = Search(made)
    if key_file:
        for key in key_canaries(key_file):
            looking.names[key.encode("latin-1")[:8]] = ("key", key)
            looking.table[looking.slots(numpy.frombuffer(key.encode("latin-1")[:8], dtype="<u8"))] = True
        looking.total["key"] = len(key_canaries(key_file))
    client = MongoClient(os.environ["MONGODB_URI"], document_class=RawBSONDocument) if "MONGODB_URI" in os.environ else None
    for place in places:
        if place in ("documents", "opened"):
            database = client[os.environ["MONGODB_DATABASE"]]
            look_at_documents(looking, database, place, key_file)
        else:
            path = pathlib.Path(place)
            for file in [path] if path.is_file() else sorted(path.rglob("*")):
                if file.is_file():
                    data = file.read_bytes()
                    looking.look(data)
                    if path.is_file():
                        looking.look_at_digits(data)
    print(json.dumps({"found": looking.counts(), "of": looking.total}))


def look_at_documents(looking, database, place, key_file):
    if place == "opened":
        import dump

        data = "\n".join(dump.lines(database, key_file=key_file)).encode()
        looking.look(data)
        return looking.look_at_digits(data)
    for name in database.list_collection_names():
        looking.look(b"".join(bytes(document.raw) for document in database[name].find()))
        for index, about in database[name].index_information().items():
            fields = {field: 1 for field, _ in about["key"]} | ({} if index == "_id_" else {"_id": 0})
            looking.look(b"".join(bytes(entry.raw) for entry in database[name].find({}, fields, hint=index)))


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("job", choices=["make", "platform", "search"])
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--key-file")
    arguments.add_argument("places", nargs="*")
    chosen = arguments.parse_intermixed_args()
    match chosen.job:
        case "make":
            make(chosen.folder)
        case "platform":
            platform(chosen.folder, MongoClient(os.environ["MONGODB_URI"])[os.environ["MONGODB_DATABASE"]])
        case "search":
            search(chosen.folder, chosen.places, chosen.key_file)


if __name__ == "__main__":
    main()
