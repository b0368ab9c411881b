"""Compares an export with its database: every value and its type, every key in its order.

Usage: exported.py KEYFILE COLLECTION FILE, the file NDJSON of `export --decrypt`. Server and database in MONGODB_URI and
MONGODB_DATABASE. Prints a line for each difference, then a JSON object with the number of documents looked at. BSON is
read byte by byte, by code that shares nothing with the program's.
"""

import base64
import datetime
import decimal
import json
import os
import sys
import uuid

import dump
from bson import Decimal128


class Literal(str):
    """A number as it is written in the file."""


class Wanted:
    """Returns the expected text of a number."""

    def __init__(self, value, is_double=False):
        self.value = value
        self.is_double = is_double

    def matches(self, literal):
        if not isinstance(literal, Literal) or decimal.Decimal(literal) != self.value:
            return False
        # A double can be recognized as one, and a zero has its sign.
        marked = bool(set(literal) & set(".eE"))
        return marked and decimal.Decimal(literal).is_signed() == self.value.is_signed() if self.is_double else True


class Reader(dump.Reader):
    def value(self, kind):
        match kind:
            case 0x01:
                return Wanted(decimal.Decimal(repr(self.number("<d"))), is_double=True)
            case 0x05:
                count, subtype = self.number("<i"), self.take(1)[0]
                data = self.take(count)
                if subtype == 0x80:
                    return envelope(data)
                return str(uuid.UUID(bytes=data)) if subtype == 4 else base64.b64encode(data).decode()
            case 0x07:
                return self.take(12).hex()
            case 0x09:
                return iso(self.number("<q"))
            case 0x10:
                return Wanted(decimal.Decimal(self.number("<i")))
            case 0x12:
                return Wanted(decimal.Decimal(self.number("<q")))
            case 0x13:
                return Wanted(decimal.Decimal(str(Decimal128.from_bid(bytes(self.take(16))))))
        return super().value(kind)


def envelope(data):
    """Returns an envelope in the form that dump.Opener looks for."""
    return [("$binary", [("base64", base64.b64encode(data).decode()), ("subType", "80")])]


def iso(milliseconds):
    time = datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=milliseconds)
    return time.isoformat(timespec="milliseconds") + "Z"


class Opener(dump.Opener):
    def opened(self, collection, pairs):
        document = dict(pairs)
        if collection == "insights":
            key, athlete = document["_id"], None
        else:
            names = {"users": ("strava_id", "strava_id"), "activities": ("strava_activity_id", "athlete_id")}
            key, athlete = (str(document[name].value) for name in names[collection])
        return self.inside(pairs, f"strava-store/1/{collection}/{key}", athlete)


def differences(wanted, found, place):
    if isinstance(wanted, Wanted):
        if not wanted.matches(found):
            yield f"{place}: {found!r} is not {wanted.value}"
    elif isinstance(wanted, dump.Array):
        if not isinstance(found, list) or len(wanted) != len(found):
            yield f"{place}: not the same array"
        else:
            for index, (one, other) in enumerate(zip(wanted, found)):
                yield from differences(one, other, f"{place}/{index}")
    elif isinstance(wanted, list):
        if not isinstance(found, tuple) or [name for name, _ in wanted] != [name for name, _ in found]:
            yield f"{place}: not the same keys in the same order"
        else:
            for (name, one), (_, other) in zip(wanted, found):
                yield from differences(one, other, f"{place}/{name}")
    elif wanted != found or type(wanted) is not type(found):
        yield f"{place}: {found!r} is not {wanted!r}"


def main():
    key_file, collection, path = sys.argv[1:]
    decoder = json.JSONDecoder(parse_int=Literal, parse_float=Literal, object_pairs_hook=tuple)
    with open(path, encoding="utf-8", newline="\n") as file:
        lines = [decoder.decode(line) for line in file]
    database = dump.connect()[os.environ["MONGODB_DATABASE"]]
    opener = Opener(database, key_file, Reader, shown=lambda value: value)
    looked_at = 0
    for document, line in zip(database[collection].find().sort("_id", 1), lines, strict=True):
        looked_at += 1
        wanted = opener.opened(collection, Reader(bytes(document.raw)).document())
        for difference in differences(wanted, line, f"{collection}/{document['_id']}"):
            print(difference)
    print(json.dumps({"documents": looked_at}))


main()
