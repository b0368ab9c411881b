"""The queries of docs/access-patterns.md, for the programs that run them.

Usage: access_patterns.py rule | explain [platform]

A block with `"form": "platform"` is a query of databases in the platform's form; a query without it is one of both, save
where it needs an index that the platform's form replaces. `explain platform` asks a database in the platform's form.

`rule` prints which queries their index does not serve in full (equality, sort, range), which declared indexes no query
needs, and where the rule itself contradicts its examples. `explain` asks the server of MONGODB_URI and MONGODB_DATABASE, which
holds what `access_patterns_data.py` made, for the plan of each query. Both print a line for each complaint.
"""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


class Pattern:
    def __init__(self, name, block):
        self.name = name
        self.collection = block["collection"]
        self.filter = block["filter"]
        self.sort = block.get("sort", {})
        self.limit = block.get("limit", 0)
        # The stages after the match and the sort, if it is an aggregation.
        self.then = block.get("then", [])
        self.index = block["index"]
        self.form = block.get("form")

    def is_in(self, form):
        """Whether databases of this form have the query."""
        return self.form in (None, form) and self.index in declared(form)[self.collection]

    def filled(self, values):
        """Returns the filter with the names replaced by values: {"user": ObjectId(…), "from": datetime(…), …}."""
        return fill(self.filter, values)

    def run(self, database, values):
        """Returns the documents that match the query."""
        collection = database[self.collection]
        if self.then:
            stages = [{"$match": self.filled(values)}] + ([{"$sort": self.sort}] if self.sort else [])
            return list(collection.aggregate(stages + self.then))
        found = collection.find(self.filled(values), limit=self.limit)
        return list(found.sort(list(self.sort.items())) if self.sort else found)


def fill(value, values):
    if isinstance(value, dict):
        return {key: fill(inner, values) for key, inner in value.items()}
    if isinstance(value, str) and (name := re.fullmatch("<(.+)>", value)):
        return values[name[1]]
    return value


def patterns():
    """Returns all queries, in the order of the page."""
    text = (ROOT / "docs" / "access-patterns.md").read_text()
    sections = re.split(r"^### (.+)$", text, flags=re.M)[1:]
    found = []
    for name, body in zip(sections[::2], sections[1::2]):
        blocks = re.findall(r"^```json\n(.+?)^```$", body, flags=re.M | re.S)
        if len(blocks) != 1:
            raise ValueError(f"'{name}' has {len(blocks)} blocks")
        found.append(Pattern(name, json.loads(blocks[0])))
    return found


def served(key, filter, sort):
    """Returns why an index on `key` ([(field, direction)]) does not serve the query in full, or None if it does."""
    is_range = {field: isinstance(value, dict) for field, value in filter.items()}
    equal = {field for field, ranged in is_range.items() if not ranged}
    ranges = {field for field, ranged in is_range.items() if ranged}
    head, rest = key[: len(equal)], key[len(equal) :]
    if {field for field, _ in head} != equal:
        return "the fields compared for equality do not come first"
    # Fields that are equal in all documents need no sort.
    order = [(field, direction) for field, direction in sort.items() if field not in equal]
    taken = rest[: len(order)]
    if [field for field, _ in taken] != [field for field, _ in order]:
        return "the sort does not follow"
    if len({a * b for (_, a), (_, b) in zip(taken, order)}) > 1:
        return "the directions are not the sort's"
    here = {field for field, _ in order[:1]}
    behind = rest[len(order) :]
    if {field for field, _ in behind[: len(ranges - here)]} != ranges - here:
        return "a range is not in the key"
    if order and ranges - here:
        return "a range follows the sort: keys are read that do not match"
    if len(ranges) > 1:
        return "only one range bounds what is read"
    return None


# key, filter, sort, and whether the index serves the query in full
EXAMPLES = [
    ("a -b", {"a": 1}, {"b": -1}, True),
    ("a -b", {"a": 1}, {"b": 1}, True),
    ("a -b", {"a": 1, "b": {"$gt": 1}}, {"b": 1}, True),
    ("a b -c", {"b": 1, "a": 1}, {"c": -1}, True),
    ("a b -c", {"a": 1}, {"b": 1, "c": -1}, True),
    ("a b -c", {"a": 1}, {"b": -1, "c": 1}, True),
    ("a b -c", {"a": 1}, {"b": 1, "c": 1}, False),
    ("a b -c", {"a": 1}, {"c": -1}, False),
    ("a -b", {"a": {"$gt": 1}}, {"b": -1}, False),
    ("a -b", {"a": 1, "c": 1}, {"b": -1}, False),
    ("a b", {"b": 1}, {}, False),
    ("a b", {"a": 1, "c": {"$gt": 1}}, {}, False),
    ("a b c", {"a": 1, "c": {"$gt": 1}}, {"b": 1}, False),
    ("a", {"a": {"$lt": 1}}, {"a": 1}, True),
    ("a", {"a": {"$lt": 1}}, {"b": 1}, False),
]


def key(text):
    return [(part.lstrip("-"), -1 if part.startswith("-") else 1) for part in text.split()]


def declared(form="specification"):
    """Returns {collection: {name: key}}, from the table of the tests of `index`."""
    from indexes import DECLARED, PLATFORM

    def name(parts):
        return "_".join(f"{field}_{direction}" for field, direction in parts)

    return {
        collection: {name(key(text)): key(text) for text, _ in indexes}
        for collection, indexes in (DECLARED | (PLATFORM if form == "platform" else {})).items()
    }


def check_rule():
    for text, filter, sort, good in EXAMPLES:
        if (served(key(text), filter, sort) is None) != good:
            yield f"the rule is wrong about {text}: {filter} {sort}"
    for form in ("specification", "platform"):
        yield from check_rule_of(form)


def check_rule_of(form):
    indexes = declared(form)
    unused = {(collection, name) for collection, names in indexes.items() for name in names}
    for pattern in patterns():
        if not pattern.is_in(form):
            if not pattern.is_in("specification") and not pattern.is_in("platform"):
                yield f"{pattern.name}: {pattern.index} is not declared"
            continue
        unused.discard((pattern.collection, pattern.index))
        if why := served(indexes[pattern.collection][pattern.index], pattern.filter, pattern.sort):
            yield f"{pattern.name}: {why}"
    for collection, name in sorted(unused):
        yield f"no query needs {name} of {collection}"


def stages(plan):
    """Yields every stage of a plan, the outermost first."""
    if isinstance(plan, dict):
        if "stage" in plan:
            yield plan
        for inner in plan.values():
            yield from stages(inner)
    elif isinstance(plan, list):
        for inner in plan:
            yield from stages(inner)


def check_plans(database, form):
    from access_patterns_data import values

    indexes = declared(form)
    for pattern in patterns():
        if not pattern.is_in(form):
            continue
        query = {"find": pattern.collection, "filter": pattern.filled(values(pattern, form)), "sort": pattern.sort}
        if pattern.limit:
            query["limit"] = pattern.limit
        told = database.command({"explain": query, "verbosity": "executionStats"})
        plan = list(stages(told["queryPlanner"]["winningPlan"]))
        used = [stage["indexName"] for stage in plan if stage["stage"].endswith("IXSCAN")]
        stats = told["executionStats"]
        examined, returned = stats["totalDocsExamined"], stats["nReturned"]
        print(f"{pattern.name}: {used}, {examined} examined, {returned} returned", file=sys.stderr)
        # The stand-in server uses any of the indexes that find the same documents, and sorts them itself.
        keys = [indexes[pattern.collection].get(name) for name in used]
        alike = len(keys) == 1 and keys[0] and served(keys[0], pattern.filter, {}) is None
        if not (used == [pattern.index] or alike):
            yield f"{pattern.name}: served by {used or [stage['stage'] for stage in plan]}, not by {pattern.index}"
        if returned == 0:
            yield f"{pattern.name}: finds nothing"
        if examined > 1.1 * returned:
            yield f"{pattern.name}: {examined} documents examined for {returned}"
        if not pattern.run(database, values(pattern, form)):
            yield f"{pattern.name}: gives nothing"


def main():
    if sys.argv[1:] == ["rule"]:
        complaints = check_rule()
    else:
        import os

        from pymongo import MongoClient

        form = sys.argv[2] if len(sys.argv) > 2 else "specification"
        complaints = check_plans(MongoClient(os.environ["MONGODB_URI"])[os.environ["MONGODB_DATABASE"]], form)
    for complaint in complaints:
        print(complaint)


if __name__ == "__main__":
    main()
