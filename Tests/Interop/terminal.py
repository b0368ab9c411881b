"""Runs a program on a terminal of its own, answers its questions, and prints what the terminal showed.

Usage: terminal.py ANSWER... -- PROGRAM ARGUMENT...

A question is output that ends with a colon and a space. An answer is typed as a line; `^C` is typed as Ctrl-C, and
`SIGTERM` and `SIGHUP` are sent as signals instead. Ends with the program's exit code, or with 128 and the number of the signal that ended it.
"""

import os
import pty
import signal
import sys
import termios

ECHO = 3  # local modes in tcgetattr's list


def main():
    split = sys.argv.index("--")
    answers, program = sys.argv[1:split], sys.argv[split + 1 :]
    child, terminal = pty.fork()
    if child == 0:
        os.execv(program[0], program)
    shown, since = b"", b""
    before = termios.tcgetattr(terminal)[ECHO]
    while True:
        try:
            some = os.read(terminal, 4096)
        except OSError:  # how Linux tells that the other end was closed
            break
        if not some:
            break
        shown += some
        since += some
        if since.endswith(b": ") and answers:
            answer = answers.pop(0)
            since = b""
            if answer in ("SIGTERM", "SIGHUP"):
                os.kill(child, getattr(signal, answer))
            else:
                os.write(terminal, b"\x03" if answer == "^C" else answer.encode() + b"\n")
    after = termios.tcgetattr(terminal)[ECHO]
    sys.stdout.write(shown.decode())
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if before & (termios.ECHO | termios.ISIG) != after & (termios.ECHO | termios.ISIG):
        sys.exit("the terminal was not left as it was found")
    sys.exit(code if code >= 0 else 128 - code)


if __name__ == "__main__":
    main()
