"""Secrets as the shipped script makes them beside the settings, and passwords' hashes."""

import os
import subprocess
from pathlib import Path

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

SCRIPT = Path(__file__).parents[2] / "deploy" / "make-secrets.sh"


def make_secrets(folder: Path) -> dict[str, str]:
    """Make `gateway.env` and `settlement.env` in a folder; return what both hold."""
    subprocess.run(["/bin/sh", SCRIPT, folder], check=True, env={"PATH": os.defpath})
    written = [(folder / f"{program}.env").read_text() for program in ("gateway", "settlement")]
    lines = [line for text in written for line in text.splitlines() if not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def cheap_hash(password: str) -> str:
    """Return a hash that is quick to make; it says itself what it cost, so signing in is too."""
    hasher = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)
    return PasswordHash([hasher]).hash(password)
