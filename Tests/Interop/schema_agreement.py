"""Compares three validators: the program, PyPI's jsonschema, and the server.

Usage: schema_agreement.py PROGRAM [--seed N]; server and database in MONGODB_URI and MONGODB_DATABASE.

- Records, good ones and ones with one fault in one field, go to `import --dry-run` and to jsonschema under the JSON
  Schema of the input form. The documents that they would make go to the server, into collections with the validator.
- Documents with one fault in one stored field go to the server and to jsonschema under the schema of the stored form,
  and into a database without validators, which `validate --db` checks.
- Records that a JSON Schema cannot judge, as docs/schema.md explains, must go on being judged differently.

Prints one JSON object with the counts; exits with 1 and prints the disagreements if there are any.
"""

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile

import jsonschema
from bson import Binary, Int64, json_util
from pymongo import MongoClient
from pymongo.errors import BulkWriteError

import schema_cases as cases

COUNTS = {"activity": 11000, "athlete": 4000, "token": 3500, "insight": 3500}
SHOWN = 20

# Errors that JSON readers hide from a JSON Schema: it accepts these texts, and the program refuses them. See docs/schema.md.
BEYOND_SCHEMA = {
    "a fraction that no double holds": '"moving_time": 1.00000000000000000001',
    "a key that comes twice": '"name": "a", "name": "b"',
    "a lone surrogate": '"name": "\\ud800"',
    "a NUL in a key": '"a\\u0000b": 1',
    "more digits than 34": '"not_seen_before": 1234567890123456789012345678901234567',
    "nested too deeply": '"not_seen_before": ' + "[" * 120 + "]" * 120,
}


class Agreement:
    def __init__(self, program, seed):
        self.program, self.seed = program, seed
        self.disagreements = []
        self.counts = {}

    def schema(self, *arguments):
        out = subprocess.run([self.program, "schema", *arguments], check=True, capture_output=True, text=True).stdout
        return json.loads(out)

    def disagree(self, who, good, case):
        self.disagreements.append(f"{who} says {'bad' if good else 'good'} of {case}")

    # MARK: The program

    def rejected(self, kind, records, folder, *arguments):
        """Returns the number of records, and how many of them the program rejects."""
        path = os.path.join(folder, "records.ndjson")
        with open(path, "w") as file:
            file.writelines(record + "\n" for record in records)
        ran = subprocess.run(
            [self.program, "import", path, "--dry-run", "--json", "--quiet", *arguments],
            capture_output=True, text=True)
        summary = json.loads(ran.stdout)
        total, own = summary["total"], summary["kinds"].get(kind, {})
        return total, own

    def check_ours(self, kind, made, good, folder):
        """Checks that valid records are all accepted, and invalid ones all rejected.

        If not, the list is halved again and again to find the record.
        """
        if not made:
            return
        # The athlete of the command line applies to records that do not name one, and contradicts the others.
        owner = [] if cases.names_athlete(made[0].record) else ["--athlete", "900000001"]
        total, own = self.rejected(kind, [json.dumps(case.record) for case in made], folder, *owner)
        if good:
            agree = total["rejected"] == 0 and total["skipped"] == 0 and own.get("valid") == len(made)
        else:
            # At most one each: the athlete inside a rejected token is not checked.
            agree = total["rejected"] == len(made)
        if agree:
            return
        if len(made) == 1:
            self.disagree("the program", good, made[0])
        elif len(self.disagreements) < SHOWN:
            middle = len(made) // 2
            self.check_ours(kind, made[:middle], good, folder)
            self.check_ours(kind, made[middle:], good, folder)

    # MARK: The server

    def insert(self, collection, documents):
        """Returns for each document whether the server accepted it."""
        taken = [True] * len(documents)
        for start in range(0, len(documents), 1000):
            try:
                collection.insert_many(documents[start : start + 1000], ordered=False)
            except BulkWriteError as error:
                for refused in error.details["writeErrors"]:
                    if refused["code"] != 121:
                        raise
                    taken[start + refused["index"]] = False
        return taken

    def run(self):
        client = MongoClient(os.environ["MONGODB_URI"])
        database = client[os.environ["MONGODB_DATABASE"]]
        self.check_tables()
        generator = cases.Generator(self.seed)
        for kind, count in COUNTS.items():
            self.check_records(generator, kind, generator.cases(kind, count), database)
        for classes in cases.POLICIES:
            unguarded = client[f"{database.name}_{len(classes)}"]
            unguarded.store_settings.insert_one({"_id": "sealing", "classes": list(classes)})
            expected = {}
            for collection in ["users", "activities", "insights", "data_keys"]:
                expected |= self.check_documents(collection, classes, database, unguarded)
            self.check_stored(expected, unguarded)
            client.drop_database(unguarded.name)
        self.check_beyond()

    def check_records(self, generator, kind, made, database):
        with multiprocessing.Pool(2, set_schema, [self.schema("--collection", cases.COLLECTION[kind], "--form", "input")]) as pool:
            verdicts = pool.map(verdict, [json.dumps(case.record) for case in made], chunksize=200)
        for case, good in zip(made, verdicts):
            if good != case.good:
                self.disagree("jsonschema", case.good, case)
        with tempfile.TemporaryDirectory() as folder:
            for good in (True, False):
                for named in (True, False):
                    some = [case for case in made if case.good == good and cases.names_athlete(case.record) == named]
                    self.check_ours(kind, some, good, folder)
        self.count(f"{kind} records", len(made))
        stored = [case for case in made if case.stored]
        for place, classes in enumerate(cases.POLICIES):
            some = stored[place::2]
            taken = self.insert(self.collection(database, cases.COLLECTION[kind], classes, kind),
                                [generator.document(case, classes) for case in some])
            for case, good in zip(some, taken):
                if good != case.good:
                    self.disagree(f"the server ({', '.join(classes)} sealed)", case.good, case)
            self.count(f"{kind} documents", len(some))

    def check_documents(self, collection, classes, database, unguarded):
        """Returns the documents that were inserted without a validator, by their names there."""
        made = cases.stored_cases(collection, classes)
        arguments = ["--seal", ",".join(classes[2:])] if classes[2:] else []
        schema = self.schema("--collection", collection, "--form", "stored", *arguments)
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(schema)
        # The server adds a missing _id; the texts are made before that.
        given = {"_id": cases.STORED["binary" if collection == "data_keys" else "objectId"][0][0]}
        texts = [json.loads(json_util.dumps({**given, **document}, json_options=json_util.RELAXED_JSON_OPTIONS))
                 for document, _, _ in made]
        hidden = [is_hidden_in_text(document, fault) for document, _, fault in made]
        taken = self.insert(self.collection(database, collection, classes, "stored"), [one for one, _, _ in made])
        for (_, good, fault), text, is_hidden, took in zip(made, texts, hidden, taken):
            case = f"{collection}, {fault} ({', '.join(classes)} sealed)"
            if took != good:
                self.disagree("the server", good, case)
            if not is_hidden and validator.is_valid(text) != good:
                self.disagree("jsonschema, stored form,", good, case)
        self.count(f"{collection} with a fault in the store", len(made))
        # Servers accept neither an array as _id nor the same _id twice.
        storable = [one for one in made if not isinstance(one[0]["_id"], list)]
        try:
            unguarded[collection].insert_many([document for document, _, _ in storable], ordered=False)
        except BulkWriteError as error:
            assert {refused["code"] for refused in error.details["writeErrors"]} == {11000}, error.details
        return {f"{collection}/{shown(document['_id'])}": (good, f"{collection}, {fault} ({', '.join(classes)} sealed)")
                for document, good, fault in storable}

    def check_stored(self, expected, database):
        """Runs the program's check of stored documents, without the keys."""
        ran = subprocess.run(
            [self.program, "validate", "--db", database.name, "--format", "jsonl"], capture_output=True, text=True)
        if ran.returncode != 1:
            sys.exit(f"validate --db ended with {ran.returncode}: {ran.stderr}")
        told = {json.loads(line)["document"] for line in ran.stdout.splitlines()}
        for name, (good, case) in expected.items():
            if (name not in told) != good:
                self.disagree("validate --db", good, case)
        for name in told - set(expected):
            self.disagreements.append(f"validate --db names {name}, which is not there")

    def collection(self, database, name, classes, purpose):
        arguments = ["--seal", ",".join(classes[2:])] if classes[2:] else []
        validator = self.schema("--collection", name, "--format", "mongodb", *arguments)
        return database.create_collection(f"{name}_{purpose}_{len(classes)}", validator=json_util.loads(json.dumps(validator)))

    # MARK: The rest

    def check_tables(self):
        """Checks that the schema and the tables of the tests have the same fields."""
        for classes in cases.POLICIES:
            arguments = ["--seal", ",".join(classes[2:])] if classes[2:] else []
            for name, validator in self.schema("--format", "mongodb", *arguments).items():
                fields, required = cases.documents(name, classes)
                schema = validator["$jsonSchema"]
                self.same_fields(name, fields, schema)
                if set(schema["required"]) != required:
                    self.disagreements.append(f"{name} requires {schema['required']}")

    def same_fields(self, place, fields, schema):
        properties = schema.get("properties", {})
        # The tables have only some keys of raw data.
        if set(fields) != set(properties) and not (place.endswith(".raw_data") and set(fields) < set(properties)):
            self.disagreements.append(f"{place}: only one side has {sorted(set(fields) ^ set(properties))}")
        for name, inner in fields.items():
            if isinstance(inner, dict):
                self.same_fields(f"{place}.{name}", inner, properties[name])
            if isinstance(inner, list):
                self.same_fields(f"{place}.{name}", inner[0], properties[name]["items"])

    def check_beyond(self):
        validator = jsonschema.Draft202012Validator(self.schema("--collection", "activities", "--form", "input"))
        record = '{"id": 90000000001, "resource_state": 2, "start_date": "2024-05-01T06:30:00Z", "distance": 1, "type": "Run", '
        with tempfile.TemporaryDirectory() as folder:
            for what, member in BEYOND_SCHEMA.items():
                text = record + member + "}"
                total, _ = self.rejected("activity", [text], folder, "--athlete", "900000001")
                if not validator.is_valid(json.loads(text)) or total["rejected"] != 1:
                    self.disagreements.append(f"{what}: no longer judged as docs/schema.md says")
        self.count("explained differences", len(BEYOND_SCHEMA))

    def count(self, what, number):
        self.counts[what] = self.counts.get(what, 0) + number


def shown(id):
    """Returns an _id as findings name it; one of an unusual type is named by its type alone."""
    match id:
        case Binary(subtype=4):
            return str(id.as_uuid())
        case bool() | float() | dict() | bytes():
            return {bool: "bool", float: "double", dict: "document", Binary: "binary"}[type(id)]
        case _:
            return str(id)


def is_hidden_in_text(document, fault):
    """Distinguishes int, long and whole double as the server does; relaxed Extended JSON writes them in the same way."""
    def numbers(value):
        if isinstance(value, dict):
            return any(numbers(inner) for inner in value.values())
        if isinstance(value, list):
            return any(numbers(inner) for inner in value)
        return isinstance(value, (Int64, float)) and not isinstance(value, bool) and value == int(value)

    return fault.split(" ")[-1].replace(".", "").isdigit() and numbers(document)


validator = None


def set_schema(schema):
    global validator
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)


def verdict(text):
    return validator.is_valid(json.loads(text))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--seed", type=int, default=20240501)
    options = parser.parse_args()
    agreement = Agreement(options.program, options.seed)
    agreement.run()
    print(json.dumps({"counts": agreement.counts, "disagreements": len(agreement.disagreements)}))
    for line in agreement.disagreements[:SHOWN]:
        print(line, file=sys.stderr)
    sys.exit(1 if agreement.disagreements else 0)
