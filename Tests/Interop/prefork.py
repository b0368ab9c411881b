"""Runs Python programs for the tests, each in a process of its own that is forked off this one, which has imported the driver:
that takes ten times as long as most of them.

Usage: prefork.py SOCKET

Each connection to SOCKET is one program. It brings JSON:

    program or file    its text, or its path
    arguments          of its command line
    environment        what to add to this one
    input              what it reads from standard input
    directory          where it runs
    seconds            how long it may take

It takes back exit code, length of standard output and length of standard error in a line, and then both; nothing when
the program was killed or took too long. Says `listening` first.
"""

import ctypes
import json
import os
import runpy
import signal
import socket
import sys
import traceback

# The driver and the modules that many programs share. They import other modules themselves.
import dump  # noqa: F401

PR_SET_PDEATHSIG = 1
prctl = ctypes.CDLL(None).prctl


def run(request):
    """Runs the program as Python's command line does.

    Returns its exit code. What it left to do at its end is left undone: the driver waits up to half a second then, for
    threads that have nothing to do.
    """
    sys.argv = [request.get("file", "-c")] + request["arguments"]
    sys.path[0] = os.path.dirname(request.get("file", ""))
    try:
        if "file" in request:
            runpy.run_path(request["file"], run_name="__main__")
        else:
            exec(compile(request["program"], "<string>", "exec"), {"__name__": "__main__"})
    except SystemExit as exit:
        if exit.code is None or isinstance(exit.code, int):
            return exit.code or 0
        print(exit.code, file=sys.stderr)
        return 1
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def content(file):
    file.seek(0)
    return file.read()


def serve(connection):
    """Runs one program in its own process."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with connection.makefile("rb") as stream:
        request = json.load(stream)
    signal.alarm(request["seconds"])
    files = [os.fdopen(os.memfd_create(name), "w+b") for name in ("stdin", "stdout", "stderr")]
    files[0].write(request["input"].encode())
    files[0].seek(0)
    for number, file in enumerate(files):
        os.dup2(file.fileno(), number)
    os.environ.update(request["environment"])
    os.chdir(request["directory"])
    code = run(request)
    sys.stdout.flush()
    sys.stderr.flush()
    output, errors = map(content, files[1:])
    connection.sendall(f"{code & 255} {len(output)} {len(errors)}\n".encode() + output + errors)


def main():
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(sys.argv[1])
    listener.listen(64)
    # No process waits for the forked processes.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("listening", flush=True)
    while True:
        connection, _ = listener.accept()
        if os.fork() == 0:
            try:
                listener.close()
                serve(connection)
            except BaseException:
                traceback.print_exc()
                sys.stderr.flush()
            finally:
                os._exit(0)
        connection.close()


main()
