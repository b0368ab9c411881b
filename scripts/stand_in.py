"""Starts the stand-in server, for scripts/server and the bench."""

from pathlib import Path

PROGRAM = Path(__file__).resolve().parent.parent / ".venv" / "bin" / "secantusd-py"


def command(port, storage, config):
    """Listening on 127.0.0.1 only. `config` is an empty file: without one the server would read that of the home folder
    or of /etc."""
    config.write_text("")
    return [
        PROGRAM, "--config", config, "--host", "127.0.0.1", "--port", str(port), "--storage-path", storage,
        "--sync-on-commit", "--cache-size", "256M", "--log-level", "WARNING",
    ]  # fmt: skip
