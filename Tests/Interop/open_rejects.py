"""Opens a reject file by the format's description alone, with libsodium: prints each record's bytes as a line of
base64, an empty line where the file keeps none.

Usage: open_rejects.py KEY_FILE REJECT_FILE
"""

import base64
import ctypes
import ctypes.util
import hashlib
import json
import sys

KEY_BYTES, NONCE_BYTES, TAG_BYTES = 32, 24, 16
HEADER_BYTES = 18
REJECTS = 5

sodium = ctypes.CDLL(ctypes.util.find_library("sodium") or "libsodium.so.23")


def subkey(index_key, number):
    key = ctypes.create_string_buffer(KEY_BYTES)
    sodium.crypto_kdf_derive_from_key(key, ctypes.c_size_t(KEY_BYTES), ctypes.c_uint64(number), b"ssindex1", index_key)
    return key.raw


def opened(sealed, index_key):
    header, nonce, body = sealed[:HEADER_BYTES], sealed[HEADER_BYTES:][:NONCE_BYTES], sealed[HEADER_BYTES + NONCE_BYTES :]
    if header != b"\x01\x01" + hashlib.blake2b(index_key, digest_size=32).digest()[:16]:
        raise ValueError("the header is not that of this key")
    data = header + b"strava-store/1/rejects"
    text = ctypes.create_string_buffer(max(len(body) - TAG_BYTES, 1))
    failed = sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
        text, None, None, body, ctypes.c_ulonglong(len(body)), data, ctypes.c_ulonglong(len(data)), nonce,
        subkey(index_key, REJECTS))
    if failed:
        raise ValueError("it does not open")
    return text.raw[: len(body) - TAG_BYTES]


def main():
    with open(sys.argv[1]) as file:
        index_key = base64.b64decode(json.load(file)["index_key"])
    if sodium.sodium_init() < 0:
        raise OSError("libsodium cannot be used")
    with open(sys.argv[2], "rb") as file:
        for line in file:
            sealed = json.loads(line).get("sealed")
            print(base64.b64encode(opened(base64.b64decode(sealed), index_key)).decode() if sealed else "")


if __name__ == "__main__":
    main()
