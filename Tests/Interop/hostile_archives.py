"""Writes hostile archives and compressed files into a folder.

Usage: hostile_archives.py FOLDER
"""

import bz2
import gzip
import io
import lzma
import os
import struct
import sys
import tarfile
import zipfile
import zlib

MEBIBYTE = 1 << 20


def record(number):
    return (
        '{"id":%d,"resource_state":2,"name":"x","sport_type":"Run","distance":1.5,"moving_time":2,"elapsed_time":2,'
        '"athlete":{"id":2},"start_date":"2024-05-01T06:30:00Z"}' % number
    ).encode()


# Zips, some of which no tool would write.


def member(name, packed, size, crc, method=8, flags=0, packed_size=None):
    packed_size = len(packed) if packed_size is None else packed_size
    return b"PK\3\4" + struct.pack("<HHHHHIIIHH", 20, flags, method, 0, 33, crc, packed_size, size, len(name), 0) + name + packed


def directory(entries, start):
    """`entries`: name, method, crc, packed size, size, offset, external attributes."""
    told = b"".join(
        b"PK\1\2" + struct.pack("<HHHHHHIIIHHHHHII", 788, 20, 0, method, 0, 33, crc, packed, size, len(name), 0, 0, 0, 0, mode, offset) + name
        for name, method, crc, packed, size, offset, mode in entries
    )
    count = len(entries)
    return told + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, count, count, len(told), start, 0)


def deflated(text):
    maker = zlib.compressobj(9, zlib.DEFLATED, -15)
    return maker.compress(text) + maker.flush()


def zip_of(entries):
    """`entries`: name, text, and the header's fields with false values."""
    body, told = b"", []
    for name, text, lies in entries:
        packed, crc = deflated(text), zlib.crc32(text)
        packed_size, size, crc = lies.get("packed", len(packed)), lies.get("size", len(text)), lies.get("crc", crc)
        told.append((name, 8, crc, packed_size, size, len(body), lies.get("mode", 0o100644) << 16))
        local = member(name, packed, lies.get("local", size), crc, packed_size=packed_size)
        body += local
    return body + directory(told, len(body))


def overlapping(count):
    """Returns a zip in whose directory all entries are the same member."""
    text = b"[" + b" " * (16 * MEBIBYTE) + b"]"
    packed, crc = deflated(text), zlib.crc32(text)
    body = member(b"a.json", packed, len(text), crc)
    return body + directory([(b"a.json", 8, crc, len(packed), len(text), 0, 0)] * count, len(body))


def quoting(count):
    """Returns David Fifield's zip: each member quotes the header of the next one, and continues in it."""
    text = b"[" + b" " * (4 * MEBIBYTE) + b"]"
    body, packed_size, size = deflated(text), len(deflated(text)), len(text)
    members, content = [], text
    header = b""
    for number in reversed(range(count)):
        if header:
            quote = b"\0" + struct.pack("<HH", len(header), len(header) ^ 0xFFFF)
            body, packed_size, content = quote + body, packed_size + len(quote) + len(header), header + content
        name, crc = b"%04d.json" % number, zlib.crc32(content)
        header = member(name, b"", len(content), crc, packed_size=packed_size)
        members.append([name, crc, packed_size, len(content), len(header)])
        body = header + body
    told, offset = [], 0
    for name, crc, packed_size, size, length in reversed(members):
        told.append((name, 8, crc, packed_size, size, offset, 0))
        offset += length + 5
    return body + directory(told, len(body))


def huge_dictionary():
    """Returns an LZMA member whose decoder needs four gigabytes, and whose text would fill a part of them."""
    text = b"[" + b" " * (160 * MEBIBYTE) + b"]"
    filters = [{"id": lzma.FILTER_LZMA1, "dict_size": MEBIBYTE, "lc": 3, "lp": 0, "pb": 2, "mode": lzma.MODE_FAST, "nice_len": 273, "mf": lzma.MF_HC3}]
    packed = struct.pack("<BBHBI", 9, 20, 5, 93, 0xFFFFFFFF) + lzma.compress(text, format=lzma.FORMAT_RAW, filters=filters)
    crc = zlib.crc32(text)
    body = member(b"a.json", packed, len(text), crc, method=14)
    return body + directory([(b"a.json", 14, crc, len(packed), len(text), 0, 0)], len(body))


# Tars.


def tar_of(entries, layout=tarfile.PAX_FORMAT):
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=layout) as archive:
        for name, text, more in entries:
            one = tarfile.TarInfo(name)
            one.size = len(text)
            for key, value in more.items():
                setattr(one, key, value)
            archive.addfile(one, io.BytesIO(text))
    return made.getvalue()


def with_size(tar, field):
    """Returns the tar with another size in its first header."""
    head = bytearray(tar[:512])
    head[124:136] = field
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head) + tar[512:]


ESCAPES = "\x1b[2J\x1b]0;owned\x07"
TRICKS = [
    ("../../up.json", record(1), {}),
    ("/tmp/strava-store-absolute.json", record(2), {}),
    ("a/../../../b.json", record(3), {}),
    ("same.json", record(4), {}),
    ("same.json", record(5), {}),
    ("line\nbreak\r.json", record(6), {}),
    (ESCAPES + ".json", record(7), {}),
    ("\u202egnp.json", record(8), {}),
    ("long/" * 12_000 + "name.json", record(9), {}),
    ("a\\..\\back.json", record(10), {}),
]
KINDS = [
    ("symlink.json", b"", {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}),
    ("hardlink.json", b"", {"type": tarfile.LNKTYPE, "linkname": "../../../etc/passwd"}),
    ("device.json", b"", {"type": tarfile.CHRTYPE, "devmajor": 1, "devminor": 5}),
    ("block.json", b"", {"type": tarfile.BLKTYPE, "devmajor": 8, "devminor": 0}),
    ("fifo.json", b"", {"type": tarfile.FIFOTYPE}),
    ("folder.json", b"", {"type": tarfile.DIRTYPE}),
]

SPACES = b" " * (64 * MEBIBYTE)


def files():
    yield "overlapping.zip", overlapping(1000)
    yield "quoting.zip", quoting(250)
    yield "dictionary.zip", huge_dictionary()
    inner = zip_of([(b"inner.zip", zip_of([(b"a.json", record(1), {})]), {})])
    yield "nested.zip", inner
    yield "nested-twice.zip", zip_of([(b"middle.zip", inner, {})])
    yield "size-too-small.zip", zip_of([(b"a.json", record(1), {"size": 10}), (b"b.json", record(2), {})])
    yield "size-too-large.zip", zip_of([(b"a.json", record(1), {"size": 1 << 31}), (b"b.json", record(2), {})])
    yield "packed-too-large.zip", zip_of([(b"a.json", record(1), {"packed": 1 << 30})])
    yield "checksum.zip", zip_of([(b"a.json", record(1), {"crc": 1}), (b"b.json", record(2), {})])
    yield "tricks.zip", zip_of(
        [(name.encode(), text, {}) for name, text, _ in TRICKS] + [(b"nul\0.json", record(11), {}), (b"link.json", b"/etc/passwd", {"mode": 0o120777})])
    yield "tricks.tar", tar_of(TRICKS + KINDS)
    yield "tricks-gnu.tar", tar_of(TRICKS + KINDS, tarfile.GNU_FORMAT)
    yield "nul.tar", tar_of([("x", record(1), {"pax_headers": {"path": "nul\0hidden.json"}}), ("b.json", record(2), {})])
    plain = tar_of([("a.json", record(1), {}), ("b.json", record(2), {})])
    yield "size-of-eight-gigabytes.tar", with_size(plain, b"77777777777\0")
    yield "size-below-zero.tar", with_size(plain, b"\xff" * 12)
    yield "size-of-exabytes.tar", with_size(plain, b"\x80\0\0\0\x7f" + b"\xff" * 7)
    # The first member of such a tar is its extended header.
    yield "long-header.tar", with_size(tar_of([("n" * 200 + ".json", record(1), {})]), b"77777777777\0")

    once = gzip.compress(SPACES, mtime=0)
    yield "spaces.json.gz", once
    yield "thrice.json.gz", gzip.compress(gzip.compress(gzip.compress(SPACES * 2, mtime=0), mtime=0), mtime=0)
    deep = record(1)
    for _ in range(1000):
        deep = gzip.compress(deep, 0, mtime=0)
    yield "thousand-times.json.gz", deep
    yield "spaces.json.bz2", bz2.compress(SPACES * 2)
    yield "spaces.json.xz", lzma.compress(SPACES * 2, preset=0)
    yield "same.ndjson.xz", lzma.compress((record(1) + b"\n") * 450_000)
    yield "brackets.json.gz", gzip.compress(b"[" * (40 * MEBIBYTE), mtime=0)
    yield "string.json.gz", gzip.compress(b'{"id":1,"name":"' + b"x" * (60 * MEBIBYTE), mtime=0)
    yield "cut.json.gz", once[: len(once) // 2]


def main():
    for name, content in files():
        with open(os.path.join(sys.argv[1], name), "wb") as out:
            out.write(content)


main()
