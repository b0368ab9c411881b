"""Values for the fields of records and documents, good and bad, by what the contract says of a field.

This states the contract a second time, apart from the program's own schema: what drifts apart shows up as a
disagreement.
"""

import datetime

from bson import Binary, Decimal128, Int64, ObjectId

BIG = 2**63 - 1
NO_CONTAINERS = [[], {}, ["x"], {"x": 1}]
INSTANT = datetime.datetime(2024, 5, 1, 6, 30)

IDENTIFIERS = (
    [1, 900000001, 2**31, 15000000017, BIG, 34069829841.0, "15000000017", str(BIG), "7"],
    [0, -5, 1.5, 2**63, 10**29, 9.3e18, "0", "012", "-1", "12a", "", str(2**63), "9" * 30, "17\n", " 17", "17.0",
     "\uff11\uff12", True] + NO_CONTAINERS,
)
DATES = (
    ["2024-05-01T06:30:00Z", "2024-05-01T06:30:00+00:00", "2024-05-01 06:30:00", "2024-05-01", "2024-02-29",
     "2000-02-29T00:00:00Z", "2024-05-01T06:30:00.123Z", "2024-05-01T06:30:00.123456789Z", "2024-05-01t06:30:00z",
     "2024-05-01T06:30:00+0530", "2024-05-01T06:30:00-05", "2024-12-31T23:59:59+23:59", "1970-01-01T00:00:00"],
    ["2023-02-29", "1900-02-29T00:00:00Z", "2024-13-01", "2024-00-10", "2024-04-31", "2024-05-00", "2024-05-32",
     "2024-05-01T24:00:00Z", "2024-05-01T06:60:00Z", "2024-05-01T06:30:60Z", "2024-05-01T06:30Z", "2024-05-01T",
     "2024-5-1", "", "yesterday", "2024-05-01T06:30:00+24:00", "2024-05-01T06:30:00+05:60", "2024-05-01T06:30:00Z ",
     "2024-05-01T06:30:00Z\n", "2024-05-01\n", "2024-05-01Z", "2024-05-01T06:30:00.Z", "2024-05-01T06:30:00+5",
     "2024-05-01T06:30:00 Z", "\u0662024-05-01", 1714545000, 1.5, True] + NO_CONTAINERS,
)

# What a key of the input may hold: (good, bad). Null and absence are the generator's matter.
INPUT = {
    "id": IDENTIFIERS,
    "reference": (
        ["65f0c0ffee0123456789abcd", "65F0C0FFEE0123456789ABCD", "123456789012345678901234", 15000000017, "17", 17.0],
        ["65f0c0ffee0123456789abc", "65f0c0ffee0123456789abcg", "65f0c0ffee0123456789abcd0", "65f0c0ffee0123456789abcd\n",
         "012345678901234567890123z", 0, -1, 1.5, "", "0", 2**63, str(2**63), True] + NO_CONTAINERS,
    ),
    "text": (["", "x", "123", " trailing ", "Größe 🏃\u200d♀️", "a\nb", "nul\u0000inside", "x" * 300],
             [5, 0, 1.5, True, False, 10**20] + NO_CONTAINERS),
    "flag": ([True, False], [0, 1, 1.0, "true", "", "no"] + NO_CONTAINERS),
    "count": ([0, 1, 3001, 171.0, 1e3, 2**31 - 1],
              [-1, -1.0, 3.5, 2**31, 1e300, 10**30, "5", "", True] + NO_CONTAINERS),
    "int": ([0, -1, 31, 171.0, -(2**31), 2**31 - 1],
            [3.5, 2**31, -(2**31) - 1, 1e300, 10**30, "5", "", True] + NO_CONTAINERS),
    "number": ([0, -7958.2, 12, 12.0, 5.25, 82.299999999999997, 1e308, -1e308, 10**25, 10**33, 5e-324],
               ["5", "", "x", True, False] + NO_CONTAINERS),
    "amount": ([0, 0.0, 12, 12.0, 10012.5, 82.299999999999997, 1e308, 10**25],
               [-1, -0.001, -5e-324, -(10**25), "5", "", True] + NO_CONTAINERS),
    "share": ([0, 1, 0.0, 1.0, 0.75], [-0.001, -1, 1.0000000000000002, 2, 10**25, "0.5", True] + NO_CONTAINERS),
    "percent": ([0, 100, 41.5, 100.0], [-0.001, 100.00000000000001, 101, "50", True] + NO_CONTAINERS),
    "date": DATES,
    "unix": ([0, 1714545000, 1714545000.0, 1714545000.75, 253402300799],
             [-1, -0.5, 253402300800, 253402300799.5, 1e300, 10**30, "1714545000", "", True] + NO_CONTAINERS),
    "point": ([[], [47.25, 8], [-90, -180], [90, 180], [90.0, -180.0], [0, 0]],
              [[47.25], [1, 2, 3], [90.1, 0], [0, -180.5], [0, 180.00000000000003], [-91, 0], ["47", "8"], [None, None],
               [1, None], [True, False], [[1, 2]], "47,8", "", 5, True, {}, {"0": 1, "1": 2}]),
    "filled": (["x", " ", "123"], ["", 5, 1.5, True] + NO_CONTAINERS),
}

BYTES = Binary(b"\x01\x01" + b"k" * 16 + b"n" * 24 + b"sealed and tagged..", 0x80)
HASH = Binary(b"h" * 32, 0)
UUID = Binary(b"u" * 16, 4)
ANYTHING_ELSE = [ObjectId(), Decimal128("1"), BYTES, [], {"a": 1}]
NAN = float("nan")

# What a field of a stored document may hold: (good, bad). Null is the generator's matter.
STORED = {
    "objectId": ([ObjectId()], ["65f0c0ffee0123456789abcd", 5, Int64(5), BYTES, True, [], {}]),
    "objectId or text": ([ObjectId(), "milestone_1a2b", ""], [5, Int64(5), BYTES, True, [], {}]),
    "analysis": ([[], [{"text": "x"}], ["x"], {}, {"text": "x"}, "x"], [5, Int64(5), BYTES, True, ObjectId()]),
    "id": ([Int64(15000000017), Int64(1), 134815, Int64(BIG)],
           [Int64(0), -1, 5.0, "5", True, Decimal128("5"), ObjectId(), [], {}]),
    "long": ([Int64(5), 5], [0, Int64(-1), 5.0, "5", True, [], {}]),
    "int": ([0, 1, 3, -1], [Int64(5), 5.0, "5", True] + ANYTHING_ELSE),
    "positive int": ([1, 7], [0, -1, Int64(5), 5.0, "5", True] + ANYTHING_ELSE),
    "count": ([0, 5, 2**31 - 1], [-1, Int64(5), Int64(2**31), 5.0, "5", True] + ANYTHING_ELSE),
    "age": ([0, 36, 150], [-1, 151, Int64(36), 36.0, "36", True] + ANYTHING_ELSE),
    "number": ([5.5, 5.0, -1.0, 5, Int64(2**40)], ["5", True] + ANYTHING_ELSE),
    "amount": ([5.5, 0.0, 0, Int64(7)], [-0.5, -1, Int64(-1), "5", True] + ANYTHING_ELSE),
    "weight": ([58.5, 58, 5e-324], [0.0, 0, -1.0, "58", True] + ANYTHING_ELSE),
    "share": ([0.0, 1.0, 1, 0.5], [-0.1, 1.1, 2, "1", True] + ANYTHING_ELSE),
    "percent": ([0.0, 100.0, 41.5], [-0.1, 100.1, "1", True] + ANYTHING_ELSE),
    "text": (["", "x"], [5, 5.5, True, INSTANT] + ANYTHING_ELSE),
    "filled": (["x"], ["", 5, True] + ANYTHING_ELSE),
    "origin": (["export", "api", "fixture"], ["", "EXPORT", "other", 5] + ANYTHING_ELSE),
    "flag": ([True, False], [0, 1, "true", 1.0] + ANYTHING_ELSE),
    "date": ([INSTANT, datetime.datetime(1969, 1, 1)], ["2024-05-01T06:30:00Z", 5, Int64(5), 5.5, True] + ANYTHING_ELSE),
    "binary": ([BYTES, HASH, UUID], ["x", "", 5, 5.5, True, [], {}, ObjectId()]),
    "point": ([[47.25, 8.0], [47, 8], [-90.0, 180.0], []],
              [[1.0], [1.0, 2.0, 3.0], [90.5, 0.0], [0.0, -180.5], ["1", "2"], [None, None], "x", 5, {}, BYTES]),
    "goal": (["below 4 hours", "", 4.5, 4], [True, [], {}, INSTANT, ObjectId()]),
    "sealed text": ([BYTES, ""], ["x", " ", 5, 5.5, True, [], ["x"], {}, {"a": 1}, INSTANT, ObjectId()]),
    "sealed": ([BYTES], ["x", 5, 5.5, True, [], [1.0, 2.0], {}, {"a": 1}, INSTANT, ObjectId()]),
    "object": ([{}], ["x", 5, True, [], BYTES, ObjectId()]),
    "binaries": ([[], [HASH], [HASH, HASH]], ["x", 5, True, {}, BYTES, [5], ["x"], [[]], [HASH, 5]]),
    "array": ([[]], ["x", 5, True, {}, BYTES, [5], ["x"], [[]]]),
}
