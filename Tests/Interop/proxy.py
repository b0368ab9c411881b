"""Stands between a client and a MongoDB server, and spoils what passes, once each, where it is told to. Or lets
somebody else act right before a command.

Usage: proxy.py PORT [[HOW@]COMMAND:COLLECTION:NUMBER]...
       proxy.py PORT --before COMMAND:COLLECTION:NUMBER[,...] PROGRAM

PORT is the server's on 127.0.0.1. `insert:activities:2` is the second `insert` into `activities`, counted over all
connections. HOW is what becomes of it:

lose       the command runs, its answer never comes: the connection is closed (so it is without a HOW)
cut        the command runs, half of its answer comes, then the connection is closed
reset      the command never reaches the server: the connection is reset
delay      the command runs, its answer takes 1.5 s
hold       the command runs, the connection stays, and nothing comes any more
duplicate  the command never reaches the server: every operation in it is answered with a duplicate of the natural key,
           as when another writer's document came and went
busy       the command never reaches the server: every operation in it is answered with a write conflict
one        a find that asks for one document at a time
dates      Python's first and last date come as the first and last that BSON has, which the stand-in does not take

PROGRAM is Python; it finds the database that MONGODB_DATABASE names in `db`, the command in `command`, and in `sent` the
documents that it carries. Prints `listening PORT` first, then `lost ` and the fault for each that has come about, and `acted `
for each program run.
"""

import asyncio
import os
import socket
import struct
import sys

import bson
import pymongo

OP_MSG = 2013
# An OP_MSG's flags and the kind of its first section stand before its document.
DOCUMENT = 21
KEYS = {"users": "strava_id", "activities": "strava_activity_id", "insights": "_id", "data_keys": "strava_id"}


class Faults:
    def __init__(self, wanted):
        self.wanted = {fault.rpartition("@")[2]: fault for fault in wanted}
        self.seen = {}

    def of(self, message):
        """The fault that this request is to meet."""
        opcode = struct.unpack_from("<i", message, 12)[0]
        if opcode != OP_MSG or message[20] != 0:
            return None
        # The first element is the command: its type, its name, and, where it is text, the collection.
        start = DOCUMENT + 4
        end = message.index(0, start + 1)
        command = message[start + 1 : end].decode()
        if command == "getMore":
            # The cursor's number, then the collection.
            start = end + 9
            end = message.index(0, start + 1)
        if message[start] != 2:
            return None
        length = struct.unpack_from("<i", message, end + 1)[0]
        name = f"{command}:{message[end + 5 : end + 4 + length].decode()}"
        self.seen[name] = self.seen.get(name, 0) + 1
        return self.wanted.get(f"{name}:{self.seen[name]}")


def how(fault):
    return fault.rpartition("@")[0] or "lose"


def carried(message):
    """The documents in the sequences of an OP_MSG."""
    place, documents = DOCUMENT - 1, []
    while place < len(message):
        kind, size = message[place], struct.unpack_from("<i", message, place + 1)[0]
        if kind == 1:
            first = message.index(0, place + 5) + 1
            documents += bson.decode_all(message[first : place + 1 + size])
        place += 1 + size
    return documents


def refusal(index, operation, collection, kind):
    if kind == "busy":
        return {"index": index, "code": 112, "errmsg": "WriteConflict error: this operation conflicted with another"}
    key = KEYS[collection]
    # An update's filter names the key, a document has it.
    value = operation.get("q", operation).get(key)
    text = f"E11000 duplicate key error collection: db.{collection} index: {key}_1 dup key: {{ {key}: {value} }}"
    return {"index": index, "code": 11000, "errmsg": text, "keyPattern": {key: 1}, "keyValue": {key: value}}


def refused(request, collection, kind):
    """The answer to a bulk write none of whose operations was done."""
    errors = [refusal(index, operation, collection, kind) for index, operation in enumerate(carried(request))]
    body = bytes(5) + bson.encode({"n": 0, "nModified": 0, "writeErrors": errors, "ok": 1.0})
    return struct.pack("<iiii", 16 + len(body), 1, struct.unpack_from("<i", request, 4)[0], OP_MSG) + body


def for_one(request):
    """The same find with another batchSize."""
    name = request.index(b"batchSize\0")
    kind, value = {0x10: "<i", 0x12: "<q"}[request[name - 1]], name + len(b"batchSize\0")
    return request[:value] + struct.pack(kind, 1) + request[value + struct.calcsize(kind) :]


def with_dates(reply):
    """The same reply with dates that nothing can be added to, or taken from."""
    for own, foreign in ((-62135596800000, -(2**63)), (253402300799999, 2**63 - 1)):
        reply = reply.replace(struct.pack("<q", own), struct.pack("<q", foreign))
    return reply


async def message(reader):
    head = await reader.readexactly(4)
    return head + await reader.readexactly(struct.unpack("<i", head)[0] - 4)


async def requests(reader, server, client, faults, doomed, act):
    while True:
        request = await message(reader)
        fault = faults.of(request)
        if fault and act:
            act(fault, request)
            fault = None
        if fault and how(fault) == "reset":
            print("lost", fault, flush=True)
            client.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.transport.abort()
            return
        if fault and how(fault) in ("duplicate", "busy"):
            print("lost", fault, flush=True)
            client.write(refused(request, fault.split(":")[1], how(fault)))
            await client.drain()
            continue
        if fault and how(fault) == "one":
            print("lost", fault, flush=True)
            request = for_one(request)
        elif fault:
            doomed[struct.unpack_from("<i", request, 4)[0]] = fault
        server.write(request)
        await server.drain()


async def replies(reader, client, doomed):
    # One request may have many replies: the driver's monitor listens that way.
    while True:
        reply = await message(reader)
        fault = doomed.get(struct.unpack_from("<i", reply, 8)[0])
        if fault:
            print("lost", fault, flush=True)
            if how(fault) == "lose":
                return
            if how(fault) == "cut":
                client.write(reply[: len(reply) // 2])
                await client.drain()
                return
            if how(fault) == "dates":
                reply = with_dates(reply)
            else:
                await (asyncio.sleep(1.5) if how(fault) == "delay" else asyncio.Event().wait())
        client.write(reply)
        await client.drain()


def actor(port, program):
    def act(name, request):
        length = struct.unpack_from("<i", request, DOCUMENT)[0]
        known = {"bson": bson, "command": bson.decode(request[DOCUMENT : DOCUMENT + length]), "sent": carried(request)}
        with pymongo.MongoClient("127.0.0.1", port) as client:
            exec(program, known | {"db": client[os.environ["MONGODB_DATABASE"]]})
        print("acted", name, flush=True)

    return act


async def main():
    port, act, names = int(sys.argv[1]), None, sys.argv[2:]
    if "--before" in names:
        act, names = actor(port, names[2]), names[1].split(",")
    faults = Faults(names)

    async def serve(reader, writer):
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.close()
            return
        doomed = {}
        ways = [
            asyncio.ensure_future(requests(reader, server_writer, writer, faults, doomed, act)),
            asyncio.ensure_future(replies(server_reader, writer, doomed)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        writer.close()
        server_writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print("listening", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
