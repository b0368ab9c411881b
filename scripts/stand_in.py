"""Starts the stand-in server, for scripts/server and the bench."""

from pathlib import Path

PROGRAM = Path(__file__).resolve().parent.parent / ".venv" / "bin" / "secantusd-py"


def command(port, storage, config):
    """Returns the command that starts the server, which listens on 127.0.0.1 only.

    `config` becomes an empty file, because the server would otherwise read one in the home folder or in /etc.
    """
    config.write_text("")
    return [
        PROGRAM, "--config", config, "--host", "127.0.0.1", "--port", str(port), "--storage-path", storage,
        "--sync-on-commit", "--cache-size", "256M", "--log-level", "WARNING",
    ]  # fmt: skip
