"""Follows docs/adopting.md: runs the commands of its steps and of the way back, in order and as they are written there.

Usage: adopting_page.py PAGE URI FOLDER     URI names the server and the database, FOLDER is empty; `strava-store` is in
                                            PATH

Only the values that the reader has to replace (the first block) are other ones. mongodump and mongorestore are those of
mongo_tools.py; `systemctl restart platform` starts example_backend.py, whose answers must be those of the backend before any
of this, after each block. Prints each command block that fails and each answer that differs, and last the number of
blocks and answers.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import bson
import example_backend
import platform_backend
from cryptography.fernet import Fernet
from pymongo import MongoClient

INTEROP = pathlib.Path(__file__).resolve().parent
PLATFORM = INTEROP.parents[1] / "docs/platform"
FERNET_KEY = "ZmVybmV0IGtleSBvZiB0aGUgcGFnZSdzIHRlc3QuLi4="


class Walk:
    def __init__(self, uri, folder):
        self.uri, self.folder, self.blocks, self.answers = uri, folder, 0, 0
        self.env = {**os.environ, "FERNET_KEY": FERNET_KEY}
        self.cwd = folder
        self.process = None
        tools = folder / "tools"
        tools.mkdir()
        for name in ("mongodump", "mongorestore"):
            self.program(tools / name, f'exec {sys.executable} {INTEROP}/mongo_tools.py {name} "$@"')
        self.program(tools / "systemctl", f'echo "$@" >> {folder}/systemctl.log')
        self.env["PATH"] = f"{tools}:{pathlib.Path(sys.executable).parent}:{self.env['PATH']}"
        self.backend = folder / "platform"
        self.backend.mkdir()
        shutil.copy(PLATFORM / "example/backend.py", self.backend)

    @staticmethod
    def program(path, text):
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def start(self, uri=None):
        """Starts the backend, with the environment of a service: the shell's variables at that time."""
        self.stop()
        command = [sys.executable, "-B", INTEROP / "example_backend.py", self.backend]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}
        self.process = subprocess.Popen(command, env=self.env | {"MONGODB_URI": uri or self.uri}, **pipes)

    def stop(self):
        if self.process:
            self.process.stdin.close()
            self.process.wait()

    def requests(self, *steps):
        lines = []
        for step in steps:
            print(step, file=self.process.stdin, flush=True)
            lines += iter(lambda: (self.process.stdout.readline() or "end").strip(), "end")
        return lines

    def compare(self, place, found, wanted):
        self.answers += len(wanted)
        for one, other in zip(found, wanted):
            if json.loads(one) != json.loads(other):
                print(f"{place}: {one}, not {other}")
        if len(found) != len(wanted):
            print(f"{place}: {len(found)} answers, not {len(wanted)}")

    def run(self, block):
        """Runs a block in the folder, and with the variables, that the block before it has left."""
        self.blocks += 1
        script = f"set -eu\n{block}\nenv -0 > {self.folder}/env\npwd > {self.folder}/cwd\n"
        done = subprocess.run(["bash", "-c", script], env=self.env, cwd=self.cwd, capture_output=True, text=True)
        if done.returncode:
            print(f"{block}\nended with {done.returncode}: {done.stderr[-2000:]}")
            print(0)
            sys.exit()
        lines = (self.folder / "env").read_bytes().decode().split("\0")
        self.env = dict(line.split("=", 1) for line in lines if "=" in line)
        self.cwd = (self.folder / "cwd").read_text().strip()
        return done

    def restarts(self):
        """Does to the backend what the block asked systemctl for. Returns whether it runs."""
        path = self.folder / "systemctl.log"
        commands = [line.split()[0] for line in (path.read_text() if path.exists() else "").splitlines()]
        path.write_text("")
        if commands:
            (self.stop if commands[-1] == "stop" else self.start)()
        return not commands or commands[-1] != "stop"


def more(db):
    """Adds what other versions of the backend have written: activities with one id, embedded insights, milestones."""
    fernet = Fernet(FERNET_KEY)
    platform_backend.fernet = lambda text: fernet.encrypt(text.encode()).decode()
    platform_backend.seed(db, 60)


def blocks(page, heading):
    section = page.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"```sh\n(.*?)```", section, re.DOTALL)


def main():
    page, uri, folder = pathlib.Path(sys.argv[1]).read_text(), sys.argv[2], pathlib.Path(sys.argv[3])
    walk = Walk(uri, folder)
    walk.start(f"{uri}_baseline")
    baseline = walk.requests("first", "reads", "second", "reads")
    walk.start()
    split = len(baseline) - 20
    early, second, late = baseline[6 : 6 + 20], baseline[26:split], baseline[split:]
    walk.compare("the backend as it was", walk.requests("first", "reads"), baseline[:26])
    db = MongoClient(uri).get_default_database()
    more(db)
    queries = platform_backend.queries(db)
    (walk.backend / "dumps").mkdir()
    others = [example_backend.activity(n) | {"athlete": {"id": 900_200_009}} for n in range(40, 45)]
    records = [example_backend.activity(n) for n in range(10)] + others
    (walk.backend / "dumps/activities.json").write_text(json.dumps(records))

    steps = blocks(page, "Step by step")
    values = {r"MONGODB_URI='[^']*'": f"MONGODB_URI='{uri}'", r"KIT=\S+": f"KIT='{PLATFORM}'", r"cd \S+": f"cd '{walk.backend}'"}
    for pattern, value in values.items():
        steps[0], count = re.subn(pattern, value, steps[0])
        assert count == 1, pattern
    expected = early
    for block in steps:
        walk.run(block)
        if platform_backend.queries(db) != queries:
            print(f"{block}: the backend's queries find other documents")
        if walk.restarts():
            walk.compare(block, walk.requests("reads"), expected)
        if block.endswith("encrypt-migrate --verify\n") and expected is early:
            stored = b"".join(bson.encode(one) for name in ("users", "activities") for one in db[name].find())
            for secret in (b"Canary", b"access-0", b"refresh-0", b"gAAAA"):
                if secret in stored:
                    print(f"{secret} is in clear after the migration")
            walk.compare("second", walk.requests("second", "reads"), second + late)
            expected = late
    done = walk.run("strava-store import --json dumps/")
    counts = json.loads(done.stdout)["kinds"]["activity"]
    if counts["unchanged"] + counts["superseded"] != len(records):
        print(f"the third import: {counts}")

    for block in blocks(page, "The way back"):
        walk.run(block)
        if platform_backend.queries(db) != queries:
            print(f"{block}: the backend's queries find other documents")
        if walk.restarts():
            walk.compare(block, walk.requests("reads"), early if "mongorestore" in block else late)
    if "strava_store" in (walk.backend / "backend.py").read_text():
        print("the backend still uses the kit")
    walk.stop()
    print(walk.blocks, walk.answers)


if __name__ == "__main__":
    main()
