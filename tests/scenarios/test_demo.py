"""The demo as a newcomer starts it: a copy of the tree without .venv, then one command."""

import json
import re
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FIRST_PAID_S = 60
TRUCKS = 20

pytestmark = [pytest.mark.slow]


@pytest.fixture(scope="module")
def fresh_clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy what git would give a newcomer, uncommitted work included."""
    clone = tmp_path_factory.mktemp("fresh") / "taigan"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in listed.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            (clone / name).write_bytes((ROOT / name).read_bytes())
            (clone / name).chmod((ROOT / name).stat().st_mode)
    return clone


def test_one_command_on_a_bare_checkout_pays_twenty_trucks(fresh_clone: Path) -> None:
    command = ["make", "demo", f"TRUCKS={TRUCKS}", "SEED=3", "ARGS=--json"]
    with subprocess.Popen(
        command, cwd=fresh_clone, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as demo:
        seconds = seconds_from_login_to_first_paid(demo)
        out, _ = demo.communicate(timeout=500)
    assert demo.returncode == 0
    assert seconds < FIRST_PAID_S
    result = json.loads(out.splitlines()[-1])
    assert (result["trucks"], result["paid"], result["refused"]) == (TRUCKS, TRUCKS, 0)
    assert result["ledger_balanced"] is True
    assert result["bank_equals_ledger"] is True
    assert result["cycle_s"]["p99"] < 30
    assert set(result) == {
        *("trucks", "paid", "refused", "cycle_s", "software_ms", "weighed_to_paid_ms"),
        *("ledger_balanced", "bank_equals_ledger"),
    }


def seconds_from_login_to_first_paid(demo: subprocess.Popen[str]) -> float:
    """Follow the talk on standard error until the first truck is paid."""
    assert demo.stderr is not None
    started = None
    for line in demo.stderr:
        if line.startswith("plugging in"):
            started = time.monotonic()
        if re.search(r"\b[1-9]\d* paid", line):
            assert started is not None
            return time.monotonic() - started
    raise AssertionError("the demo ended without a paid truck")

