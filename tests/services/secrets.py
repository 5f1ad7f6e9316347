"""Secrets of gateway and settlement beside their settings, made by the script that is shipped."""

import os
import subprocess
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "deploy" / "make-secrets.sh"


def make_secrets(folder: Path) -> dict[str, str]:
    """Make `gateway.env` and `settlement.env` in a folder; return what both hold."""
    subprocess.run(["/bin/sh", SCRIPT, folder], check=True, env={"PATH": os.defpath})
    written = [(folder / f"{program}.env").read_text() for program in ("gateway", "settlement")]
    lines = [line for text in written for line in text.splitlines() if not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)
