"""Which process holds a file or a port, from the kernel's list; no lock is taken to find out."""

import os
from pathlib import Path
from typing import Final

LOCKS: Final = Path("/proc/locks")


def holder_of(path: Path) -> int | None:
    """Return the process that locked a file; 0 if it cannot be seen, None if the file is free."""
    try:
        status = path.stat()
    except OSError:
        return None
    device = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}"
    name = f"{device}:{status.st_ino}"
    for line in LOCKS.read_text().splitlines():
        fields = line.split()
        if "FLOCK" in fields and fields[-3] == name:
            return max(0, int(fields[-4]))
    return None


def program_of(pid: int) -> str:
    """Return what a process was started as, as far as it may be seen."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return "a program of another user"
    return " ".join(os.fsdecode(word) for word in words if word) or f"process {pid}"
