"""Restores a folder of `export --format bson` as mongorestore would, with PyMongo alone.

Usage: restore.py FOLDER; server in MONGODB_URI, and the database to restore into in MONGODB_DATABASE. Makes each collection
with the options of its metadata, inserts its documents byte for byte, and makes its indexes. Prints the counts.
"""

import gzip
import json
import os
import pathlib
import sys

import bson
import dump
from bson import json_util
from bson.raw_bson import RawBSONDocument


def opened(path):
    return (gzip.open if path.suffix == ".gz" else open)(path, "rb")


def main():
    (folder,) = (path for path in pathlib.Path(sys.argv[1]).iterdir() if path.is_dir())
    database = dump.connect()[os.environ["MONGODB_DATABASE"]]
    counts = {}
    for path in sorted(folder.glob("*.metadata.json*")):
        with opened(path) as file:
            metadata = json_util.loads(file.read())
        name = metadata["collectionName"]
        database.create_collection(name, **metadata["options"])
        (documents,) = folder.glob(f"{name}.bson*")
        with opened(documents) as file:
            raw = list(bson.decode_file_iter(file, codec_options=bson.CodecOptions(document_class=RawBSONDocument)))
        if raw:
            database[name].insert_many(raw)
        for index in metadata["indexes"]:
            options = {key: value for key, value in index.items() if key not in ("v", "key", "ns")}
            if index["name"] != "_id_":
                database[name].create_index(list(index["key"].items()), **options)
        counts[name] = len(raw)
    print(json.dumps(counts))


main()
