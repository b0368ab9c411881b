"""Tests of docs/platform/strava_store.py against a database; each prints what is not as it should be.

Usage: kit.py read KEYFILE          compares what the kit decrypts with what the reference reader decrypts
       kit.py copy KEYFILE FROM EVERY FIRST
                                    stores every nth activity, from one of them, and all users of the database FROM again by
                                    the kit, and compares the documents
       kit.py guards KEYFILE        ranks, times, stubs, look-ups, and other writers
       kit.py erased KEYFILE        athletes and activities with a tombstone
       kit.py motor KEYFILE         the kit beside Motor
       kit.py format KEYFILE        its constants and functions, against docs/sealing.md and the vectors; without a server
The last line is the number of comparisons. Server and database in MONGODB_URI and MONGODB_DATABASE.
"""

import asyncio
import datetime
import os
import pathlib
import sys

import bson
import dump
import open_sealed
from bson import Binary, Int64

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "docs/platform"))
import strava_store
from strava_store import Store

COMPARED = 0
KEYS = {"users": "strava_id", "activities": "strava_activity_id", "insights": "_id"}
# What differs between two writes of a record, and what the kit does not write.
OTHER = {"created_at", "updated_at", "source", "last_activity_sync", "export_row", "export_profile", "zones"}
ACTIVITY = {"resource_state": 2, "name": "Run", "type": "Run", "sport_type": "Run", "distance": 1.5, "moving_time": 1,
            "elapsed_time": 2, "start_date": "2024-05-01T06:30:00Z", "start_date_local": "2024-05-01T08:30:00Z"}  # fmt: skip


def same(what, found, wanted):
    global COMPARED
    COMPARED += 1
    if found != wanted:
        print(f"{what}: {found!r}, not {wanted!r}")


def raises(what, kind, body):
    try:
        same(what, body(), kind.__name__)
    except kind as reason:
        same(what, "secret" in str(reason), False)


def database():
    return dump.connect().get_database(os.environ["MONGODB_DATABASE"], codec_options=open_sealed.OPTIONS)


def encoded(value):
    """Bytes that differ if any type differs. Halves of a user may be in any order."""
    return bson.encode({"v": dict(sorted(value.items())) if isinstance(value, dict) else value})


def read(key_file):
    db = database()
    store = Store(db, key_file)
    reader = open_sealed.Reader(db, open_sealed.read_key_file(pathlib.Path(key_file).read_text())[0])
    for name, key in KEYS.items():
        for document in db[name].find():
            sealed = any(open_sealed.sealed_fields(document))
            clear = reader.opened(name, document) if sealed else open_sealed.Reader.opened(reader, name, document)
            same(f"{name} {document[key]}", encoded(store.decrypt(document)), encoded(clear))
    same("an alteration", altered(store, db), "Unreadable")


def altered(store, db):
    user = db.users.find_one({"username": {"$type": "binData"}})
    user["username"] = Binary(user["username"][:-1] + bytes([user["username"][-1] ^ 1]), 0x80)
    try:
        return store.decrypt(user)
    except strava_store.Unreadable:
        return "Unreadable"


def copy(key_file, other, every, first):
    db = database()
    origin = db.client.get_database(other, codec_options=open_sealed.OPTIONS)
    reader, store = Store(origin, key_file), Store(db, key_file)
    form = db.store_settings.find_one()["form"]
    stubs = []
    for document in origin.users.find():
        user = reader.decrypt(document)
        halves = {name: half for name, half in user.get("raw_data", {}).items() if name != "zones"}
        if set(halves) == {"athlete", "token"}:
            store.sign_in(halves["athlete"], halves["token"])
        elif halves:
            fields = {"athlete": strava_store.athlete_fields, "token": strava_store.token_fields}
            owner = strava_store.Owner("users", str(user["strava_id"]), user["strava_id"])
            store._write(owner, {name: (half, fields[name](half)) for name, half in halves.items()}, makes=True)
        if not halves:
            stubs.append(user["strava_id"])
    for number, document in enumerate(origin.activities.find({"raw_data": {"$exists": True}})):
        activity = reader.decrypt(document)
        # PyMongo reads an object with the key `$ref` as a reference, in another order.
        if number % int(every) != int(first) or "$ref" in activity["raw_data"]:
            continue
        identifier, raw = activity["strava_activity_id"], activity["raw_data"]
        same(f"activity {identifier}", store.save_activity(raw, activity["athlete_id"]), "new")
        if number % 8 == 0:
            same(f"{identifier} again", store.save_activity(raw, activity["athlete_id"]), "unchanged")
    for name in ("users", "activities"):
        for document in db[name].find():
            wanted = reader.decrypt(origin[name].find_one({KEYS[name]: document[KEYS[name]]}), name)
            found, extra = store.decrypt(document, name), set()
            if form == "platform" and name == "activities":
                extra = {"user_id", "strava_id", "activity_type"}
                same("user_id", found["user_id"], found["athlete_id"])
                same("activity_type", found.get("activity_type"), found.get("type"))
            if isinstance(wanted.get("raw_data"), dict):
                wanted["raw_data"].pop("zones", None) if name == "users" else None
            for field in (set(found) | set(wanted)) - OTHER - extra:
                place = f"{name} {document[KEYS[name]]} {field}"
                same(place, encoded(found.get(field)), encoded(wanted.get(field)))
                is_sealed = strava_store.class_of(field) in ("secret", "identity") and found.get(field) not in (None, "")
                same(f"{place} sealed", getattr(document.get(field), "subtype", 0) == 0x80, is_sealed)
    made = set(db.users.distinct("strava_id", {"stub": True}))
    same("stubs", [made <= set(stubs), bool(made)], [True, form != "platform"])


def guards(key_file):
    db = database()
    store = Store(db, key_fd=os.open(key_file, os.O_RDONLY))
    os.chmod(key_file, 0o644)
    raises("mode", strava_store.StoreError, lambda: Store(db, key_file))
    os.chmod(key_file, 0o600)
    athlete = {"id": 77, "username": " Ada ", "firstname": "Ada", "email": "Ada@Example.org", "resource_state": 2,
               "updated_at": "2024-05-01T06:30:00Z", "bikes": []}  # fmt: skip
    tokens = {"token_type": "Bearer", "access_token": "secret-1", "refresh_token": "secret-2", "expires_at": 1_900_000_000}
    raises("unknown", strava_store.StoreError, lambda: store.save_tokens(77, tokens))
    activity = ACTIVITY | {"id": 5, "athlete": {"id": 77}}
    same("new", store.save_activity(activity), "new")
    same("user", store.sign_in(athlete, tokens, {"picture": "x", "avatar_url": "https://x"})["firstname"], "Ada")
    stored = db.users.find_one({"strava_id": 77})
    same("no stub", "stub" in stored, False)
    same("also", [stored["picture"], type(stored["avatar_url"]).__name__], ["x", "Binary"])
    for found in (store.user_by_email("ada@example.org"), store.user_by_username("ADA"), store.user_by_token("secret-1")):
        same("look-up", found and found["strava_id"], 77)
    same("nobody", [store.user_by_email("x@example.org"), store.user_by_token("secret-2"), store.user(78)], [None] * 3)

    detail = activity | {"resource_state": 3, "description": "Mine", "segment_efforts": [{"id": 1}], "name": "Detailed"}
    same("a detail", store.save_activity(detail), "updated")
    same("a summary", store.save_activity(activity | {"name": "Later"}), "superseded")
    same("kept", store.decrypt(db.activities.find_one())["name"], "Detailed")
    same("a detail again", store.save_activity(detail | {"description": None, "name": "Newer"}), "updated")
    same("unset", "description" in db.activities.find_one(), False)
    raises("no start", ValueError, lambda: store.save_activity({"id": 6, "athlete": {"id": 77}, "name": "secret"}))
    raises("a text", ValueError, lambda: store.save_activity(activity | {"distance": "secret"}))
    raises("Fernet", ValueError, lambda: store.save_tokens(77, tokens | {"access_token": "gAAAAAsecret"}))

    same("earlier", store.save_tokens(77, tokens | {"access_token": "secret-0", "expires_at": 1_899_999_999}), "superseded")
    same("later", store.save_tokens(77, tokens | {"access_token": "secret-3", "expires_at": 1_900_000_001}), "updated")
    same("hash", [store.user_by_token("secret-1"), store.user_by_token("secret-3")["strava_id"]], [None, 77])
    same("older", store.update_profile(athlete | {"updated_at": "2024-04-01T00:00:00Z", "firstname": "Old"}), "superseded")
    same("newer", store.update_profile(athlete | {"updated_at": "2024-06-01T00:00:00Z", "lastname": "L"}), "updated")
    same("halves", store.save_tokens(77, tokens | {"access_token": "secret-3", "expires_at": 1_900_000_001}), "unchanged")
    times = {half["as_of"] for half in db.users.find_one({"strava_id": 77})["source"].values()}
    same("as_of", times, {db.users.find_one({"strava_id": 77})["updated_at"]})

    row = {"row": {"Distance": "1"}, "source": {"as_of": db.activities.find_one()["updated_at"]}}
    db.activities.update_one({"strava_activity_id": 5}, {"$set": {"export_row": row}})
    store.save_activity(detail | {"name": "Newest"})
    found = db.activities.find_one({"strava_activity_id": 5})
    same("as_of of a row", found["export_row"]["source"]["as_of"], found["updated_at"])
    store.save_activity(detail)

    # Another writer is faster: between the look and the write of this one.
    def overtaken(write, meanwhile):
        rival, looks = Store(db, key_file), []

        def verdict(*arguments):
            found = Store._verdict(rival, *arguments)
            looks.append(found)
            if len(looks) == 1:
                meanwhile(rival)
            return found

        rival._verdict = verdict
        return write(rival), looks[0]

    def later(second):
        return tokens | {"access_token": f"secret-at-{second}", "expires_at": 1_900_000_000 + second}

    found = overtaken(lambda rival: rival.save_tokens(77, later(10)), lambda _: store.save_tokens(77, later(20)))
    same("overtaken tokens", found, ("superseded", "updated"))
    same("the later token", store.user(77)["access_token"], "secret-at-20")
    found = overtaken(lambda rival: rival.save_activity(activity | {"id": 9}), lambda _: store.save_activity(detail | {"id": 9}))
    same("overtaken insert", found, ("superseded", "new"))
    store.save_activity(activity | {"id": 10})
    found = overtaken(
        lambda rival: rival.save_activity(activity | {"id": 10, "name": "Mine"}),
        lambda _: db.activities.update_one({"strava_activity_id": 10}, {"$set": {"raw_data": detail | {"id": 10}}}),
    )
    same("overtaken by a backend", found, ("superseded", "updated"))
    backends = {"access_token": "theirs", "token_expires_at": datetime.datetime.fromtimestamp(1_990_000_000, datetime.timezone.utc)}
    found = overtaken(
        lambda rival: rival.save_tokens(77, later(30)), lambda _: db.users.update_one({"strava_id": 77}, {"$set": backends})
    )
    same("overtaken by a sign-in", found, ("superseded", "updated"))

    # The form was another one when the document was written.
    user = db.users.find_one({"strava_id": 77})["_id"] if db.store_settings.find_one()["form"] == "specification" else 77
    db.activities.update_one({"strava_activity_id": 5}, {"$set": {"user_id": Int64(77)}})
    store.save_activity(detail | {"name": "Moved"})
    same("user_id", db.activities.find_one({"strava_activity_id": 5})["user_id"], user)

    # After ten minutes, settings and data keys are read again.
    db.store_settings.update_one({}, {"$inc": {"generation": Int64(1)}})
    before = store._state
    same("fresh", [store._current() is before, bool(before.newest)], [True, True])
    store._state = before._replace(read_at=before.read_at - 601)
    same("stale", [store._current().generation, store._state.newest], [before.generation + 1, {}])

    # Another writer's detail, which moves nothing but its fields, is not replaced by a summary.
    raw = detail | {"id": 8}
    same("new", store.save_activity(activity | {"id": 8}), "new")
    db.activities.update_one({"strava_activity_id": 8}, {"$set": {"raw_data": raw, "name": "Theirs"}})
    same("theirs", store.save_activity(activity | {"id": 8, "name": "Mine"}), "superseded")
    db.users.update_one({"strava_id": 77}, {"$set": {"raw_data": None, "source": "x", "updated_at": "yesterday"}})
    same("odd types", store.update_profile(athlete | {"updated_at": "2024-07-01T00:00:00Z"}), "updated")
    same("repaired", type(store.user(77)["raw_data"]["athlete"]).__name__, "dict")


def erased(key_file):
    db = database()
    store = Store(db, key_file)
    athlete, tokens = {"id": 77, "firstname": "Ada", "lastname": "L"}, {"access_token": "secret-1", "expires_at": 1_900_000_000}
    activity = ACTIVITY | {"id": 5, "athlete": {"id": 77}}
    same("user", store.sign_in(athlete, tokens)["firstname"], "Ada")

    def erase(subject, **fields):
        db.erasures.replace_one({"_id": store._keys.keyed(8, subject.encode())}, {"state": "open", **fields}, upsert=True)
        db.store_settings.update_one({}, {"$inc": {"generation": Int64(1)}})

    erase("activity:5")
    raises("activity", strava_store.Erased, lambda: store.save_activity(activity))
    same("another", store.save_activity(activity | {"id": 6}), "new")
    erase("athlete:77")
    for name, body in {
        "sign-in": lambda: store.sign_in(athlete, tokens), "refresh": lambda: store.save_tokens(77, tokens),
        "profile": lambda: store.update_profile(athlete), "activity": lambda: store.save_activity(activity | {"id": 7}),
    }.items():  # fmt: skip
        raises(name, strava_store.Erased, body)
    erase("athlete:77", lifted_at=strava_store.datetime.now(strava_store.timezone.utc))
    same("lifted", store.save_activity(activity | {"id": 7}), "new")

    # The tombstone comes between the first look and the write.
    looks = []

    def late(*ids):
        looks.append(ids)
        if len(looks) == 1:
            return False
        if len(looks) == 2:
            erase("athlete:78")
        return Store.is_erased(store, *ids)

    store.is_erased = late
    original = store._apply

    def racing(*arguments):
        done = original(*arguments)
        if len(looks) == 1:
            erase("athlete:78")
        return done

    store._apply = racing
    raises("late", strava_store.Erased, lambda: store.sign_in(athlete | {"id": 78}, tokens))
    same("gone", db.users.find_one({"strava_id": 78}) or db.data_keys.find_one({"strava_id": 78}), None)


def motor(key_file):
    from motor.motor_asyncio import AsyncIOMotorClient

    async def run():
        client = AsyncIOMotorClient(os.environ["MONGODB_URI"])
        db = client[os.environ["MONGODB_DATABASE"]]
        store = Store(db.delegate, key_file)
        await asyncio.to_thread(store.sign_in, {"id": 77, "firstname": "Ada"}, {"access_token": "secret-1"})
        users = await asyncio.gather(*(asyncio.to_thread(store.user, 77) for _ in range(8)))
        same("users", [user["firstname"] for user in users], ["Ada"] * 8)
        same("Motor", store.decrypt(await db.users.find_one({"strava_id": 77}))["access_token"], "secret-1")

    asyncio.run(run())


def format(_):
    import sealing_vectors as vectors

    known = dict(vectors.vectors())
    page = (pathlib.Path(strava_store.__file__).parents[1] / "sealing.md").read_text()
    for name, keys in strava_store.CLASSES.items():
        same(name, f"| {name} | {' '.join(f'`{key}`' for key in keys.split())} |" in page, True)
    for key, name in {"athlete.firstName": "identity", "map_summary_polyline": "location", "user-Athlete_e-mail": "identity",
                      "x__api_password": "secret", "has_heartrate": None, "resource_state": None, "data": None, "": None,
                      "zones__": "health", "ACCESS TOKEN": "secret", "firstnames": None}.items():  # fmt: skip
        same(key, strava_store.class_of(key), name)
    keys = strava_store.KeyFile(vectors.key_file())
    for name in ("username", "email", "access_token"):
        same(name, keys.blind(name, known[f"{name}.value"]).hex(), known[f"{name}.hash"])
    record = {"id": 90000000001, "name": "\u0141\u00f3d\u017a"}
    same("digest", keys.digest(record).hex(), known["record.digest"])
    same("MAC", keys.keyed(6, known["settings.message"].encode()).hex(), known["settings.mac"])
    for name in ("text", "number", "escaped"):
        envelope, place = bytes.fromhex(known[f"{name}.envelope"]), known[f"{name}.place"]
        plaintext = strava_store.open_envelope(envelope, place, lambda _: vectors.DATA_KEY)
        same(name, plaintext.hex(), known[f"{name}.plaintext"])
        again = strava_store.seal_envelope(plaintext, vectors.DATA_KEY, vectors.DATA_KEY_ID.bytes, place)
        same(name, [again[:18], strava_store.open_envelope(again, place, lambda _: vectors.DATA_KEY)], [envelope[:18], plaintext])
    for text, wanted in {"2024-05-01T06:30:00Z": "06:30:00", "2024-05-01 06:30:00.1239+05:30": "01:00:00.123000",
                         "2024-05-01": "00:00:00"}.items():  # fmt: skip
        same(text, str(strava_store.moment(text, "date")[0].time()), wanted)
    for text in ("2024-02-30T00:00:00Z", "20240501", "", 5, "2024-05-01T24:00:00Z"):
        raises(text, ValueError, lambda: strava_store.moment(text, "date"))


if __name__ == "__main__":
    {"format": format, "read": read, "copy": copy, "guards": guards, "erased": erased, "motor": motor}[sys.argv[1]](*sys.argv[2:])
    print(COMPARED)
