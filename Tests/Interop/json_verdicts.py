"""Prints for each text of a corpus whether Python reads it as a JSON object that import accepts: yes or no, one a line.

Usage: json_verdicts.py FILE, one text in base64 a line.
"""

import base64
import decimal
import json
import sys

DEEPEST = 106


class Refused(Exception):
    pass


def members(pairs):
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names) or any("\0" in name for name in names):
        raise Refused
    return dict(pairs)


def no_constant(_):
    raise Refused


def integer(text):
    if len(text.lstrip("-")) > 34:
        raise Refused
    return 0


def fraction(text):
    exact = decimal.Decimal(text)
    nearest = float(text)
    if nearest not in (float("inf"), float("-inf")) and decimal.Decimal(repr(nearest)) == exact:
        return 0
    sign, digits, exponent = exact.normalize(EXACT).as_tuple()
    if len(digits) > 34 or exponent < -6176 or len(digits) + exponent > 6111 + 34:
        raise Refused
    return 0


EXACT = decimal.Context(prec=1_000_000, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN)


def check(value, level):
    if isinstance(value, (dict, list)):
        if level == DEEPEST:
            raise Refused
        if isinstance(value, dict):
            for name in value:
                name.encode()
            value = value.values()
        for inner in value:
            check(inner, level + 1)
    elif isinstance(value, str):
        value.encode()


DECODER = json.JSONDecoder(
    object_pairs_hook=members, parse_constant=no_constant, parse_int=integer, parse_float=fraction)
# Text that is too deep for Python is too deep for import. Invalid UTF-8 and lone surrogates are ValueErrors.
REFUSALS = (ValueError, Refused, decimal.Overflow, decimal.InvalidOperation)


def accepted(text):
    try:
        value = DECODER.decode(text.decode())
        if not isinstance(value, dict):
            return False
        check(value, 0)
        return True
    except REFUSALS:
        return False


if __name__ == "__main__":
    sys.setrecursionlimit(100_000)
    for line in open(sys.argv[1]):
        print("yes" if accepted(base64.b64decode(line)) else "no")
