"""Programs that read exports and the store: pandas, DuckDB, pyarrow, models generated from docs/schema, and a reader like the
platform's. Each is held against MongoDB's own answers, or against the documents themselves.

Usage: consumers.py tables FOLDER   (activities.ndjson and activities.csv, the same columns)
       consumers.py models FOLDER   (COLLECTION.ndjson of `export`, plain and kept sealed)
       consumers.py queries         (those of docs/access-patterns.md)
Server and database in MONGODB_URI and MONGODB_DATABASE. Prints a line for each complaint, then a JSON object with counts.
"""

import datetime
import importlib.util
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

import dump

SCHEMAS = pathlib.Path(__file__).resolve().parents[2] / "docs" / "schema"
TIMES = ["start_date", "start_date_local", "created_at", "updated_at"]
# The kind of each column, whichever tool reports it.
KINDS = {
    "strava_activity_id": "int", "moving_time": "int", "distance": "float", "total_elevation_gain": "float", "name": "text",
    "average_heartrate": "float", "sport_type": "text", "start_date": "time", "trainer": "bool", "utc_offset": "float",
}


def database():
    return dump.connect()[os.environ["MONGODB_DATABASE"]]


# ---- tables


def wanted(db):
    """Returns MongoDB's aggregates: {sport: (count, meters, seconds, first start, average heart rate or None)}."""
    group = {
        "_id": "$sport_type", "count": {"$sum": 1}, "distance": {"$sum": "$distance"},
        "moving_time": {"$sum": "$moving_time"}, "first": {"$min": "$start_date"}, "rate": {"$avg": "$average_heartrate"},
    }
    from bson import decode

    found = (decode(document.raw) for document in db["activities"].aggregate([{"$group": group}]))
    return {row["_id"]: (row["count"], row["distance"], row["moving_time"], row["first"], row["rate"]) for row in found}


def same(one, other):
    if one is None or other is None or isinstance(one, datetime.datetime):
        return one == other
    return math.isclose(one, other, rel_tol=1e-12)


def pandas_tables(folder):
    import pandas

    readers = {
        "ndjson": lambda path: pandas.read_json(path, lines=True, engine="pyarrow", dtype_backend="pyarrow"),
        "csv": lambda path: pandas.read_csv(path, dtype_backend="pyarrow"),
    }
    tests = {
        "int": pandas.api.types.is_integer_dtype, "float": pandas.api.types.is_float_dtype,
        "bool": pandas.api.types.is_bool_dtype, "time": pandas.api.types.is_datetime64_any_dtype,
        "text": pandas.api.types.is_string_dtype,
    }
    for ending, read in readers.items():
        table = read(folder / f"activities.{ending}")
        for name in TIMES:
            table[name] = pandas.to_datetime(table[name])
        kinds = {name: next((kind for kind, test in tests.items() if test(table[name])), "?") for name in KINDS}
        groups = table.groupby("sport_type").agg(
            count=("strava_activity_id", "size"), distance=("distance", "sum"), moving_time=("moving_time", "sum"),
            first=("start_date", "min"), rate=("average_heartrate", "mean"))
        rows = {
            sport: (row["count"], row["distance"], row["moving_time"], naive(row["first"]), missing(row["rate"]))
            for sport, row in groups.iterrows()
        }
        yield f"pandas {ending}", kinds, rows


def naive(time):
    return time.to_pydatetime().replace(tzinfo=None) if hasattr(time, "to_pydatetime") else time.replace(tzinfo=None)


def missing(value):
    import pandas

    return None if pandas.isna(value) else float(value)


def duckdb_tables(folder):
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    kinds = {
        "BIGINT": "int", "DOUBLE": "float", "VARCHAR": "text", "BOOLEAN": "bool", "TIMESTAMP": "time",
        "TIMESTAMP WITH TIME ZONE": "time",
    }
    for ending, read in ("ndjson", "read_json_auto"), ("csv", "read_csv_auto"):
        source = f"{read}('{folder / f'activities.{ending}'}', sample_size=-1)"
        types = {name: kinds.get(kind, kind) for name, kind, *_ in connection.execute(f"DESCRIBE FROM {source}").fetchall()}
        found = connection.execute(
            "SELECT sport_type, count(*), sum(distance), sum(moving_time), min(start_date)::TIMESTAMP, "
            f"avg(average_heartrate) FROM {source} GROUP BY sport_type").fetchall()
        yield f"duckdb {ending}", {name: types[name] for name in KINDS}, {row[0]: row[1:] for row in found}


def pyarrow_tables(folder):
    import pyarrow
    import pyarrow.csv
    import pyarrow.json

    types = pyarrow.types
    tests = {
        "int": types.is_integer, "float": types.is_floating, "bool": types.is_boolean, "time": types.is_timestamp,
        "text": types.is_string,
    }
    for ending, read in ("ndjson", pyarrow.json.read_json), ("csv", pyarrow.csv.read_csv):
        table = read(folder / f"activities.{ending}")
        # The JSON reader reads times as texts; a cast converts them.
        for name in TIMES:
            place = table.schema.get_field_index(name)
            table = table.set_column(place, name, table[name].cast(pyarrow.timestamp("ms", "UTC")))
        kinds = {
            name: next((kind for kind, test in tests.items() if test(table.schema.field(name).type)), "?") for name in KINDS
        }
        groups = table.group_by("sport_type").aggregate([
            ("strava_activity_id", "count"), ("distance", "sum"), ("moving_time", "sum"), ("start_date", "min"),
            ("average_heartrate", "mean"),
        ]).to_pylist()  # fmt: skip
        yield f"pyarrow {ending}", kinds, {
            row["sport_type"]: (
                row["strava_activity_id_count"], row["distance_sum"], row["moving_time_sum"],
                row["start_date_min"].replace(tzinfo=None), row["average_heartrate_mean"],
            )
            for row in groups
        }  # fmt: skip


def tables(folder):
    truth = wanted(database())
    compared = 0
    for reader in pandas_tables, duckdb_tables, pyarrow_tables:
        for name, kinds, rows in reader(folder):
            for column, kind in KINDS.items():
                if kinds[column] != kind:
                    print(f"{name}: {column} is {kinds[column]}, not {kind}")
            if rows.keys() != truth.keys():
                print(f"{name}: other sports")
            for sport, values in rows.items():
                for one, other in zip(values, truth.get(sport, ())):
                    compared += 1
                    if not same(one, other):
                        print(f"{name}: {sport}: {one} is not {other}")
    print(json.dumps({"readers": 6, "values": compared}))


# ---- models


def models(schema):
    """Returns the Pydantic model that datamodel-code-generator makes from a schema."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "generated.py")
        subprocess.run(
            [
                pathlib.Path(sys.executable).with_name("datamodel-codegen"), "--input", schema, "--output", path,
                "--input-file-type", "jsonschema", "--output-model-type", "pydantic_v2.BaseModel", "--class-name", "Document",
                "--target-python-version", "3.11", "--disable-timestamp",
            ],
            check=True,
        )  # fmt: skip
        found = importlib.util.spec_from_file_location(f"generated_{schema.name.replace('.', '_')}", path)
        module = importlib.util.module_from_spec(found)
        sys.modules[module.__name__] = module
        found.loader.exec_module(module)
        return module.Document


def accept(model, document, place):
    import pydantic

    try:
        model.model_validate(document)
        return True
    except pydantic.ValidationError as error:
        print(f"{place}: {error}"[:1000])
        return False


def validate_all(folder):
    from bson import decode, json_util

    options = json_util.RELAXED_JSON_OPTIONS
    counts = {"exported": 0, "stored": 0, "refused": 0}
    for collection in "users", "activities", "insights":
        model = models(SCHEMAS / f"{collection}.exported.schema.json")
        for path in sorted(folder.glob(f"{collection}*.ndjson")):
            # splitlines() would also split at U+2028.
            for line in path.read_text().rstrip("\n").split("\n"):
                counts["exported"] += accept(model, json.loads(line), path.name)
        model = models(SCHEMAS / f"{collection}.stored.schema.json")
        for document in database()[collection].find():
            text = json_util.dumps(decode(document.raw), json_options=options)
            counts["stored"] += accept(model, json.loads(text), f"stored {collection}")
        # A model that accepts everything would show nothing.
        counts["refused"] += not quietly(model, {"_id": 1, "strava_id": "x", "user_id": 5})
    print(json.dumps(counts))


def quietly(model, document):
    import pydantic

    try:
        model.model_validate(document)
        return True
    except pydantic.ValidationError:
        return False


# ---- queries


class Reader:
    """Reads the store as the platform's backend does: queries of the access patterns, documents as models."""

    def __init__(self, db):
        self.db = db
        self.models = {name: models(SCHEMAS / f"{name}.stored.schema.json") for name in ("users", "activities", "insights")}

    def read(self, pattern, values):
        from bson import json_util

        found = pattern.run(self.db, values)
        model = None if pattern.then else self.models.get(pattern.collection)
        if model is None:
            return found, len(found)
        texts = (json_util.dumps(one, json_options=json_util.RELAXED_JSON_OPTIONS) for one in found)
        return found, sum(accept(model, json.loads(text), pattern.name) for text in texts)


def real_values(db):
    """Returns values for the queries, from the documents of the database."""
    activity = db.activities.find_one({"strava_activity_id": 90000000001})
    user = db.users.find_one({"_id": activity["user_id"]})
    insight = db.insights.find_one({"user_id": user["_id"]})
    return {
        "user": user["_id"], "athlete": user["strava_id"], "activity": insight["activity_id"],
        "strava activity": activity["strava_activity_id"], "sport": activity["sport_type"], "type": activity["type"],
        "insight type": insight["insight_type"], "from": datetime.datetime(2000, 1, 1), "to": datetime.datetime(2100, 1, 1),
        "last": datetime.datetime(2100, 1, 1), "metres": 100.0, "username hash": user["username_hash"],
        "email hash": db.users.find_one({"email_hash": {"$exists": True}})["email_hash"],
        "token hash": user["access_token_hash"],
    }  # fmt: skip


def queries():
    import access_patterns
    from pymongo import MongoClient

    db = MongoClient(os.environ["MONGODB_URI"])[os.environ["MONGODB_DATABASE"]]
    reader, values = Reader(db), real_values(db)
    db.activities.update_one({}, {"$set": {"insights": [{"text": "Synthetic."}]}})
    asked = 0
    for pattern in access_patterns.patterns():
        if not pattern.is_in("specification"):
            continue
        asked += 1
        found, accepted = reader.read(pattern, values)
        if not found or accepted != len(found):
            print(f"{pattern.name}: {len(found)} found, {accepted} accepted")
        # The requested order; a missing value comes first in ascending order.
        for field, direction in list(pattern.sort.items())[:1]:
            keys = [one.get(field) for one in found] if not pattern.then else []
            keys = [key for key in keys if key is not None]
            if keys != sorted(keys, reverse=direction < 0):
                print(f"{pattern.name}: not in order")
    print(json.dumps({"queries": asked}))


if __name__ == "__main__":
    match sys.argv[1]:
        case "tables":
            tables(pathlib.Path(sys.argv[2]))
        case "models":
            validate_all(pathlib.Path(sys.argv[2]))
        case "queries":
            queries()
