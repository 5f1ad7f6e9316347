"""The demo as a user runs it: all programs, real wires, then its numbers."""

import json
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow


def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "simulators", "demo", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=400, check=False)


def last_line(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_a_faulty_bank_still_pays_every_driver_once() -> None:
    faults = "lost_answer=0.5,error_after_move=0.5,duplicate_callback=1,accepted_first=0.5"
    done = demo("--trucks=3", "--speed=30", "--json", f"--bank-faults={faults}")
    assert done.returncode == 0, done.stderr
    assert last_line(done)["paid"] == 3


def test_an_interrupted_demo_sums_up_and_leaves_no_process(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "simulators",
        "demo",
        "--speed=20",
        f"--dir={tmp_path}",
    ]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stderr is not None
        impatient = threading.Timer(120, running.kill)
        impatient.start()
        for line in running.stderr:
            if "trucks sent" in line:
                break
        running.send_signal(signal.SIGINT)
        stdout, stderr = running.communicate()
        impatient.cancel()
    assert running.returncode == 0, stderr
    assert "ledger balances" in stdout
    assert not _programs_of(tmp_path)


def test_demos_that_start_at_the_same_moment_do_not_meet() -> None:
    with ThreadPoolExecutor(2) as pool:
        same = [pool.submit(demo, "--trucks=1", "--speed=60", "--json") for _ in range(2)]
        both = [one.result() for one in same]
    for done in both:
        assert done.returncode == 0, done.stderr
        assert last_line(done)["paid"] == 1


def _programs_of(directory: Path) -> list[str]:
    """Return the command lines of running programs whose settings are in `directory`."""
    commands = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended while we looked
        if str(directory).encode() in command:
            commands.append(command.replace(b"\0", b" ").decode())
    return commands
