"""Decrypts every sealed field of a database: a reference reader of docs/sealing.md, which you may copy.

Usage: open_sealed.py --key-file FILE [--passphrase-fd N]; server and database in MONGODB_URI and MONGODB_DATABASE.

Prints `collection<TAB>key<TAB>path<TAB>value as canonical Extended JSON` a field. Ends with 1 when one does not
open, which it names on standard error without its value.
"""

import argparse
import base64
import json
import os
import struct
import sys
import uuid

import bson
from bson import json_util
from bson.codec_options import CodecOptions, DatetimeConversion
from bson.dbref import DBRef
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt as decrypt
from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id
from pymongo import MongoClient

HEADER, NONCE, TAG = 18, 24, 16
FIRST_LINE = "-----BEGIN STRAVA-STORE KEY FILE-----"
LAST_LINE = "-----END STRAVA-STORE KEY FILE-----"
SEALED = 0x80
# Dates and texts are read as they are stored, including years that Python does not support.
OPTIONS = CodecOptions(tz_aware=True, datetime_conversion=DatetimeConversion.DATETIME_AUTO)
# The field that names a document in the associated data, and the field of the athlete whose data key seals it.
KEYS = {
    "users": lambda document: str(int(document["strava_id"])),
    "activities": lambda document: str(int(document["strava_activity_id"])),
    "insights": lambda document: str(document["_id"]),
}


class Unreadable(Exception):
    """The reason why a value cannot be decrypted. It never contains the value."""


def read_key_file(text, passphrase=None):
    """Returns the master keys (id to key) and the index key of a key file's text. `passphrase` is bytes."""
    text = text.strip(" \t\r\n")
    if text.startswith(FIRST_LINE):
        if passphrase is None:
            raise Unreadable("the key file is under a passphrase")
        text = open_key_file(text, passphrase)
    file = json.loads(text)
    if file["version"] != 1:
        raise Unreadable("the key file has another version than 1")
    masters = {uuid.UUID(key).bytes: base64.b64decode(value) for key, value in file["masters"].items()}
    return masters, base64.b64decode(file["index_key"])


def open_key_file(text, passphrase):
    sealed = base64.b64decode("".join(text.removeprefix(FIRST_LINE).removesuffix(LAST_LINE).split()), validate=True)
    header, nonce, body = sealed[:27], sealed[27:51], sealed[51:]
    if header[:3] != bytes([1, 1, 2]):
        raise Unreadable("the key file has a version or an algorithm that is not known")
    passes, kibibytes = struct.unpack("<II", header[3:11])
    if not (1 <= passes <= 16 and 8 <= kibibytes <= 1 << 20):
        raise Unreadable("the key file asks for memory or time beyond the limits")
    key = argon2id.kdf(32, passphrase, header[11:27], opslimit=passes, memlimit=kibibytes << 10)
    try:
        return decrypt(body, header + b"strava-store/1/key-file", nonce, key).decode()
    except CryptoError:
        raise Unreadable("the passphrase is wrong, or the key file was altered") from None


def key_id(envelope):
    if len(envelope) < HEADER + NONCE + TAG or envelope[0] != 1 or envelope[1] != 1:
        raise Unreadable("not an envelope of version 1")
    return envelope[2:HEADER]


def open_envelope(envelope, key, place):
    """Returns the plaintext of an envelope with the associated data `place`."""
    key_id(envelope)
    header, nonce, body = envelope[:HEADER], envelope[HEADER : HEADER + NONCE], envelope[HEADER + NONCE :]
    try:
        return decrypt(body, header + place.encode(), nonce, key)
    except CryptoError:
        raise Unreadable("does not open: moved, truncated or altered") from None


def unwrap(document, masters):
    """Returns the data key of a `data_keys` document."""
    wrapped = bytes(document["wrapped_key"])
    master = masters.get(key_id(wrapped))
    if master is None:
        raise Unreadable("wrapped by a master key that is not in the key file")
    name = uuid.UUID(bytes=bytes(document["_id"]))
    return open_envelope(wrapped, master, f"strava-store/1/data_keys/{name}/{document['strava_id']}/{document['version']}")


def sealed_fields(value, path=""):
    """Yields the JSON Pointer and the envelope of each sealed value in a document, at any depth."""
    if isinstance(value, bytes) and getattr(value, "subtype", 0) == SEALED:
        yield path, bytes(value)
    if isinstance(value, DBRef):  # a raw object with a key "$ref", which the driver reads as a reference
        value = value.as_doc()
    if isinstance(value, list):
        value = dict(enumerate(value))
    if isinstance(value, dict):
        for key, inner in value.items():
            step = str(key).replace("~", "~0").replace("/", "~1")
            yield from sealed_fields(inner, f"{path}/{step}")


class Reader:
    def __init__(self, database, masters):
        self.database = database
        self.masters = masters
        self.keys = {}

    def data_key(self, identifier, athlete):
        if identifier not in self.keys:
            name = bson.Binary.from_uuid(uuid.UUID(bytes=identifier))
            document = self.database["data_keys"].find_one({"_id": name})
            if document is None:
                raise Unreadable(f"sealed under data key {uuid.UUID(bytes=identifier)}, which is not there")
            self.keys[identifier] = document["strava_id"], unwrap(document, self.masters)
        owner, key = self.keys[identifier]
        if owner != athlete:
            raise Unreadable("sealed under another athlete's data key")
        return key

    def athlete(self, collection, document):
        match collection:
            case "users":
                return document["strava_id"]
            case "activities" if "athlete_id" in document:
                return document["athlete_id"]
        user = self.database["users"].find_one({"_id": document["user_id"]}, {"strava_id": 1})
        return user and user["strava_id"]

    def open(self, collection, document, path, envelope):
        """Returns the decrypted value, of whatever type it was."""
        key = self.data_key(key_id(envelope), self.athlete(collection, document))
        place = f"strava-store/1/{collection}/{KEYS[collection](document)}{path}"
        return bson.decode(open_envelope(envelope, key, place), OPTIONS)["v"]


    def opened(self, collection, document):
        """Returns a copy of a document as it was before sealing."""

        def copy(value, path):
            if isinstance(value, bytes) and getattr(value, "subtype", 0) == SEALED:
                return self.open(collection, document, path, bytes(value))
            if isinstance(value, list):
                return [copy(inner, f"{path}/{index}") for index, inner in enumerate(value)]
            if isinstance(value, dict):
                return {
                    key: copy(inner, f"{path}/{key.replace('~', '~0').replace('/', '~1')}")
                    for key, inner in value.items()
                }
            return value

        return copy(document, "")


def main():
    arguments = argparse.ArgumentParser(description="Prints what is sealed in a database.")
    arguments.add_argument("--key-file", required=True)
    arguments.add_argument("--passphrase-fd", type=int, metavar="N", help="read the passphrase's line from here")
    chosen = arguments.parse_args()
    passphrase = None
    if chosen.passphrase_fd is not None:
        with open(chosen.passphrase_fd, "rb") as file:
            passphrase = file.readline().removesuffix(b"\n")
    with open(chosen.key_file, encoding="ascii") as file:
        try:
            masters, _ = read_key_file(file.read(), passphrase)
        except Unreadable as reason:
            sys.exit(f"{chosen.key_file}: {reason}")

    client = MongoClient(os.environ["MONGODB_URI"], serverSelectionTimeoutMS=10000)
    database = client.get_database(os.environ["MONGODB_DATABASE"], codec_options=OPTIONS)
    reader, failed = Reader(database, masters), 0
    for collection, key in KEYS.items():
        for document in database[collection].find(sort=[("_id", 1)]):
            for path, envelope in sealed_fields(document):
                place = f"{collection}\t{key(document)}\t{path}"
                try:
                    value = reader.open(collection, document, path, envelope)
                    print(f"{place}\t{json_util.dumps(value, json_options=json_util.CANONICAL_JSON_OPTIONS)}")
                except Unreadable as reason:
                    failed += 1
                    print(f"{place}\t{reason}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
