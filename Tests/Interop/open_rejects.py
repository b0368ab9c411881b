"""Decrypts a reject file by docs/sealing.md alone: prints each record's bytes as a line of base64, an empty line where the
file keeps none.

Usage: open_rejects.py KEY_FILE REJECT_FILE
"""

import base64
import hashlib
import json
import sys

import open_sealed

REJECTS = 5


def subkey(index_key, number):
    salt, person = number.to_bytes(8, "little"), b"ssindex1"
    return hashlib.blake2b(digest_size=32, key=index_key, salt=salt.ljust(16, b"\0"), person=person.ljust(16, b"\0")).digest()


def main():
    with open(sys.argv[1]) as file:
        _, index_key = open_sealed.read_key_file(file.read())
    identifier = hashlib.blake2b(index_key, digest_size=32).digest()[:16]
    with open(sys.argv[2], "rb") as file:
        for line in file:
            sealed = base64.b64decode(json.loads(line).get("sealed", ""))
            if sealed and open_sealed.key_id(sealed) != identifier:
                raise open_sealed.Unreadable("sealed under another key file's index key")
            opened = open_sealed.open_envelope(sealed, subkey(index_key, REJECTS), "strava-store/1/rejects") if sealed else b""
            print(base64.b64encode(opened).decode())


if __name__ == "__main__":
    main()
