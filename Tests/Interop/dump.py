"""Prints every document of a database as `collection<TAB>canonical Extended JSON`, one a line.

Usage: dump.py [--key-file FILE] [--omit FIELD]... [COLLECTION]...; server and database in MONGODB_URI and MONGODB_DATABASE.

Equal databases print equal text: lines are sorted, and so are a document's own fields, whose order an update
may change, and a user's two halves. Other inner objects keep their order, which is part of raw data. The BSON is
read here byte by byte, since the driver would take `{"$ref": …}` inside raw data for a reference, and drops all
but the last of duplicate keys. With a key file, sealed values are decrypted and shown as `{"$sealed": value}`.
"""

import argparse
import base64
import json
import os
import struct

import bson
import open_sealed
from bson import Binary, Decimal128
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient


class Reader:
    """Reads the bytes of one document. An object becomes a list of pairs, so that nothing is lost."""

    def __init__(self, data):
        self.data = data
        self.place = 0

    def take(self, count):
        self.place += count
        return self.data[self.place - count : self.place]

    def number(self, format):
        return struct.unpack(format, self.take(struct.calcsize(format)))[0]

    def name(self):
        end = self.data.index(0, self.place)
        text = self.take(end - self.place).decode()
        self.place += 1
        return text

    def text(self):
        text = self.take(self.number("<i") - 1).decode()
        self.place += 1
        return text

    def document(self):
        end = self.place + self.number("<i")
        pairs = []
        while kind := self.take(1)[0]:
            name = self.name()
            pairs.append((name, self.value(kind)))
        if self.place != end:
            raise ValueError(f"a document ends at byte {self.place} instead of {end}")
        return pairs

    def value(self, kind):
        match kind:
            case 0x01:
                return [("$numberDouble", double(self.number("<d")))]
            case 0x02:
                return self.text()
            case 0x03:
                return self.document()
            case 0x04:
                return Array(value for _, value in self.document())
            case 0x05:
                count, subtype = self.number("<i"), self.take(1)
                encoded = base64.b64encode(self.take(count)).decode()
                return [("$binary", [("base64", encoded), ("subType", subtype.hex())])]
            case 0x07:
                return [("$oid", self.take(12).hex())]
            case 0x08:
                return self.take(1) == b"\x01"
            case 0x09:
                return [("$date", [("$numberLong", str(self.number("<q")))])]
            case 0x0A:
                return None
            case 0x10:
                return [("$numberInt", str(self.number("<i")))]
            case 0x12:
                return [("$numberLong", str(self.number("<q")))]
            case 0x13:
                return [("$numberDecimal", str(Decimal128.from_bid(bytes(self.take(16)))))]
        raise ValueError(f"BSON type {kind:#04x} is not one that strava-store writes")


class Array(list):
    """An array, to distinguish it from an object, which is a plain list of pairs."""


def double(value):
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(value)


def rendered(value):
    if isinstance(value, Array):
        return "[" + ",".join(map(rendered, value)) + "]"
    if isinstance(value, list):
        return "{" + ",".join(f"{json.dumps(name)}:{rendered(inner)}" for name, inner in value) + "}"
    return json.dumps(value)


class Opener:
    """Decrypts the sealed values of a database. `reader` reads the content, and `shown` makes its printed form."""

    def __init__(self, database, key_file, reader=Reader, shown=lambda value: [("$sealed", value)]):
        self.database = database
        self.reader = reader
        self.shown = shown
        with open(key_file, encoding="ascii") as file:
            self.masters, _ = open_sealed.read_key_file(file.read())
        self.keys = {}
        self.athletes = {}

    def key(self, envelope):
        identifier = open_sealed.key_id(envelope)
        if identifier not in self.keys:
            name = Binary(identifier, 4)
            document = bson.decode(self.database["data_keys"].find_one({"_id": name}).raw)
            self.keys[identifier] = document["strava_id"], open_sealed.unwrap(document, self.masters)
        return self.keys[identifier]

    def opened(self, collection, pairs):
        document = {name: value for name, value in pairs if not isinstance(value, Array)}
        match collection:
            case "users":
                key = athlete = plain(document.get("strava_id"))
            case "activities":
                key, athlete = plain(document["strava_activity_id"]), plain(document.get("athlete_id"))
            case "insights":
                key, athlete = plain(document["_id"]), None
            case _:
                return pairs
        return self.inside(pairs, f"strava-store/1/{collection}/{key}", athlete)

    def inside(self, value, place, athlete):
        if isinstance(value, Array):
            return Array(self.inside(inner, f"{place}/{index}", athlete) for index, inner in enumerate(value))
        if not isinstance(value, list):
            return value
        if len(value) == 1 and value[0][0] == "$binary" and dict(value[0][1])["subType"] == "80":
            envelope = base64.b64decode(dict(value[0][1])["base64"])
            owner, key = self.key(envelope)
            if athlete not in (None, str(owner)):
                raise ValueError(f"{place} is sealed under another athlete's key")
            ((_, inner),) = self.reader(open_sealed.open_envelope(envelope, key, place)).document()
            return self.shown(inner)
        return [
            (name, self.inside(inner, place + "/" + name.replace("~", "~0").replace("/", "~1"), athlete))
            for name, inner in value
        ]


def plain(value):
    """Returns the text of a whole number of any type, or of an object id."""
    if not isinstance(value, list):
        return value and value.text
    kind, text = value[0]
    return text if kind in ("$oid", "$numberInt", "$numberLong") else str(int(float(text)))


def without(pairs, omitted):
    kept = []
    for name, value in pairs:
        if name in omitted:
            continue
        inner = {path.removeprefix(name + ".") for path in omitted if path.startswith(name + ".")}
        if inner and isinstance(value, list) and not isinstance(value, Array):
            value = without(value, inner)
        kept.append((name, value))
    return kept


# The parts of a user that come from the profile and from the token; either may be written first.
HALVES = ("raw_data", "source")


def by_name(value):
    """Sorts an object's pairs, and returns any other value unchanged."""
    if isinstance(value, Array) or not isinstance(value, list):
        return value
    return sorted(value, key=lambda pair: pair[0])


def in_order(collection, pairs):
    if collection == "users":
        pairs = [(name, by_name(value) if name in HALVES else value) for name, value in pairs]
    return by_name(pairs)


def connect():
    return MongoClient(os.environ["MONGODB_URI"], document_class=RawBSONDocument, serverSelectionTimeoutMS=10000)


def lines(database, omit=(), collections=(), key_file=None):
    found = []
    opener = Opener(database, key_file) if key_file else None
    for collection in collections or database.list_collection_names():
        for document in database[collection].find():
            # The driver returns the bytes of a long document as a view of a buffer.
            pairs = Reader(bytes(document.raw)).document()
            if opener:
                pairs = opener.opened(collection, pairs)
            pairs = without(pairs, set(omit))
            found.append(f"{collection}\t{rendered(in_order(collection, pairs))}")
    return sorted(found)


def main():
    arguments = argparse.ArgumentParser(description="Prints a database as canonical Extended JSON.")
    arguments.add_argument("--omit", action="append", default=[], metavar="FIELD")
    arguments.add_argument("--key-file", metavar="FILE")
    arguments.add_argument("collections", nargs="*", metavar="COLLECTION")
    chosen = arguments.parse_args()
    for line in lines(connect()[os.environ["MONGODB_DATABASE"]], chosen.omit, chosen.collections, chosen.key_file):
        print(line)


if __name__ == "__main__":
    main()
