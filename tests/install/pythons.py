"""The interpreters of this machine that Taigan says it runs on."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

SUPPORTED: Final = ("3.11", "3.12", "3.13", "3.14")
RUNNING: Final = f"{sys.version_info.major}.{sys.version_info.minor}"
_ANSWER_S: Final = 30
_WHICH: Final = "import ensurepip, platform; print(platform.python_version())"
"""Some Pythons of Debian have no ensurepip: no environment can be made with them."""


def found() -> dict[str, str]:
    """Return the command of one interpreter for each supported version, by full version."""
    commands: dict[str, str] = {}
    for supported in SUPPORTED:
        for command in _candidates(supported):
            if (version := _version(command)).startswith(f"{supported}."):
                commands[version] = command
                break
    return commands


def _candidates(version: str) -> Iterator[str]:
    if version == RUNNING:
        yield sys.executable
    if on_path := shutil.which(f"python{version}"):
        yield on_path
    for built in sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python")):
        yield str(built)


def _version(command: str) -> str:
    """Return what an interpreter says it is; nothing if it does not run, as a pyenv shim may."""
    try:
        done = subprocess.run(
            [command, "-c", _WHICH], capture_output=True, text=True, timeout=_ANSWER_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()
