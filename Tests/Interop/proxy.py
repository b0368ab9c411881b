"""Stands between a client and a MongoDB server, and loses replies: the command ran, its answer never came.

Usage: proxy.py PORT [COMMAND:COLLECTION:NUMBER]...

PORT is the server's on 127.0.0.1. `insert:activities:2` loses the reply to the second `insert` into `activities`, counted
over all connections, and closes that connection; with `hold:` before it, the connection stays and nothing comes any
more. Prints `listening PORT` first, then a line for each reply lost.
"""

import asyncio
import struct
import sys

OP_MSG = 2013
# An OP_MSG's flags and the kind of its first section stand before its document.
DOCUMENT = 21


class Losses:
    def __init__(self, wanted):
        self.wanted = set(wanted)
        self.seen = {}

    def doomed(self, message):
        """The name of the loss, when this is a request whose reply is to be lost."""
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


async def message(reader):
    head = await reader.readexactly(4)
    return head + await reader.readexactly(struct.unpack("<i", head)[0] - 4)


async def requests(reader, writer, losses, doomed):
    while True:
        request = await message(reader)
        if loss := losses.doomed(request):
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


async def main():
    port, losses = int(sys.argv[1]), Losses(sys.argv[2:])

    async def serve(reader, writer):
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.close()
            return
        doomed = {}
        ways = [
            asyncio.ensure_future(requests(reader, server_writer, losses, doomed)),
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
