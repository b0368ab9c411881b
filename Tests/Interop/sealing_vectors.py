"""Prints the test vectors of docs/sealing.md, computed with PyNaCl and hashlib from the format alone.

Nonces and salts are fixed here. Real programs must not do that: a nonce is random, and never used twice under a key.
"""

import base64
import hashlib
import json
import struct
import textwrap
import uuid

import bson
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt as encrypt
from nacl.pwhash import argon2id

INDEX_KEY, MASTER, DATA_KEY = bytes(range(32)), bytes(range(32, 64)), bytes(range(64, 96))
MASTER_ID = uuid.UUID("6f9619ff-8b86-4011-b42d-00cf4fc964ff")
DATA_KEY_ID = uuid.UUID("3f2504e0-4f89-41d3-9a0c-0305e82c3301")
ATHLETE, VERSION = 12345678987654321, 2
SUBKEYS = ["username", "email", "access_token", "digest", "rejects", "settings", "digest_poly1305"]
PASSPHRASE, SALT = "gr\u00fcne Wiese, 7 Schafe", bytes(range(160, 176))

RECORDS = [
    ("record", bson.encode({"id": 90000000001, "name": "\u0141\u00f3d\u017a"})),
    # These bytes, i * 7 + 3, are not BSON; they have many blocks and a part of one.
    ("long", bytes((i * 7 + 3) % 256 for i in range(2050))),
    ("empty", b""),
]


def envelope(plaintext, key, key_id, context, nonce):
    header = bytes([1, 1]) + key_id
    return header + nonce + encrypt(plaintext, header + context.encode(), nonce, key)


def subkey(number):
    """crypto_kdf_derive_from_key is BLAKE2b with the number as salt and the context as personalisation."""
    salt, person = number.to_bytes(16, "little"), b"ssindex1".ljust(16, b"\0")
    return hashlib.blake2b(key=INDEX_KEY, digest_size=32, salt=salt, person=person).digest()


def keyed(number, message):
    return hashlib.blake2b(message, key=subkey(number), digest_size=32).digest()


def poly1305(key, message):
    """The one-time authenticator as RFC 8439, section 2.5, defines it, in plain arithmetic."""
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    total = 0
    for start in range(0, len(message), 16):
        total = (total + int.from_bytes(message[start : start + 16] + b"\1", "little")) * r % ((1 << 130) - 5)
    return ((total + int.from_bytes(key[16:], "little")) % (1 << 128)).to_bytes(16, "little")


def digest(record, schema_version):
    """`source.digest` of a record's BSON bytes; with version 0, what an insight's `_id` begins with."""
    return keyed(4, struct.pack("<iq", schema_version, len(record)) + poly1305(subkey(7), record))


def sealed(name, context, value, first):
    plaintext, nonce = bson.encode({"v": value}), bytes(range(first, first + 24))
    yield f"{name}.place", context
    yield f"{name}.plaintext", plaintext.hex()
    yield f"{name}.envelope", envelope(plaintext, DATA_KEY, DATA_KEY_ID.bytes, context, nonce).hex()


def vectors():
    index_key_id = hashlib.blake2b(INDEX_KEY, digest_size=32).digest()[:16]
    yield "index_key", INDEX_KEY.hex()
    yield "index_key.id", str(uuid.UUID(bytes=index_key_id))
    for number, name in enumerate(SUBKEYS, 1):
        yield f"subkey.{number}.{name}", subkey(number).hex()

    yield "master", MASTER.hex()
    yield "master.id", str(MASTER_ID)
    yield "data_key", DATA_KEY.hex()
    yield "data_key.id", str(DATA_KEY_ID)
    yield "data_key.strava_id", str(ATHLETE)
    yield "data_key.version", str(VERSION)
    place = f"strava-store/1/data_keys/{DATA_KEY_ID}/{ATHLETE}/{VERSION}"
    yield "data_key.place", place
    yield "data_key.wrapped_key", envelope(DATA_KEY, MASTER, MASTER_ID.bytes, place, bytes(range(100, 124))).hex()

    yield from sealed("text", f"strava-store/1/users/{ATHLETE}/email", "ada@example.org", 110)
    yield from sealed("number", "strava-store/1/activities/17/raw_data/laps/0/average_heartrate", 151.5, 120)
    city = {"name": "\u0141\u00f3d\u017a"}
    yield from sealed("escaped", "strava-store/1/activities/17/raw_data/a~1b~0c/city", city, 130)

    yield "username.value", "  Ada.L\u00d6velace\t"
    yield "username.hash", keyed(1, "ada.l\u00d6velace".encode()).hex()
    yield "email.value", "Ada@Example.ORG\n"
    yield "email.hash", keyed(2, "ada@example.org".encode()).hex()
    yield "access_token.value", " aBc123 "
    yield "access_token.hash", keyed(3, "aBc123".encode()).hex()

    for name, record in RECORDS:
        yield f"{name}.bson", record.hex() if len(record) < 64 else f"{len(record)} bytes"
        yield f"{name}.poly1305", poly1305(subkey(7), record).hex()
        yield f"{name}.digest", digest(record, 1).hex()
        yield f"{name}.digest_of_id", digest(record, 0).hex()

    settings = f"strava-store/3/store_settings/identity,secret/{uuid.UUID(bytes=index_key_id)}/{MASTER_ID}/2/specification"
    yield "settings.message", settings
    yield "settings.mac", keyed(6, settings.encode()).hex()

    record, nonce = b'{"id": 1, "id": 2}', bytes(range(140, 164))
    yield "reject.plaintext", record.hex()
    yield "reject.envelope", envelope(record, subkey(5), index_key_id, "strava-store/1/rejects", nonce).hex()


def key_file():
    def text(key):
        return base64.b64encode(key).decode()

    return (
        f'{{"version": 1, "active": "{MASTER_ID}", "masters": {{"{MASTER_ID}": "{text(MASTER)}"}}, '
        f'"index_key": "{text(INDEX_KEY)}"}}'
    )


def key_file_under_passphrase(passes=3, kibibytes=64):
    header = bytes([1, 1, 2]) + struct.pack("<II", passes, kibibytes) + SALT
    key = argon2id.kdf(32, PASSPHRASE.encode(), SALT, opslimit=passes, memlimit=kibibytes << 10)
    nonce = bytes(range(180, 204))
    body = encrypt(key_file().encode(), header + b"strava-store/1/key-file", nonce, key)
    lines = textwrap.wrap(base64.b64encode(header + nonce + body).decode(), 64)
    return "\n".join(["-----BEGIN STRAVA-STORE KEY FILE-----", *lines, "-----END STRAVA-STORE KEY FILE-----"])


def main():
    print("```text")
    for name, value in vectors():
        print(f"{name} = {json.dumps(value) if name.endswith('.value') else value}")
    print("```\n\nThe key file of these keys:\n\n```json")
    print(key_file())
    print(f'```\n\nThe same under the passphrase "{PASSPHRASE}" (UTF-8), 3 passes over 64 KiB:\n\n```text')
    print(key_file_under_passphrase())
    print("```")


if __name__ == "__main__":
    main()
