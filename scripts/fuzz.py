"""Fuzzes the code that reads untrusted bytes, with libFuzzer, and keeps the inputs that reach new code.

Usage: .venv/bin/python scripts/fuzz.py [--seconds N] [--keep] [TARGET]...

Builds the fuzzer in .build/fuzz (address sanitizer, assertions on) and runs each target for N seconds (60), from its
corpus in Tests/Fuzz/corpus and from the fixtures. What reaches new code stays in .build/fuzz/corpus, so that the next
run goes on from there. An input that breaks a promise is written to .build/fuzz/found, and ends this with exit code 1.
With --keep the corpus is written again: the smallest inputs that reach what was reached. A line of it is an input in
base64; one that was found is added to it by hand, and stays: `Tests/Fuzz/corpus/found` is never written to by --keep.
"""

import argparse
import base64
import gzip
import io
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / ".build/fuzz"
PROGRAM = BUILD / "release/fuzz"
CORPUS = ROOT / "Tests/Fuzz/corpus"
# Bytes of text that are kept for a target: all of it runs again in the normal suite.
KEPT = 24_000
# Bytes of one input at most.
LONGEST = {"number": 80, "date": 40, "sealed": 200, "key-file": 800, "polyline": 200, "input": 8192, "archive": 8192,
           "archive-date": 60}
WORDS = {
    "json": [r"\"", r"\\u0000", r"\\ud83d", r"\\ude00", "true", "false", "null", r"\":", r"{\"\":", "1e308",
             "9223372036854775808"],
    "key-file": [r"\"version\"", r"\"active\"", r"\"masters\"", r"\"index_key\"",
                 "-----BEGIN STRAVA-STORE KEY FILE-----", "-----END STRAVA-STORE KEY FILE-----"],
    "record": [r"\"id\":1", r"\"athlete\":{\"id\":2}", r"\"resource_state\":2",
               r"\"start_date\":\"2024-05-01T06:30:00Z\"", r"\"start_latlng\":[1,2]", r"\"access_token\":",
               r"\"insight_type\":", r"\"strava_store_reject\"", r"\"expires_at\":", r"{\"$numberLong\":\"1\"}",
               r"{\"$date\":\"2024-05-01T06:30:00Z\"}", r"{\"$oid\":\"0123456789abcdef01234567\"}",
               r"\"heart_rate\":{\"zones\":[{\"min\":0,\"max\":1}]}", r"\"raw_data\":{", r"\"kudos_count\":0",
               r"\"owner_id\":3,\"aspect_type\":\"create\""],
    "archive": ["ustar\\x0000", "ustar  ", "path=", "size=", "GNU.sparse.major=1", "GNU.sparse.map=", "hdrcharset=BINARY",
                "././@LongLink", "00000000777", ".json", ".json.gz", ".tar", ".zip"],
}  # fmt: skip
WORDS["csv"] = [r"\"", r"\"\"", ",", "\\x0d\\x0a", "\\x0a", "Activity ID,Activity Date,", "1,", r"\"Jan 5, 2020, 6:12:34 PM\"",
                "Distance", "Activity Type", "\\xef\\xbb\\xbf"]  # fmt: skip
WORDS["archive-date"] = ["\\xe2\\x80\\xaf", "Jan", "PM", "a.m.", "juil.", "\\xd0\\xb3.", "\\xe5\\xb9\\xb4", "\\xe6\\x9c\\x88"]
WORDS["framer"] = WORDS["input"] = WORDS["json"] + WORDS["record"]


def build():
    flags = ["-sanitize=fuzzer,address", "-use-ld=lld", "-assert-config", "Debug"]
    # The C in headers, as in scripts/sanitize.
    in_c = ["-fsanitize=address,undefined", "-fsanitize-trap=undefined"]
    subprocess.run(
        ["swift", "build", "-c", "release", "--product", "fuzz", "--scratch-path", BUILD,
         *(word for flag in flags for word in ("-Xswiftc", flag)),
         *(word for flag in in_c for word in ("-Xcc", flag))],
        cwd=ROOT, env=os.environ | {"STRAVA_STORE_FUZZ": "1"}, check=True)  # fmt: skip


def targets():
    """Their names: the program has them."""
    return subprocess.run([PROGRAM], stdout=subprocess.PIPE, text=True).stdout.split()


def seeds(target):
    """What a target starts from beside its corpus."""
    files = (f for f in (ROOT / "fixtures").glob("*/**/*") if f.is_file() and ".expected." not in f.name)
    texts = [f.read_bytes() for f in sorted(files)]
    if target == "input":
        return texts
    if target == "framer":
        return [bytes([n % 2]) + text for n, text in enumerate(texts)]
    if target in ("json", "record"):
        return [text.strip() for text in texts]
    return {"bson": documents, "key-file": key_files, "archive": tars}.get(target, lambda _: plain(target))(texts)


def plain(target):
    return {
        "number": [b"0", b"-1.5e-300", b"9223372036854775808", b"0.1", b"1234567890123456789012345678901234",
                   b"1e6144", b"5e-324"],
        "date": [b"2024-05-01T06:30:00Z", b"2024-02-29 23:59:59.9999+05:30", b"1900-01-01",
                 b"0000-12-31T00:00:00-0030"],
        "csv": [b"Activity ID,Activity Date,Distance,Activity Type\n1,\"Jan 5, 2020, 6:12:34 PM\",5.01,Run\n",
                b"a,b\r\n\"x\"\"y\",\"1\r\n2\"\r\n", b"\xef\xbb\xbfa\n\"\"\n,\n", b"a,b\n1,\"x\n2,y\n"],
        "archive-date": [bytes([n]) + text.encode() for n, text in enumerate([
            "Jan 5, 2020, 6:12:34 PM", "05.01.2020, 06:12:34", "27 juil. 2026, 06:12:34", "2 ago 2026, 6:12:34\u202fp.m.",
            "9 sep. 2019 18:12:34", "26 июл. 2026\u202fг., 12:12:51", "2026/06/29 20:14:15", "2026年8月16日 09:01:41",
            "5 gen 2026, 06:12:34", "2018-09-12 15:02:23"])],
        "polyline": [b"_p~iF~ps|U_ulLnnqC_mqNvxq`@", b"??", b"~~~~~~", b"_gsia@__`cc@", b"`gsia@``_cc@"],
    }.get(target, [b"", b"x" * 90])  # fmt: skip


def documents(texts):
    import bson

    found = []
    for text in texts:
        try:
            found.append(bson.encode(json.loads(text)))
        except Exception:  # whatever is wrong with it, it is not a seed
            pass
    found.append(bson.encode({
        "i": bson.Int64(1), "d": bson.Decimal128("1.5"), "b": bson.Binary(b"ab", 128), "o": bson.ObjectId(bytes(12)),
        "r": bson.Regex("a", "i"), "c": bson.Code("x", {"y": 1}), "t": bson.Timestamp(1, 2), "m": bson.MinKey()}))
    return found  # fmt: skip


def key_files(_):
    key, name = base64.b64encode(bytes(32)).decode(), "018f4e2a-7b1c-7def-8000-000000000001"
    sealed = base64.b64encode(bytes(90))
    return [json.dumps({"version": 1, "active": name, "masters": {name: key}, "index_key": key}).encode(),
            b"-----BEGIN STRAVA-STORE KEY FILE-----\nAQEC" + sealed + b"\n-----END STRAVA-STORE KEY FILE-----\n"]  # fmt: skip


def tars(_):
    def tar(layout, **more):
        made = io.BytesIO()
        with tarfile.open(fileobj=made, mode="w", format=layout) as archive:
            for name in ["a.json", "x" * 60 + "/" + "y" * 60 + ".ndjson"]:
                member = tarfile.TarInfo(name)
                member.size = 8
                for key, value in more.items():
                    setattr(member, key, value)
                archive.addfile(member, io.BytesIO(b'{"id":1}'[: member.size]))
        return made.getvalue()[:4096]

    def around(name, inner):
        made = io.BytesIO()
        with tarfile.open(fileobj=made, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            member = tarfile.TarInfo(name)
            member.size = len(inner)
            archive.addfile(member, io.BytesIO(inner))
        return made.getvalue()[:6144]

    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("a.json", b'{"id":1}')
    layouts = [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]
    sparse = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "s.json", "GNU.sparse.realsize": "9"}
    return ([tar(layout) for layout in layouts]
            + [tar(layouts[1], type=kind, linkname="../../b.json", size=0) for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE)]
            + [tar(layouts[2], pax_headers=sparse), tar(layouts[1], type=tarfile.GNUTYPE_SPARSE)]
            + [around("b.tar", tar(layouts[0])), around("b.tar.gz", gzip.compress(tar(layouts[0]), mtime=0)),
               around("b.zip", zipped.getvalue()), around("c.tar", around("b.tar", tar(layouts[0])))])  # fmt: skip


def unpack(target):
    folder = BUILD / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    kept = [line for name in (f"{target}.base64", f"found/{target}.base64") if (CORPUS / name).exists()
            for line in (CORPUS / name).read_text().splitlines()]  # fmt: skip
    for number, text in enumerate([base64.b64decode(line) for line in kept] + seeds(target)):
        (folder / f"seed-{number:05}").write_bytes(text)
    return folder


def fuzz(target, *arguments, out):
    words = BUILD / f"{target}.dict"
    words.write_text("".join(f'"{word}"\n' for word in WORDS.get(target, ["\\x00"])))
    return subprocess.run(
        [PROGRAM, f"-max_len={LONGEST.get(target, 2048)}", "-timeout=60", "-rss_limit_mb=1024", "-malloc_limit_mb=256",
         f"-dict={words}", "-print_final_stats=1", f"-artifact_prefix={BUILD}/found/{target}-", *arguments],
        env=os.environ | {"FUZZ_TARGET": target, "ASAN_OPTIONS": "detect_leaks=0"}, stdout=out, stderr=out)  # fmt: skip


def run(target, seconds):
    """True where nothing was found."""
    folder = unpack(target)
    log = BUILD / f"{target}.log"
    with open(log, "w") as out:
        ended = fuzz(target, f"-max_total_time={seconds}", folder, out=out)
    text = log.read_text(errors="replace")
    runs = [line.split()[-1] for line in text.splitlines() if line.startswith("stat::number_of_executed_units")]
    verdict = "nothing found" if ended.returncode == 0 else f"exit code {ended.returncode}, see {log}"
    print(f"{target}: {runs[-1] if runs else '?'} inputs in {seconds} s: {verdict}", flush=True)
    return ended.returncode == 0


def keep(target):
    """Writes the corpus again, smallest inputs first."""
    small = BUILD / "kept" / target
    small.mkdir(parents=True, exist_ok=True)
    for old in small.iterdir():
        old.unlink()
    fuzz(target, "-merge=1", small, BUILD / "corpus" / target, out=subprocess.DEVNULL).check_returncode()
    lines, size = [], 0
    for text in sorted({f.read_bytes() for f in small.iterdir()}, key=lambda text: (len(text), text)):
        line = base64.b64encode(text).decode() + "\n"
        size += len(line)
        if size > KEPT:
            break
        lines.append(line)
    CORPUS.mkdir(parents=True, exist_ok=True)
    (CORPUS / f"{target}.base64").write_text("".join(lines))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    chosen = parser.parse_args()
    build()
    (BUILD / "found").mkdir(exist_ok=True)
    known = targets()
    for name in chosen.targets:
        if name not in known:
            parser.error(f"unknown target {name}; the targets are {' '.join(known)}")
    clean = True
    for target in chosen.targets or known:
        clean = run(target, chosen.seconds) and clean
        if chosen.keep:
            keep(target)
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main())
