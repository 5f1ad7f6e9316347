"""Packages, built once; and at the end, which Pythons were tried: it depends on the machine."""

import fcntl
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.debian import Debian, can_mount, throwaway_debian

ROOT = Path(__file__).parents[2]
PATIENCE_S = 900
EDGE, SERVER = "taigan-edge", "taigan-server"

STEPS = "steps"
"""The property of a test report that counts what a person types."""
PYTHON = "python"
"""The property of a test report that names the version it is about."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    tried = [
        value
        for report in terminalreporter.getreports("passed")
        for name, value in report.user_properties
        if name == PYTHON
    ]
    if tried:
        terminalreporter.write_line(f"installed and ran on Python {', '.join(sorted(tried))}")
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == STEPS:
                terminalreporter.write_line(f"the first yard takes {value} lines to type")


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Build both as `make deb` does, once for all workers of a run; return them by name."""
    shared = tmp_path_factory.getbasetemp()
    if os.getenv("PYTEST_XDIST_WORKER"):
        shared = shared.parent
    folder = shared / "packages"
    with (shared / "packages.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            _build(folder)
    return {name: next(folder.glob(f"{name}_*.deb")) for name in (EDGE, SERVER)}


def _build(folder: Path) -> None:
    unpacked = "DPKG_DEB_COMPRESSOR_TYPE=none"  # to pack what is installed at once takes long
    done = subprocess.run(
        ["env", unpacked, "make", "--silent", "deb", f"DIST={folder}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def debian() -> Iterator[Debian]:
    assert can_mount(), "packages are tried on an overlay of this machine: root must be let mount"
    with throwaway_debian() as made:
        yield made
