"""mongodump and mongorestore, as far as docs/adopting.md uses them, on PyMongo.

Usage: mongo_tools.py mongodump --uri URI --out FOLDER        writes FOLDER/DATABASE/COLLECTION.bson
       mongo_tools.py mongorestore --uri URI --drop FOLDER    replaces the collections by those of the folder
"""

import pathlib
import sys

import bson
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient


def main():
    tool, _, uri, _, folder = sys.argv[1:]
    db = MongoClient(uri, document_class=RawBSONDocument).get_default_database()
    folder = pathlib.Path(folder) / db.name
    if tool == "mongodump":
        folder.mkdir(parents=True)
        for name in db.list_collection_names():
            (folder / f"{name}.bson").write_bytes(b"".join(document.raw for document in db[name].find()))
        return
    for name in {*db.list_collection_names(), *(path.stem for path in folder.glob("*.bson"))}:
        db.drop_collection(name)
    for path in folder.glob("*.bson"):
        documents = [RawBSONDocument(bson.encode(one)) for one in bson.decode_file_iter(path.open("rb"))]
        if documents:
            db[path.stem].insert_many(documents)


if __name__ == "__main__":
    main()
