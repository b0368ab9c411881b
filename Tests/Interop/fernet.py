"""Fernet (https://github.com/fernet/spec) by the standard library and libcrypto, for tests that play the backend."""

import base64
import ctypes
import ctypes.util
import hashlib
import hmac
import os
import time

CRYPTO = ctypes.CDLL(ctypes.util.find_library("crypto"))
for name in ("EVP_CIPHER_CTX_new", "EVP_aes_128_cbc"):
    getattr(CRYPTO, name).restype = ctypes.c_void_p


def aes(key, iv, data, encrypts):
    context = ctypes.c_void_p(CRYPTO.EVP_CIPHER_CTX_new())
    try:
        out, size = ctypes.create_string_buffer(len(data) + 16), ctypes.c_int()
        cipher = ctypes.c_void_p(CRYPTO.EVP_aes_128_cbc())
        assert CRYPTO.EVP_CipherInit_ex(context, cipher, None, key, iv, int(encrypts)) == 1
        assert CRYPTO.EVP_CipherUpdate(context, out, ctypes.byref(size), data, len(data)) == 1
        count = size.value
        rest = ctypes.create_string_buffer(32)
        assert CRYPTO.EVP_CipherFinal_ex(context, rest, ctypes.byref(size)) == 1
        return out.raw[:count] + rest.raw[: size.value]
    finally:
        CRYPTO.EVP_CIPHER_CTX_free(context)


def encrypt(key, text):
    key, iv = base64.urlsafe_b64decode(key), os.urandom(16)
    body = b"\x80" + int(time.time()).to_bytes(8, "big") + iv + aes(key[16:], iv, text.encode(), True)
    return base64.urlsafe_b64encode(body + hmac.new(key[:16], body, hashlib.sha256).digest()).decode()


def decrypt(key, token):
    """The text; "" if the key has not made the token, as in the backend."""
    key, token = base64.urlsafe_b64decode(key), base64.urlsafe_b64decode(token)
    body, tag = token[:-32], token[-32:]
    if not hmac.compare_digest(hmac.new(key[:16], body, hashlib.sha256).digest(), tag):
        return ""
    return aes(key[16:], body[9:25], body[25:], False).decode()
