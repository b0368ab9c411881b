"""Writes activities whose keys, numbers and strings are as unusual as JSON allows, and some that must be refused.

Usage: hostile.py SEED COUNT RECORDS VERDICTS. RECORDS becomes NDJSON; VERDICTS gets a line `ID stored` or `ID SS…`
(the rule that refuses it) for each record. The same seed gives the same text.
"""

import decimal
import json
import random
import sys

# One in this many records gets an error, few enough that every finding is shown.
REFUSED_EVERY = 110
FIRST_ID = 91_000_000_000
EXACT = decimal.Context(prec=34, Emin=-6143, Emax=6144, clamp=1, traps=[decimal.Inexact, decimal.Overflow])

KEYS = [
    "", " ", "$", "$set", "$ref", "$id", "$db", "$oid", "$numberLong", "$numberDouble", "$date", "$$ROOT", "$where",
    ".", "..", "a.b", ".a", "a.", "a..b", "$a.$b", "0", "1", "-1", "_id", "__proto__", "constructor", "toString",
    "Distance", "distance ", "DISTANCE", "names", "ключ", "鍵", "🔑", "🏴\U000e0067\U000e007f", "e\u0301", "\u00e9",
    "\u2028", "\u200f", "\ufeff", "\uffff", "\U0010ffff", "\x01", "\x7f", "tab\tkey", "line\nbreak", 'quo"te', "back\\slash",
    "a/b", "a~b", "~0~1", "/", "null", "true", "NaN", "{}", "[]", "<script>", "%s%n", "' OR 1=1 --", "strava_activity_id",
]
STRINGS = [
    "", " ", "\0", "a\0b", "\0\0\0", "$name", "$$NOW", "trailing ", "line\r\nbreak", "\u2028\u2029", "🚴🏽\u200d♀\ufe0f",
    "\u202eright to left", "\U0001f600" * 40, "e\u0301", "\ufffd", "\ufffe\uffff", "\U0010ffff", "\x00\x01\x1f\x7f\x80", "\\u0041",
    '"', "\\", "\\\\", "</script>", "12", "1e5", "null", "2024-05-01T06:30:00Z", "x" * 255, "y" * 4096, "é" * 1000,
]
BORDERS = [2**31, 2**32, 2**53, 2**63, 2**64, 10**15, 10**17, 10**18, 10**19, 10**22, 10**33, 10**34 - 2]
NUMBERS = [
    "0", "-0", "0.0", "-0.0", "0e0", "0E+5", "-0e-5", "0.000", "0e-9999", "1e0", "1E2", "100e-2", "1.50", "82.299999999999997",
    "82.3", "0.1", "0.30000000000000004", "0.3000000000000000444", "1e-308", "2.2250738585072014e-308", "5e-324", "4.9e-324",
    "2.5e-324", "1.7976931348623157e308", "1.7976931348623158e308", "1e308", "1e309", "-1e309", "1e-400", "1e6144", "1e-6176",
    "9.999999999999999999999999999999999e6144", "1e-6143", "123456789012345678e-10", "3.14159265358979323846264338327950",
    "-123.39330000000000154", "0.1234567890123456789012345678901234", "12345678901234567890.5", "9007199254740993.0",
    "9007199254740992.0", "1e22", "1e23", "8.41e21", "179769313486231570000e288", "1000000000000000000000000000000000.0",
    "0.0000000000000000000000000000000000000000000000001", "1" + "0" * 33, "9" * 34, "-" + "9" * 34, "1.0e1", "10E-1",
]
# The text that replaces the value of the last member, and the rule that refuses it.
POISONS = [
    ('{"a": 1, "b": 2, "a": 3}', "SS005"), (r'{"a": 1, "\u0061": 2}', "SS005"), ('{"": 1, "": 2}', "SS005"),
    (r'{"\ud83d\ude80": 1, "🚀": 2}', "SS005"), (r'{"a\u0000": 1}', "SS006"), (r'{"\u0000": 1}', "SS006"),
    (r'"\ud800"', "SS004"), (r'"\udc00 alone"', "SS004"), (r'"\ude80\ud83d"', "SS004"), (r'"\ud83d\u0041"', "SS004"),
    (r'{"\ud800": 1}', "SS004"), ("[" * 98 + "]" * 98, "SS007"), ('{"a":' * 98 + "1" + "}" * 98, "SS007"),
    ("1" * 35, "SS008"), ("1e7000", "SS008"), ("-1e-7000", "SS008"), ("0." + "123456789" * 4, "SS008"),
    ("1" + "0" * 34, "SS008"), ("NaN", "SS001"), ("-Infinity", "SS001"), ("01", "SS001"), ("+1", "SS001"), (".5", "SS001"),
    ("5.", "SS001"), ("1e", "SS001"), ("0x10", "SS001"), ("True", "SS001"), (r'"\x41"', "SS001"), (r'"\u12"', "SS001"),
    ("[1,]", "SS001"), ("[1 2]", "SS001"), ('{"a" 1}', "SS001"), ('{"a": }', "SS001"), ("'text'", "SS001"),
    ('"tab\there"', "SS001"), (b'"\xff"', "SS003"), (b'"\xc0\xaf"', "SS003"), (b'"\xed\xa0\x80"', "SS003"),
    (b'"\xf4\x90\x80\x80"', "SS003"), (b'"cut \xe2\x82"', "SS003"), (b'{"\xfe": 1}', "SS003"),
]


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def quoted(self, text):
        """Returns one of the notations that JSON has for the same string."""
        way = self.random.random()
        if way < 0.3:
            return json.dumps(text)
        if way < 0.8:
            return json.dumps(text, ensure_ascii=False)
        units = text.encode("utf-16-be")
        escaped = "".join(f"\\u{units[i]:02x}{units[i + 1]:02X}" for i in range(0, len(units), 2))
        return f'"{escaped}"'

    def word(self, longest):
        """Returns UTF-8 text of 1 to `longest` bytes."""
        size = self.random.randint(1, longest)
        alphabet = self.random.choice(["abcXYZ019_", "$.a", "éß¿", "漢字かな", "😀🧭𝄞", "\x01\x1f\x7f\"\\/"])
        text = "".join(self.random.choices(alphabet, k=size))
        return text.encode()[:size].decode(errors="ignore") or "k"

    def key(self):
        return self.random.choice(KEYS) if self.random.random() < 0.6 else self.word(300)

    def number(self):
        way = self.random.random()
        if way < 0.35:
            return self.random.choice(NUMBERS)
        if way < 0.55:
            return str(self.random.choice([1, -1]) * (self.random.choice(BORDERS) + self.random.randint(-2, 1)))
        if way < 0.65:
            return repr(self.random.uniform(-1, 1) * 10.0 ** self.random.randint(-300, 300))
        if way < 0.75:
            return f"{self.random.uniform(-180, 180):.{self.random.randint(1, 17)}f}"
        digits = "".join(self.random.choices("0123456789", k=self.random.randint(0, 33)))
        first = self.random.choice("123456789")
        point = self.random.randint(0, len(digits))
        text = self.random.choice(["", "-"]) + first + digits[:point] + ("." + digits[point:] if digits[point:] else "")
        if self.random.random() < 0.6:
            text += self.random.choice("eE") + self.random.choice(["", "+", "-"]) + str(self.random.choice([0, 5, 22, 300, 330, 6000]))
        return text if is_kept(text) else "1"

    def value(self, depth=0):
        way = self.random.random()
        if way < 0.35:
            return self.number()
        if way < 0.65:
            return self.quoted(self.random.choice(STRINGS) if self.random.random() < 0.7 else self.word(400))
        if way < 0.75 or depth > 3:
            return self.random.choice(["null", "true", "false", "[]", "{}", "[[]]", "[{}]"])
        if way < 0.87:
            return "[" + self.gap().join(self.value(depth + 1) + self.space() for _ in range(self.random.randint(0, 4))) + "]"
        return "{" + self.members([], depth + 1) + "}"

    def space(self):
        return self.random.choice(["", "", "", " ", "\t", " \r "])

    def gap(self):
        return "," + self.space()

    def members(self, taken, depth=0):
        keys = {}
        for _ in range(self.random.randint(0, 6 if depth == 0 else 4)):
            key = self.key()
            if key not in taken:
                keys[key] = self.value(depth)
        if depth == 0 and self.random.random() < 0.02:
            levels = self.random.randint(60, 97)
            keys["deep"] = "[" * levels + "]" * levels
        return self.gap().join(f"{self.quoted(k)}{self.space()}:{self.space()}{v}" for k, v in keys.items())

    def record(self, number):
        own = {
            "resource_state": "2", "athlete": '{"id":900000031}', "name": self.quoted(self.random.choice(STRINGS)),
            "distance": self.random.choice(["0", "5012.40", "1e3", "82.299999999999997"]), "moving_time": "300",
            "elapsed_time": "300", "type": '"Run"', "id": str(number), "start_date": '"2024-05-01T06:30:00Z"',
        }
        first = [f'"{key}":{value}' for key, value in own.items()]
        self.random.shuffle(first)
        rest = self.members(own.keys())
        return ",".join(first) + ("," + rest if rest else "")


def is_kept(literal):
    """Returns whether BSON stores a number exactly: as an integer of up to 34 digits, a double or a decimal128."""
    if not set(literal) & set(".eE"):
        return len(literal.lstrip("-")) <= 34
    value = decimal.Decimal(literal)
    if decimal.Decimal(repr(float(literal))) == value:
        return True
    try:
        EXACT.create_decimal(value.normalize(decimal.Context(prec=2000, Emin=-99999, Emax=99999)))
        return True
    except (decimal.Inexact, decimal.Overflow):
        return False


def main():
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    maker = Maker(seed)
    poisons = 0
    with open(sys.argv[3], "wb") as records, open(sys.argv[4], "w") as verdicts:
        for number in range(FIRST_ID, FIRST_ID + count):
            line, verdict = maker.record(number).encode(), "stored"
            if number % REFUSED_EVERY == 0:
                poison, verdict = POISONS[poisons % len(POISONS)]
                poisons += 1
                line += b',"poison":' + (poison if isinstance(poison, bytes) else poison.encode())
            records.write(b"{" + line + b"}\n")
            verdicts.write(f"{number} {verdict}\n")


if __name__ == "__main__":
    main()
