"""A proxy between a client and a MongoDB server, which causes the requested faults, once each. Or it lets another
program act right before a command.

Usage: proxy.py PORT [[HOW@]COMMAND:COLLECTION:NUMBER]...
       proxy.py PORT --before COMMAND:COLLECTION:NUMBER[,...] PROGRAM
       proxy.py PORT --pause SECONDS

PORT is the server's on 127.0.0.1. `insert:activities:2` is the second `insert` into `activities`, counted over all
connections; `ping::1` is the first `ping`, which names no collection. HOW is what becomes of it:

lose       the command runs, its answer never comes: the connection is closed (so it is without a HOW)
cut        the command runs, half of its answer comes, then the connection is closed
reset      the command never reaches the server: the connection is reset
delay      the command runs, its answer takes 1.5 s
hold       the command runs, the connection stays, and nothing comes any more
duplicate  the command never reaches the server: every operation in it is answered with a duplicate of the natural key,
           as when another writer's document came and went
busy       the command never reaches the server: every operation in it is answered with a write conflict
drop+N     the command never reaches the server: every connection is reset, and the next N logins are cut in the middle
demote+N[+CODE]  the same, and the next N logins are refused as by a server that is no longer the primary (11602)
stall+N    the same, and the next N logins get no answer
fail+CODE[+LABEL...]    the command never reaches the server: it is refused as a whole with this code and these labels
each+CODE[+LABEL...]    the command never reaches the server: every operation in it is refused by itself
half+CODE[+LABEL...]    the server gets every other operation; the rest are refused by themselves
batch+N    a find that asks for N documents at a time
slow+N     the command runs, its answer takes N s
members    the command never reaches the server: the answer is of a replica set one of whose members is down
shards     the command never reaches the server: the answer is the $indexStats of two shards, the second of which lacks
           email_hash_1
usage      the command never reaches the server: the answer is the $indexStats of `users`, whose indexes were used 0 to n times
later      the server's clock in the answer (localTime) is 48 hours ahead
dates      Python's first and last date come as the first and last that BSON has, which the stand-in does not take

PROGRAM is Python; it finds the database that MONGODB_DATABASE names in `db`, the command in `command`, and in `sent` the
documents that it carries. Prints `listening PORT` first, then `lost ` and the fault for each that has come about, and `acted `
for each program run. With --pause, each request reaches the server that much later.
"""

import asyncio
import datetime
import os
import socket
import struct
import sys

import bson
import pymongo
from bson.codec_options import CodecOptions, DatetimeConversion
from bson.son import SON

OP_MSG = 2013
# The flags of an OP_MSG and the kind of its first section come before its document.
DOCUMENT = 21
# Every value is decoded as it was sent.
OPTIONS = CodecOptions(document_class=SON, datetime_conversion=DatetimeConversion.DATETIME_MS)
KEYS = {"users": "strava_id", "activities": "strava_activity_id", "insights": "_id", "data_keys": "strava_id"}


class Faults:
    def __init__(self, wanted):
        self.wanted = {fault.rpartition("@")[2]: fault for fault in wanted}
        self.seen = {}
        # The logins that are still to fail, and in which way.
        self.logins, self.login = 0, ""
        self.clients = set()

    def drop(self, fault):
        """Resets every connection, and sets the faults of the next logins."""
        self.login, self.logins = how(fault), int(how(fault).split("+")[1])
        for client in list(self.clients):
            reset(client)

    def of_login(self, message):
        """Returns the fault for a step of a login. A client's monitor has no login."""
        if self.logins == 0 or struct.unpack_from("<i", message, 12)[0] != OP_MSG:
            return None
        if message[DOCUMENT + 5 :].partition(b"\0")[0] not in (b"saslStart", b"saslContinue"):
            return None
        self.logins -= 1
        return self.login

    def of(self, message):
        """Returns the fault for this request."""
        opcode = struct.unpack_from("<i", message, 12)[0]
        if opcode != OP_MSG or message[20] != 0:
            return None
        # The first element is the command: its type, its name and, if its value is a text, the collection.
        start = DOCUMENT + 4
        end = message.index(0, start + 1)
        command = message[start + 1 : end].decode()
        if command == "getMore":
            # The cursor's number comes first, then the collection.
            start = end + 9
            end = message.index(0, start + 1)
        name = f"{command}:"
        if message[start] == 2:
            length = struct.unpack_from("<i", message, end + 1)[0]
            name += message[end + 5 : end + 4 + length].decode()
        self.seen[name] = self.seen.get(name, 0) + 1
        return self.wanted.get(f"{name}:{self.seen[name]}")


def reset(client):
    client.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.transport.abort()


def answer(request, document):
    body = bytes(5) + bson.encode(document)
    return struct.pack("<iiii", 16 + len(body), 1, struct.unpack_from("<i", request, 4)[0], OP_MSG) + body


def failure(code, labels):
    # Atlas's own code has its meaning only in the text of the message.
    text = "user is not allowed to do action [x] on [a.b]" if code == "8000" else "refused by the proxy"
    return {"ok": 0.0, "code": int(code), "errmsg": text} | ({"errorLabels": labels} if labels else {})


def index_stats():
    """Returns the declared indexes of `users` on two shards, the second of which lacks one."""
    names = ["_id_", "strava_id_1", "username_hash_1", "email_hash_1", "access_token_hash_1", "token_expires_at_1"]
    entries = [{"name": name, "shard": shard} for shard in ("east", "west") for name in names]
    batch = [entry for entry in entries if entry != {"name": "email_hash_1", "shard": "west"}]
    return {"ok": 1.0, "cursor": {"id": 0, "ns": "db.users", "firstBatch": batch}}


def index_usage():
    """Returns the declared indexes of `users` and one more with their uses since the beginning of the year."""
    names = ["_id_", "strava_id_1", "username_hash_1", "email_hash_1", "access_token_hash_1", "token_expires_at_1", "own_1"]
    since = datetime.datetime(2026, 1, 1)
    uses = {"username_hash_1": 7, "access_token_hash_1": 1}
    batch = [{"name": name, "accesses": {"ops": bson.Int64(uses.get(name, 0)), "since": since}} for name in names]
    return {"ok": 1.0, "cursor": {"id": 0, "ns": "db.users", "firstBatch": batch}}


def how(fault):
    return fault.rpartition("@")[0] or "lose"


def carried(message):
    """Returns the operations of a bulk write, from the sections of an OP_MSG or from the command itself."""
    place, documents = DOCUMENT - 1, list(inside(message)[1])
    while place < len(message):
        kind, size = message[place], struct.unpack_from("<i", message, place + 1)[0]
        if kind == 1:
            first = message.index(0, place + 5) + 1
            documents += bson.decode_all(message[first : place + 1 + size])
        place += 1 + size
    return documents


def inside(message):
    """Returns the command, and the operations in the command itself."""
    length = struct.unpack_from("<i", message, DOCUMENT)[0]
    command = bson.decode(message[DOCUMENT : DOCUMENT + length], OPTIONS)
    return command, next((command[name] for name in ("documents", "updates", "deletes") if name in command), [])


def refusal(index, operation, collection, kind):
    if "+" in kind:
        return {"index": index, "code": int(kind.split("+")[1]), "errmsg": "refused by the proxy"}
    if kind == "busy":
        return {"index": index, "code": 112, "errmsg": "WriteConflict error: this operation conflicted with another"}
    key = KEYS[collection]
    # An update has the key in its filter, an insert in its document.
    value = operation.get("q", operation).get(key)
    text = f"E11000 duplicate key error collection: db.{collection} index: {key}_1 dup key: {{ {key}: {value} }}"
    return {"index": index, "code": 11000, "errmsg": text, "keyPattern": {key: 1}, "keyValue": {key: value}}


def refused(request, collection, kind):
    """Returns the reply to a bulk write of which no operation was done."""
    errors = [refusal(index, operation, collection, kind) for index, operation in enumerate(carried(request))]
    labels = kind.split("+")[2:]
    return answer(
        request,
        {"n": 0, "nModified": 0, "writeErrors": errors, "ok": 1.0} | ({"errorLabels": labels} if labels else {}),
    )


def halved(request):
    """Returns the same bulk write without every other operation."""
    place, parts = DOCUMENT - 1, []
    while place < len(request):
        kind, size = request[place], struct.unpack_from("<i", request, place + 1)[0]
        part = request[place : place + 1 + size]
        command, operations = inside(request)
        if kind == 0 and operations:
            del operations[1::2]
            part = part[:1] + bson.encode(command, codec_options=OPTIONS)
        if kind == 1:
            first = part.index(0, 5) + 1
            kept = b"".join(bson.encode(document) for document in bson.decode_all(part[first:])[::2])
            part = part[:1] + struct.pack("<i", first - 1 + len(kept)) + part[5:first] + kept
        parts.append(part)
        place += 1 + size
    body = request[16 : DOCUMENT - 1] + b"".join(parts)
    return struct.pack("<i", 16 + len(body)) + request[4:16] + body


def whole(reply, sent, collection, kind):
    """Returns the reply to all operations of a bulk write of which the server received every other one."""
    document = bson.decode(reply[DOCUMENT:])
    for one in document.get("writeErrors", []) + document.get("upserted", []):
        one["index"] *= 2
    refused = [refusal(index, None, collection, kind) for index in range(1, sent, 2)]
    document["writeErrors"] = document.get("writeErrors", []) + refused
    labels = kind.split("+")[2:]
    return document | ({"errorLabels": labels} if labels else {})


def for_few(request, count):
    """Returns the same find with another batchSize."""
    name = request.index(b"batchSize\0")
    kind, value = {0x10: "<i", 0x12: "<q"}[request[name - 1]], name + len(b"batchSize\0")
    return request[:value] + struct.pack(kind, count) + request[value + struct.calcsize(kind) :]


def with_dates(reply):
    """Returns the same reply with the last and the first date of BSON."""
    for own, foreign in ((-62135596800000, -(2**63)), (253402300799999, 2**63 - 1)):
        reply = reply.replace(struct.pack("<q", own), struct.pack("<q", foreign))
    return reply


def later(reply):
    """Returns the same reply from a server whose clock is ahead."""
    document = bson.decode(reply[DOCUMENT:])
    document["localTime"] += datetime.timedelta(hours=48)
    return answer(reply[:4] + reply[8:12], document)


async def message(reader):
    head = await reader.readexactly(4)
    return head + await reader.readexactly(struct.unpack("<i", head)[0] - 4)


async def requests(reader, server, client, faults, doomed, act, pause):
    while True:
        request = await message(reader)
        await asyncio.sleep(pause)
        login = faults.of_login(request)
        if login:
            print("login", login, flush=True)
            kind, _, code = login.split("+") if login.count("+") == 2 else (*login.split("+"), "11602")
            if kind == "drop":
                return
            if kind == "stall":
                await asyncio.Event().wait()
            client.write(answer(request, failure(code, [])))
            await client.drain()
            continue
        fault = faults.of(request)
        if fault and act:
            act(fault, request)
            fault = None
        if fault and how(fault) == "reset":
            print("lost", fault, flush=True)
            reset(client)
            return
        if fault and how(fault).startswith(("drop+", "demote+", "stall+")):
            print("lost", fault, flush=True)
            faults.drop(fault)
            return
        if fault and how(fault).startswith("fail+"):
            print("lost", fault, flush=True)
            client.write(answer(request, failure(how(fault).split("+")[1], how(fault).split("+")[2:])))
            await client.drain()
            continue
        if fault and how(fault) == "members":
            print("lost", fault, flush=True)
            states = [{"name": "a.example:27017", "health": 1.0}, {"name": "b.example:27017", "health": 0.0}]
            client.write(answer(request, {"ok": 1.0, "members": states}))
            await client.drain()
            continue
        if fault and how(fault) in ("shards", "usage"):
            print("lost", fault, flush=True)
            client.write(answer(request, index_stats() if how(fault) == "shards" else index_usage()))
            await client.drain()
            continue
        if fault and (how(fault) in ("duplicate", "busy") or how(fault).startswith("each+")):
            print("lost", fault, flush=True)
            client.write(refused(request, fault.split(":")[1], how(fault)))
            await client.drain()
            continue
        if fault and how(fault).startswith("batch+"):
            print("lost", fault, flush=True)
            request = for_few(request, int(how(fault).split("+")[1]))
        elif fault:
            doomed[struct.unpack_from("<i", request, 4)[0]] = (fault, len(carried(request)))
            if how(fault).startswith("half+"):
                request = halved(request)
        server.write(request)
        await server.drain()


async def replies(reader, client, doomed):
    # One request may have many replies, because the driver's monitor listens in this way.
    while True:
        reply = await message(reader)
        fault, sent = doomed.get(struct.unpack_from("<i", reply, 8)[0], (None, 0))
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
            elif how(fault).startswith("slow+"):
                await asyncio.sleep(int(how(fault).split("+")[1]))
            elif how(fault) == "later":
                reply = later(reply)
            elif how(fault).startswith("half+"):
                document = whole(reply, sent, fault.split(":")[1], how(fault))
                # The answer belongs to the request that the reply names.
                reply = answer(reply[:4] + reply[8:12], document)
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
    port, act, pause, names = int(sys.argv[1]), None, 0, sys.argv[2:]
    if "--pause" in names:
        pause, names = float(names[1]), []
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
        faults.clients.add(writer)
        ways = [
            asyncio.ensure_future(requests(reader, server_writer, writer, faults, doomed, act, pause)),
            asyncio.ensure_future(replies(server_reader, writer, doomed)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        faults.clients.discard(writer)
        writer.close()
        server_writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print("listening", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
