"""Runs a program and writes down how much memory it had at most, in KiB.

Usage: measured.py FILE PROGRAM [ARGUMENT]...

The system counts the memory of who starts a process among the process's own, and whoever wants to know here is large:
this is small. Ends with the program's exit code; 128 more than the signal that ended it.
"""

import resource
import subprocess
import sys
from pathlib import Path

ended = subprocess.run(sys.argv[2:]).returncode
Path(sys.argv[1]).write_text(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(ended if ended >= 0 else 128 - ended)
