"""Compares stored raw data with the input: every number as an exact decimal, every key in its order.

Usage: fidelity.py KEYFILE lines RECORDS VERDICTS   (what hostile.py made)
       fidelity.py KEYFILE fixtures FOLDER          (the folder `fixtures`)
Server and database in MONGODB_URI and MONGODB_DATABASE. Prints a line for each difference, then a JSON object with
the number of records looked at. BSON is read byte by byte, by code that shares nothing with the program's.
"""

import decimal
import json
import os
import pathlib
import sys

import bson
import dump
from bson import Decimal128
from bson.raw_bson import RawBSONDocument

FORMS = {0x01: ("double", "<d"), 0x10: ("int32", "<i"), 0x12: ("int64", "<q")}


class Number:
    """A stored number: its BSON type and its text."""

    def __init__(self, form, text):
        self.form = form
        self.text = text


class Reader(dump.Reader):
    def value(self, kind):
        if kind in FORMS:
            form, layout = FORMS[kind]
            return Number(form, repr(self.number(layout)))
        if kind == 0x13:
            return Number("decimal128", str(Decimal128.from_bid(bytes(self.take(16)))))
        return super().value(kind)


class Literal(str):
    """A number as the input wrote it."""


def decoder(number):
    return json.JSONDecoder(parse_int=number, parse_float=number, object_pairs_hook=tuple)


LITERALS = decoder(Literal)
DECIMALS = decoder(decimal.Decimal)
INTEGERS = {"int32": 2**31, "int64": 2**63}


def printed(value):
    """Returns a stored value as JSON text."""
    if isinstance(value, dump.Array):
        return "[" + ",".join(map(printed, value)) + "]"
    if isinstance(value, list):
        return "{" + ",".join(f"{json.dumps(key)}:{printed(inner)}" for key, inner in value) + "}"
    return value.text if isinstance(value, Number) else json.dumps(value)


def wanted_form(literal):
    """Returns the BSON type that docs/schema.md defines for a number."""
    if set(literal) & set(".eE"):
        return "double" if decimal.Decimal(repr(float(literal))) == decimal.Decimal(literal) else "decimal128"
    value = int(literal)
    return next((form for form, limit in INTEGERS.items() if -limit <= value < limit), "decimal128")


def numbers(stored, wanted, place):
    """Yields where the numbers of two otherwise equal values differ in type, or a zero in its sign."""
    if isinstance(wanted, Literal):
        form = wanted_form(wanted)
        if stored.form != form:
            yield f"{place}: {wanted} is {stored.form}, not {form}"
        zero = decimal.Decimal(wanted)
        if form == "double" and not zero and zero.is_signed() != stored.text.startswith("-"):
            yield f"{place}: {wanted} has lost its sign"
    elif isinstance(wanted, tuple):
        for (_, inner), (key, value) in zip(stored, wanted):
            yield from numbers(inner, value, f"{place}/{key}")
    elif isinstance(wanted, list):
        for inner, value in zip(stored, wanted):
            yield from numbers(inner, value, f"{place}/-")


def moves_references():
    """Returns whether the server treats `$ref` and `$id` in data as a reference and moves them to the front (the stand-in
    server does). It is found out with a document that the program did not write."""
    collection = dump.connect()[os.environ["MONGODB_DATABASE"]]["fidelity_probe"]
    collection.insert_one(RawBSONDocument(bson.encode({"_id": 1, "x": {"before": 1, "$ref": "x", "$id": 1}})))
    (probe,) = collection.find()
    collection.drop()
    keys = [key for key, _ in dict(Reader(bytes(probe.raw)).document())["x"]]
    if sorted(keys) != ["$id", "$ref", "before"]:
        raise ValueError(f"the server makes {keys} of a reference")
    return keys[0] != "before"


REFERENCE = ("$ref", "$id", "$db")


def moved(value):
    """Returns the value as a server stores it that moves references."""
    if isinstance(value, list):
        return [moved(inner) for inner in value]
    if not isinstance(value, tuple):
        return value
    pairs = [(key, moved(inner)) for key, inner in value]
    members = dict(pairs)
    # A driver treats an object as a reference if $ref is a text and $db is a text or missing.
    if "$id" in members and type(members.get("$ref")) is str and type(members.get("$db")) in (str, type(None)):
        pairs.sort(key=lambda pair: REFERENCE.index(pair[0]) if pair[0] in REFERENCE else len(REFERENCE))
    return tuple(pairs)


def differences(stored, text, place, arranged):
    """Yields how a stored object differs from the JSON text of a record.

    `arranged` applies the server's changes of order to the text's value.
    """
    if DECIMALS.decode(printed(stored)) != arranged(DECIMALS.decode(text)):
        yield f"{place}: {printed(stored)[:2000]} is not {text[:2000]}"
    else:
        yield from numbers(stored, arranged(LITERALS.decode(text)), place)


def documents(collection):
    database = dump.connect()[os.environ["MONGODB_DATABASE"]]
    opener = dump.Opener(database, sys.argv[1], Reader, shown=lambda value: value)
    for document in database[collection].find():
        yield dict(opener.opened(collection, Reader(bytes(document.raw)).document()))


# ---- generated records


def compare_lines(records, verdicts, arranged):
    texts = {}
    with open(records, "rb") as lines, open(verdicts) as rulings:
        for line, ruling in zip(lines, rulings, strict=True):
            number, verdict = ruling.split()
            if verdict == "stored":
                texts[int(number)] = line.decode()
    looked_at = 0
    for document in documents("activities"):
        number = int(document["strava_activity_id"].text)
        text = texts.pop(number, None)
        if text is None:
            print(f"{number}: is stored, and should have been refused")
            continue
        looked_at += 1
        for difference in differences(document["raw_data"], text, str(number), arranged):
            print(difference)
    for number in texts:
        print(f"{number}: is not stored")
    print(json.dumps({"activities": looked_at}))


# ---- fixtures


def text_of(value):
    """Returns a value of fixtures/check.py as JSON text, with numbers as they were written."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{text_of(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(text_of, value)) + "]"
    return str(value) if type(value).__name__ == "Number" else json.dumps(value)


def zones_in(value):
    """Yields every object with an athlete's zones, at any depth."""
    if isinstance(value, dict):
        zones = [value.get(name) for name in ("heart_rate", "power")]
        if any(isinstance(one, dict) and isinstance(one.get("zones"), list) for one in zones):
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from zones_in(inner)


def compare_fixtures(folder, arranged):
    sys.path.insert(0, str(folder))
    import check

    # By kind and id: the rank, and the text with the highest one. check.py ensures that equal ranks have equal content.
    wanted = {}
    insights, zones = [], []
    for path in sorted(p for p in (folder / "valid").rglob("*") if p.is_file()):
        for value in (value for text in check.texts(path) for value in check.values(text)):
            zones += map(text_of, zones_in(value))
            for kind, record in check.records(value):
                if kind == "insight":
                    insights.append(text_of(record))
                    continue
                number = check.owner(record) if kind == "token" else check.number(record["id"])
                rank = check.rank(kind, record)
                if rank > wanted.get((kind, number), (0, ""))[0]:
                    wanted[kind, number] = rank, text_of(record)
    looked_at = {"activity": 0, "athlete": 0, "token": 0, "zones": 0, "insight": 0}

    def compare(kind, number, stored):
        _, text = wanted.pop((kind, int(number.text)), (0, None))
        if text is None:
            print(f"{kind} {number.text}: is stored, and is in no fixture")
            return
        looked_at[kind] += 1
        for difference in differences(stored, text, f"{kind} {number.text}", arranged):
            print(difference)

    for document in documents("activities"):
        compare("activity", document["strava_activity_id"], document["raw_data"])
    for document in documents("users"):
        for kind, stored in document.get("raw_data", []):
            if kind != "zones":
                compare(kind, document["strava_id"], stored)
            elif any(not list(differences(stored, text, "", arranged)) for text in zones):
                looked_at["zones"] += 1
            else:
                print(f"zones {printed(stored)}: are in no fixture")
    for document in documents("insights"):
        stored = document["raw_data"]
        match = next((text for text in insights if not list(differences(stored, text, "", arranged))), None)
        if match is None:
            print(f"insight {printed(stored)}: is in no fixture")
        else:
            insights.remove(match)
            looked_at["insight"] += 1
    for kind, number in wanted:
        print(f"{kind} {number}: is not stored")
    for text in insights:
        print(f"insight {text}: is not stored")
    print(json.dumps(looked_at))


if __name__ == "__main__":
    arranged = moved if moves_references() else lambda value: value
    if sys.argv[2] == "lines":
        compare_lines(sys.argv[3], sys.argv[4], arranged)
    else:
        compare_fixtures(pathlib.Path(sys.argv[3]), arranged)
