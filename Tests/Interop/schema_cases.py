"""Records that are valid or have one error in one field, and the documents with the same values.

A case's expected verdict comes from the tables here and in schema_values.py, not from the program.
"""

import copy
import random

from bson import Binary, Decimal128, Int64, ObjectId

from schema_values import BYTES, INPUT, INSTANT, STORED

ABSENT = object()

# Each kind's fields: key -> type of schema_values.INPUT, or a table for an object.
CONTEXT = {"activity_count": "count", "time_period": "text", "sport_type": "text", "milestone_progress": "percent"}
PROFILE = {
    "updated_at": "date", "username": "text", "firstname": "text", "lastname": "text", "email": "text",
    "weight": "amount", "sex": "text", "city": "text", "state": "text", "country": "text",
}
FIELDS = {
    "activity": {
        "id": "id", "athlete": {"id": "id"}, "start_date": "date", "start_date_local": "date",
        "map": {"summary_polyline": "text", "resource_state": "int"}, "start_latlng": "point", "end_latlng": "point",
        "workout_type": "int", "kudos_count": "int", "comment_count": "int", "achievement_count": "int",
        "moving_time": "count", "elapsed_time": "count",
        **dict.fromkeys(
            ["name", "description", "type", "sport_type", "timezone", "location_city", "location_state",
             "location_country", "gear_id", "device_name", "external_id", "visibility"], "text"),
        **dict.fromkeys(
            ["distance", "total_elevation_gain", "average_speed", "max_speed", "average_heartrate", "max_heartrate"],
            "amount"),
        **dict.fromkeys(
            ["elev_high", "elev_low", "average_cadence", "average_watts", "weighted_average_watts", "max_watts",
             "kilojoules", "average_temp", "calories", "suffer_score", "utc_offset"], "number"),
        **dict.fromkeys(
            ["trainer", "commute", "manual", "private", "flagged", "has_heartrate", "device_watts"], "flag"),
    },
    "athlete": {"id": "id", **PROFILE},
    "token": {"access_token": "text", "refresh_token": "text", "expires_at": "unix", "athlete": {"id": "id", **PROFILE}},
    "insight": {
        "user_id": "reference", "activity_id": "reference", "insight_type": "text", "insight_text": "filled",
        "recommendation": "text", "confidence_score": "share", "ai_model": "text", "context_data": CONTEXT,
        "created_at": "date",
    },
}
REQUIRED = {
    "activity": {"id", "start_date"}, "athlete": {"id"}, "token": set(),
    "insight": {"user_id", "insight_type", "insight_text"},
}
# Fields by which the kind is recognized. An activity has so many that one may be missing.
EVEN_NULL = {"athlete": {"firstname", "lastname"}}
COLLECTION = {"activity": "activities", "athlete": "users", "token": "users", "insight": "insights"}
RENAMED = {
    "activity": {"id": "strava_activity_id", "athlete": "athlete_id"},
    "athlete": {"id": "strava_id", "updated_at": "athlete_updated_at"},
    "token": {"expires_at": "token_expires_at"}, "insight": {},
}
CLASSES = {
    "secret": {"access_token", "refresh_token"},
    "identity": {"username", "firstname", "lastname", "email", "sex"},
    "location": {"city", "state", "country", "timezone", "location_city", "location_state", "location_country",
                 "start_latlng", "end_latlng", "summary_polyline"},
    "health": {"average_heartrate", "max_heartrate", "calories", "suffer_score", "weight"},
}
POLICIES = [("secret", "identity"), ("secret", "identity", "location", "health")]


class Case:
    """A record, and whether it is valid. It has no document if a document cannot have the same error."""

    def __init__(self, kind, record, good, fault, stored=True):
        self.kind, self.record, self.good, self.fault, self.stored = kind, record, good, fault, stored

    def __repr__(self):
        return f"{self.kind}, {self.fault}, {'good' if self.good else 'bad'}: {self.record!r:.400}"


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def cases(self, kind, count):
        """Returns at least this many records, until every field has had every value, has been null and has been missing."""
        made = []
        while len(made) < count:
            made.append(Case(kind, self.good(kind), True, "none"))
            for path, type in self.paths(FIELDS[kind]):
                values = [(None, True), (ABSENT, True)]
                if isinstance(type, dict):
                    values += [({}, True)] + [(value, False) for value in ["x", "", 5, True, [], ["x"]]]
                else:
                    values += [(value, True) for value in INPUT[type][0]]
                    values += [(value, False) for value in INPUT[type][1]]
                made += [self.mutant(kind, path, value, good) for value, good in values]
        return made

    def paths(self, fields):
        for key, type in fields.items():
            yield (key,), type
            if isinstance(type, dict):
                for path, inner in self.paths(type):
                    yield (key, *path), inner

    def pick(self, type):
        if isinstance(type, dict):
            return {key: self.pick(inner) for key, inner in type.items() if key == "id" or self.random.random() < 0.5}
        return copy.deepcopy(self.random.choice(INPUT[type][0]))

    def good(self, kind):
        """Returns the fields by which the kind is recognized, and some others, in random order."""
        always = {
            "activity": {"id", "start_date", "distance", "moving_time", "type"}, "athlete": {"id", "firstname", "lastname"},
            "token": {"access_token", "refresh_token", "athlete"},
            "insight": {"user_id", "insight_type", "insight_text"},
        }[kind]
        rest = [key for key in FIELDS[kind] if key not in always]
        chosen = list(always) + self.random.sample(rest, self.random.randint(0, min(6, len(rest))))
        record = {key: self.pick(FIELDS[kind][key]) for key in sorted(chosen)}
        if kind == "activity":
            record["resource_state"] = self.random.choice([2, 3, -1, 2.0])
            if self.random.random() < 0.3:
                record["upload_id"] = self.random.choice([None, 10**30, 5])
        if kind == "token":
            record["token_type"] = "Bearer"
        if self.random.random() < 0.2:
            record["not_seen_before"] = self.random.choice([None, 1, "x", {"a": [1, {"b": None}]}])
        keys = list(record)
        self.random.shuffle(keys)
        return {key: record[key] for key in keys}

    def mutant(self, kind, path, value, good):
        record = self.good(kind)
        inner = record
        for step in path[:-1]:
            if not isinstance(inner.get(step), dict):
                inner[step] = self.pick(FIELDS[kind][step])
            inner = inner[step]
        if value is ABSENT:
            inner.pop(path[-1], None)
        else:
            inner[path[-1]] = copy.deepcopy(value)
        # An athlete in a token may be an id alone, which is not an athlete record. With an error it must be a record.
        fault = "/".join(path) + (" absent" if value is ABSENT else f" {value!r}")
        is_gone = value is None or value is ABSENT
        stored = True
        if is_gone and (path[0] if len(path) == 1 else "/".join(path)) in REQUIRED[kind]:
            good = path == ("start_date",) and self.has_local_start(record)
        if is_gone and path[-1] in EVEN_NULL.get(kind, ()) and len(path) == 1:
            good, stored = value is None, False
        if kind == "token" and not names_athlete(record):
            stored = False  # it is stored under its athlete's id, which the command line gives
        if kind == "athlete" and path == ("id",) and is_gone:
            record.setdefault("username", "x")  # with names alone it is a kudoer, which is skipped
            record["username"] = record["username"] or "x"
        if kind == "activity" and path == ("athlete",) and not isinstance(value, dict) and not is_gone:
            stored = False
        return Case(kind, record, good, fault, stored)

    def has_local_start(self, record):
        offset = record.get("utc_offset")
        return record.get("start_date_local") is not None and offset is not None and abs(offset) <= 86400

    # MARK: The document with the same values

    def document(self, case, classes):
        """Returns valid values as import or a Python program writes them, and invalid ones unchanged."""
        sealed = set().union(*(CLASSES[name] for name in classes))
        if case.kind == "token":
            athlete = case.record["athlete"]
            document = self.convert("athlete", athlete, FIELDS["athlete"], case, sealed)
            tokens = {key: value for key, value in case.record.items() if key != "athlete"}
            return {**document, **self.convert("token", tokens, FIELDS["token"], case, sealed)}
        document = self.convert(case.kind, case.record, FIELDS[case.kind], case, sealed)
        if case.kind == "activity" and case.good:
            document.setdefault("start_date", INSTANT)
        return document

    def convert(self, kind, record, fields, case, sealed):
        document = {}
        for key, type in fields.items():
            if key not in record:
                continue
            value = record[key]
            if key == "athlete":
                value, type = (value or {}).get("id", ABSENT), "id"
            if isinstance(type, dict):
                if isinstance(value, dict):
                    value = self.convert("", value, type, case, sealed)
            elif value is not ABSENT:
                value = self.stored_value(key, type, value, sealed)
            gone = value is None and self.random.random() < 0.5
            if kind == "activity" and key == "start_date" and value is None and case.good:
                gone = True
            if value is not ABSENT and not gone:
                document[RENAMED.get(kind, {}).get(key, key)] = value
        return document

    def stored_value(self, key, type, value, sealed):
        good = value is not None and any(value is one or same(value, one) for one in INPUT[type][0])
        if not good:
            return outsize(value)
        if key in ("city", "state", "country") and value == "" or key == "weight" and value == 0:
            return ABSENT
        if type == "point" and not value:
            return ABSENT
        if key in sealed:
            return "" if value == "" else BYTES
        as_python = self.random.random() < 0.3  # whole numbers get the type that fits their size
        match type:
            case "id":
                return int(value) if as_python else Int64(int(value))
            case "reference":
                return ObjectId()
            case "count" | "int":
                return int(value)
            case "number" | "amount" | "share" | "percent":
                return value if as_python and abs(value) < 2**63 else float(value)
            case "date" | "unix":
                return INSTANT
            case "point":
                return [float(part) for part in value]
            case _:
                return value


def names_athlete(record):
    athlete = record.get("athlete")
    return isinstance(athlete, dict) and athlete.get("id") is not None


def same(a, b):
    return type(a) is type(b) and a == b


def outsize(value):
    """Returns a value as BSON can store it: an integer beyond 64 bits becomes a decimal128."""
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**63:
        return Decimal128(f"{value:.6e}")
    return value


# MARK: Documents with one error that no record can have

SOURCE = {"origin": "origin", "file": "text", "record": "long", "digest": "binary", "run": "binary",
          "imported_at": "date", "as_of": "date", "also": "binaries"}
STAMPS = {"schema_version": "int", "created_at": "date", "updated_at": "date"}
MILESTONE = {"id": "objectId or text", "name": "text", "date": "date", "target": "goal", "sport_type": "text",
             "distance": "number", "created_at": "date"}


def raw_keys(classes):
    keys = {"secret": {"embed_token", "callback_url"}, "identity": {"private_note", "bio", "clubs"},
            "location": {"location", "start_latitude", "polyline"}, "health": {"zones", "ftp"}}
    return {key: "sealed text" for name in classes for key in (keys[name] | CLASSES[name])}


ROW = {
    "identity": ["Activity Private Note"],
    "health": ["Athlete Weight", "Max Heart Rate", "Max Heart Rate (2)", "Average Heart Rate", "Relative Effort",
               "Relative Effort (2)", "Perceived Exertion", "Perceived Relative Effort", "Calories"],
}  # fmt: skip


def documents(collection, classes):
    """Returns (fields, required) of a collection: every stored field with its type in schema_values.STORED."""
    stored_types = {"number": "number", "amount": "amount", "share": "share", "percent": "percent", "id": "id",
                    "text": "text", "filled": "filled", "flag": "flag", "count": "count", "int": "int", "date": "date",
                    "unix": "date", "point": "point", "reference": "objectId"}
    sealed = set().union(*(CLASSES[name] for name in classes))

    def typed(kind, fields):
        result = {}
        for key, type in fields.items():
            if key == "athlete":
                type = "id" if kind == "activity" else ABSENT
            if type is ABSENT:
                continue
            name = RENAMED.get(kind, {}).get(key, key)
            if isinstance(type, dict):
                result[name] = typed("", type)
            elif key in sealed:
                result[name] = "sealed text" if type == "text" else "sealed"
            else:
                result[name] = "weight" if key == "weight" else stored_types[type]
        return result

    if collection == "activities":
        fields = typed("activity", FIELDS["activity"])
        return {"_id": "objectId", "user_id": "objectId", "resource_state": "int", **fields, "insights": "analysis", **STAMPS,
                "raw_data": raw_keys(classes), "source": SOURCE,
                "export_row": {"row": {key: "sealed text" if name in classes else "text"
                                       for name, keys in ROW.items() for key in keys},
                               "locale": "text", "source": SOURCE}}, {"strava_activity_id", "start_date"}
    if collection == "insights":
        fields = typed("insight", FIELDS["insight"])
        return {"_id": "objectId", **fields, **STAMPS, "raw_data": raw_keys(classes), "source": SOURCE}, {
            "user_id", "insight_type", "insight_text"}
    if collection == "data_keys":
        return {"_id": "binary", "strava_id": "id", "version": "positive int", "wrapped_key": "binary",
                "master_key_id": "binary", "created_at": "date", "retired_at": "date"}, {
            "strava_id", "version", "wrapped_key", "master_key_id", "created_at"}
    zones = "sealed" if "health" in classes else "object"
    halves = {"athlete": "sealed", "token": "sealed", "zones": zones}
    return {"_id": "objectId", "resource_state": "int", **typed("athlete", FIELDS["athlete"]),
            **typed("token", FIELDS["token"]), "username_hash": "binary", "email_hash": "binary",
            "access_token_hash": "binary", "age": "age", "milestones": [MILESTONE], "last_activity_sync": "date", "stub": "flag",
            "zones": zones, **STAMPS, "export_profile": {"profile": "sealed", "bikes": "sealed", "shoes": "sealed",
                                                         "source": SOURCE}, "raw_data": halves, "source": {name: SOURCE for name in halves}}, {"strava_id"}


def stored_cases(collection, classes):
    """Yields (document, valid, error): every stored field with every value, with null, and without it."""
    fields, required = documents(collection, classes)
    made = []
    base = {"_id": None, **{name: copy.deepcopy(STORED[fields[name]][0][0]) for name in required}}

    def mutate(path, value):
        document = copy.deepcopy(base)
        inner, types = document, fields
        for step in path[:-1]:
            types = types[step]
            if isinstance(types, list):
                types = types[0]
                inner = inner.setdefault(step, [{}])[0]
            else:
                inner = inner.setdefault(step, {})
        inner.pop(path[-1], None)
        if value is not ABSENT:
            inner[path[-1]] = value
        if path != ("_id",):
            # Drivers add an object id to a document.
            document.pop("_id")
            if fields["_id"] == "binary":
                document["_id"] = Binary(len(made).to_bytes(16, "big"), 4)
        return document

    def walk(types, outer):
        for name, type in types.items():
            path = (*outer, name)
            is_needed = len(path) == 1 and name in required
            if path != ("_id",):
                yield mutate(path, ABSENT), not is_needed, f"{'/'.join(path)} absent"
                yield mutate(path, None), not is_needed, f"{'/'.join(path)} null"
            table = STORED["object" if isinstance(type, dict) else "array" if isinstance(type, list) else type]
            for values, good in zip(table, (True, False)):
                for value in values:
                    yield mutate(path, copy.deepcopy(value)), good, f"{'/'.join(path)} {value!r}"
            if isinstance(type, (dict, list)):
                yield from walk(type if isinstance(type, dict) else type[0], path)

    for case in walk(fields, ()):
        made.append(case)
    return made
