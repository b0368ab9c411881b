"""Runs a program and writes its peak memory in KiB and its processor time in seconds to a file.

Usage: measured.py FILE PROGRAM [ARGUMENT]...

The system counts the memory of who starts a process among the process's own, and whoever wants to know here is large:
this is small. Ends with the program's exit code; 128 more than the signal that ended it.
"""

import resource
import subprocess
import sys
from pathlib import Path

ended = subprocess.run(sys.argv[2:]).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
Path(sys.argv[1]).write_text(f"{used.ru_maxrss} {used.ru_utime + used.ru_stime}")
sys.exit(ended if ended >= 0 else 128 - ended)
