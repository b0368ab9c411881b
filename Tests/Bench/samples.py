"""Shows which module a command's processor time is spent in: perf samples it, and a sample counts for its function."""

import re
import subprocess
from collections import Counter

# The module of a sample, by its library.
LIBRARIES = [
    ("[kernel", "kernel: reading, sending, memory"),
    ("libmongoc", "libmongoc, libbson: bulks, replies"),
    ("libbson", "libmongoc, libbson: bulks, replies"),
    ("libsodium", "libsodium: digests, sealing"),
    ("libc.so", "libc: copies, allocation"),
    ("libswift", "Swift's runtime and library"),
    ("lib_Foundation", "Swift's runtime and library"),
    ("libFoundation", "Swift's runtime and library"),
]
MODULES = {
    "BSON": "BSON: reading and writing documents",
    "SourceText": "SourceText: framing, JSON text to BSON",
    "StravaRecords": "StravaRecords: typed models, rules",
    "FieldCrypto": "FieldCrypto: keyed digests, envelopes",
    "Mongo": "Mongo: bulk writes, cursors",
    "StoreAccess": "StoreAccess: session, queues",
    "Sealing": "Sealing: what is sealed with what",
    "Importing": "Importing: documents, bulks, verdicts",
}


def place(library, symbol):
    for part, name in LIBRARIES:
        if part in library:
            return name
    # A Swift function's name begins with the length and the name of its module.
    module = re.match(r"\$s(\d+)", symbol)
    if module:
        start = module.end()
        return MODULES.get(symbol[start : start + int(module[1])], "the rest")
    # The library is part of the program, and its runtime, in C++.
    return "Swift's runtime and library" if re.match(r"\$s|_?swift_|_Z\w*5swift", symbol) else "the rest"


def shares(command, data):
    """Returns module → its share of the samples, the largest first."""
    subprocess.run(
        ["perf", "record", "--quiet", "--freq", "1999", "--output", data, "--", *command],
        check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    report = subprocess.run(
        ["perf", "report", "--input", data, "--no-demangle", "--sort", "dso,symbol", "--stdio", "-F", "sample,dso,symbol",
         "--field-separator", "|"], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    samples = Counter()
    for line in report.stdout.splitlines():
        fields = [field.strip() for field in line.split("|")]
        if len(fields) >= 3 and fields[0].isdigit():
            samples[place(fields[1], fields[2].partition("] ")[2])] += int(fields[0])
    return {name: count / samples.total() for name, count in samples.most_common()}
