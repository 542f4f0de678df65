"""Where tests keep their files: in memory where there is plenty; a disk makes a file thirty times slower."""

import os
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ENOUGH = 8 * 2**30
"""Bytes that must be free; a whole run leaves four at most behind until its end."""


def use_memory() -> None:
    """From now on, and in every process that is started, unless TMPDIR says where."""
    if "TMPDIR" not in os.environ and _is_roomy(MEMORY):
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None


def _is_roomy(folder: Path) -> bool:
    """Room in it and in the machine, and programs may be started from it."""
    try:
        there = os.statvfs(folder)
    except OSError:
        return False
    room = min(there.f_bavail * there.f_frsize, _available())
    return not there.f_flag & os.ST_NOEXEC and room >= ENOUGH


def _available() -> int:
    """Bytes of memory that programs may still have (proc(5), meminfo)."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
