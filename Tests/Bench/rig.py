"""The tools of the measurement: the sink, the inputs, a key file, and the cost of a process."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "scripts"))

from stand_in import command as stand_in_command  # noqa: E402
HERE = Path(__file__).resolve().parent
WORK = ROOT / ".data" / "bench"
PYTHON = ROOT / ".venv-bench" / "bin" / "python"
# The program as `make install` builds it.
STORE = ROOT / ".build/static/release/strava-store"
SINK = WORK / "sink"
FLOORS = WORK / "floors"
KEYS = WORK / "bench.strava-keys.json"
DATABASE = "bench"


def prepare(store):
    """Builds the programs in C and creates the key file, unless they are up to date."""
    WORK.mkdir(parents=True, exist_ok=True)
    build(SINK, sorted((HERE / "sink").glob("*.[ch]")), "libbson-1.0")
    build(FLOORS, [HERE / "floors.c"], "libmongoc-1.0")
    if not KEYS.exists():
        subprocess.run([store, "keys", "generate", "--key-file", KEYS], check=True, stdout=subprocess.DEVNULL)


def build(program, sources, library):
    if program.exists() and program.stat().st_mtime > max(source.stat().st_mtime for source in sources):
        return
    compiler = shutil.which("cc") or shutil.which("clang") or sys.exit("bench: no C compiler (cc or clang)")
    flags = subprocess.run(
        ["pkg-config", "--cflags", "--libs", library], check=True, stdout=subprocess.PIPE, text=True
    ).stdout.split()
    subprocess.run(
        [compiler, "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-o", program,
         *(source for source in sources if source.suffix == ".c"), *flags, "-pthread"], check=True,
    )  # fmt: skip


def make_environment():
    """.venv-bench, for the reference importers; made with the Python of .venv, which scripts/setup has chosen."""
    stamp = PYTHON.parent.parent / "stamp"
    # The environment's scripts hold absolute paths: a moved checkout needs a new one.
    made_of = f"{ROOT}\n{(HERE / 'requirements.txt').read_text()}"
    if stamp.exists() and stamp.read_text() == made_of:
        return
    shutil.rmtree(stamp.parent, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", stamp.parent], check=True)
    subprocess.run(
        [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input",
         "--only-binary", ":all:", "--requirement", HERE / "requirements.txt"], check=True,
    )  # fmt: skip
    stamp.write_text(made_of)


def generator(kind, count, array=False, changed=False):
    options = [*(["--array"] if array else []), *(["--changed"] if changed else [])]
    return [sys.executable, HERE / "generate.py", kind, str(count), *options]


def dump(kind, count, array=False, changed=False):
    """Returns a file of made-up activities. It is made once and read into memory, so that no run waits for the disk."""
    path = WORK / f"{kind}-{count}{'-changed' if changed else ''}.{'json' if array else 'ndjson'}"
    if not path.exists() or path.stat().st_mtime < (HERE / "generate.py").stat().st_mtime:
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            subprocess.run(generator(kind, count, array, changed), check=True, stdout=file)
        part.rename(path)
    with path.open("rb") as file:
        while file.read(1 << 24):
            pass
    return path


class Sink:
    """A sink that runs until `ended`. After that, `counts` has the operations on each collection."""

    def __init__(self, keep, latency):
        options = [*(["--keep"] if keep else []), "--latency-ms", str(latency)]
        self.process = subprocess.Popen([SINK, *options], stdout=subprocess.PIPE, text=True)
        self.uri = f"mongodb://127.0.0.1:{self.process.stdout.readline().strip()}/{DATABASE}"
        self.counts = {}
        self.cpu = 0.0

    def ended(self):
        self.process.send_signal(signal.SIGTERM)
        last = json.loads(self.process.communicate()[0])
        self.counts = last["collections"]
        self.cpu = last["cpu_seconds"]

    def stored(self, collection="activities"):
        """Number of documents that the server acknowledged to a client."""
        counts = self.counts.get(collection, {})
        return sum(counts.get(how, 0) for how in ("inserted", "upserted", "matched"))

    def given(self, collection="activities"):
        """Documents of the collection that were sent to a client."""
        return self.counts.get(collection, {}).get("found", 0)


@contextmanager
def sink(keep=False, latency=0):
    """Starts a sink, which remembers documents or not, and delays each reply by `latency` milliseconds."""
    running = Sink(keep, latency)
    try:
        yield running
    finally:
        running.ended()


@contextmanager
def stand_in(store):
    """Yields the URI of a server of the tests that has only the declared collections and indexes."""
    with tempfile.TemporaryDirectory(dir=WORK) as folder, socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        listener.close()
        server = subprocess.Popen(
            stand_in_command(port, folder, Path(folder) / "empty.toml"), cwd=folder, stdin=subprocess.DEVNULL
        )
        try:
            uri = f"mongodb://127.0.0.1:{port}/{DATABASE}"
            # The command waits for a server that has just been started.
            measure([store, "index", "--uri", uri, "--quiet"])
            yield uri
        finally:
            server.terminate()
            server.wait()


@dataclass
class Cost:
    """The cost of one process."""

    wall: float
    """Seconds from start to end."""
    cpu: float
    """Seconds of user and system time."""
    memory: float
    """Peak resident size, MiB. Never below that of this program, about 15, which a child begins as."""
    others: float
    """Cores that all other processes on the machine used meanwhile, including the sink."""


def busy():
    """Returns the seconds of processor time that the machine has spent, all cores together."""
    user, nice, system, _, _, interrupts, soft = map(int, Path("/proc/stat").read_text().split("\n")[0].split()[1:8])
    return (user + nice + system + interrupts + soft) / os.sysconf("SC_CLK_TCK")


class Failed(Exception):
    """The reason why a measured command failed, or did not do its work."""


def measure(command, stdin=None, stdout=None):
    """Runs a command to its end and returns its cost.

    Raises Failed, with the end of what the command printed, if it does not exit with 0 or cannot be started.
    """
    with tempfile.TemporaryFile("w+", dir=WORK) as log:
        before, start = busy(), time.perf_counter()
        try:
            process = subprocess.Popen(
                [str(part) for part in command], stdin=stdin or subprocess.DEVNULL, stdout=stdout or log, stderr=log
            )
        except OSError as error:
            raise Failed(f"{command[0]} cannot be started: {error.strerror}") from error
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        others = busy() - before
        if status:
            code = os.waitstatus_to_exitcode(status)
            log.seek(0)
            how = f"was ended by signal {-code}" if code < 0 else f"exited with {code}"
            raise Failed(f"{command[0]} {how}: {log.read()[-2000:].strip()}")
    cpu = usage.ru_utime + usage.ru_stime
    return Cost(wall, cpu, usage.ru_maxrss / 1024, max(0.0, others - cpu) / wall)
