"""Stands between a client and a MongoDB server, and loses replies: the command ran, its answer never came. Or lets
somebody else act right before a command.

Usage: proxy.py PORT [COMMAND:COLLECTION:NUMBER]...
       proxy.py PORT --before COMMAND:COLLECTION:NUMBER PROGRAM

PORT is the server's on 127.0.0.1. `insert:activities:2` loses the reply to the second `insert` into `activities`, counted
over all connections, and closes that connection; with `hold:` before it, the connection stays and nothing comes any
more. PROGRAM is Python; it finds the database that MONGODB_DATABASE names in `db`, and in `sent` the documents that the
command carries. Prints `listening PORT` first, then a line for each reply lost and for each program run.
"""

import asyncio
import os
import struct
import sys

import bson
import pymongo

OP_MSG = 2013
# An OP_MSG's flags and the kind of its first section stand before its document.
DOCUMENT = 21


class Losses:
    def __init__(self, wanted):
        self.wanted = set(wanted)
        self.seen = {}

    def doomed(self, message):
        """The name of the request, when something is to happen to it."""
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
        loss = f"{name}:{self.seen[name]}"
        return next((wanted for wanted in (loss, f"hold:{loss}") if wanted in self.wanted), None)


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


async def message(reader):
    head = await reader.readexactly(4)
    return head + await reader.readexactly(struct.unpack("<i", head)[0] - 4)


async def requests(reader, writer, losses, doomed, act):
    while True:
        request = await message(reader)
        if loss := losses.doomed(request):
            if act:
                act(loss, carried(request))
            else:
                doomed[struct.unpack_from("<i", request, 4)[0]] = loss
        writer.write(request)
        await writer.drain()


async def replies(reader, writer, doomed):
    # One request may have many replies: the driver's monitor listens that way.
    while True:
        reply = await message(reader)
        if loss := doomed.get(struct.unpack_from("<i", reply, 8)[0]):
            print("lost", loss, flush=True)
            if loss.startswith("hold:"):
                await asyncio.Event().wait()
            return
        writer.write(reply)
        await writer.drain()


def actor(port, program):
    def act(name, sent):
        with pymongo.MongoClient("127.0.0.1", port) as client:
            exec(program, {"bson": bson, "db": client[os.environ["MONGODB_DATABASE"]], "sent": sent})
        print("acted", name, flush=True)

    return act


async def main():
    port, act, names = int(sys.argv[1]), None, sys.argv[2:]
    if "--before" in names:
        act, names = actor(port, names[2]), names[1:2]
    losses = Losses(names)

    async def serve(reader, writer):
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.close()
            return
        doomed = {}
        ways = [
            asyncio.ensure_future(requests(reader, server_writer, losses, doomed, act)),
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
