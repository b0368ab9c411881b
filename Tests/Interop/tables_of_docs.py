"""Runs the Python examples of docs/export.md about pandas and Parquet on an exported table, and compares what they read with
the documents.

Usage: tables_of_docs.py FOLDER   (activities.csv of `export --format csv --exact`, and activities.ndjson)
Prints a line for each complaint, then a JSON object with counts.
"""

import json
import os
import pathlib
import re
import sys

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs" / "export.md"


def example(title):
    """Returns the Python code under a heading."""
    section = re.split(rf"^### {re.escape(title)}$", DOCS.read_text(), flags=re.M)[1]
    return re.search(r"```python\n(.*?)```", section, re.S)[1]


def main():
    os.chdir(sys.argv[1])
    documents = {row["strava_activity_id"]: row for row in map(json.loads, open("activities.ndjson"))}
    complaints = []

    def compare(reader, rows):
        seen = {row["strava_activity_id"]: row for row in rows}
        if seen.keys() != documents.keys():
            complaints.append(f"{reader}: {len(seen)} rows for {len(documents)} documents")
        for key, row in seen.items():
            for field in ["name", "distance", "device_name", "moving_time"]:
                if row[field] != documents[key].get(field):
                    complaints.append(f"{reader}: {field} of {key}: {row[field]!r} for {documents[key].get(field)!r}")

    names = {}
    exec(example("CSV in pandas"), names)
    table = names["activities"]
    compare("pandas", [
        {field: None if value is None or value != value else value for field, value in row.items()}
        for row in table.astype(object).where(table.notna(), None).to_dict("records")])

    exec(example("Parquet"), {})
    import pyarrow.parquet as parquet

    read = parquet.read_table("activities.parquet")
    compare("Parquet", read.to_pylist())
    types = {field.name: str(field.type) for field in read.schema}
    for field, kind in {"strava_activity_id": "int64", "distance": "double", "name": "string", "trainer": "bool"}.items():
        if types[field] != kind:
            complaints.append(f"Parquet: {field} is {types[field]}")
    if not types["start_date"].startswith("timestamp"):
        complaints.append(f"Parquet: start_date is {types['start_date']}")
    print("\n".join(complaints + [json.dumps({"documents": len(documents), "complaints": len(complaints)})]))


main()
