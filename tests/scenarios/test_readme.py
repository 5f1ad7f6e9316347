"""Every command of the README, run as a newcomer runs it: in a copy of the tree without .venv."""

import json
import os
import re
import shlex
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.install.documented import installation
from tests.scenarios.first_paid import seconds_to_first_paid

ROOT = Path(__file__).parents[2]
TRUCKS = 20

ENDLESS = "make demo"
TWENTY = f"make demo TRUCKS={TRUCKS}"
BY_CONTINUOUS_INTEGRATION = {"make check", "make test"}
"""`.ci/run` runs these, and this test with them."""
BY_THE_TEST_OF_THE_LOCKS = set(installation("edge"))

RESULT_KEYS = {
    *("trucks", "paid", "refused", "cycle_s", "software_ms", "weighed_to_paid_ms"),
    *("ledger_balanced", "bank_equals_ledger"),
}

pytestmark = [pytest.mark.slow]


def commands() -> list[str]:
    """Return every line of the README's shell blocks, comments cut off."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)
    lines = [shlex.join(shlex.split(line, comments=True)) for line in "".join(blocks).splitlines()]
    return [line for line in lines if line]


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


@contextmanager
def started(command: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Run in a process group of its own, which is what Ctrl-C in a terminal reaches.

    A newcomer has no `make` above him, which would have the last word on standard output.
    """
    inherited = os.environ  # noqa: TID251 - no setting is read from it
    ours = {name: value for name, value in inherited.items() if not name.startswith("MAKE")}
    with subprocess.Popen(
        shlex.split(command),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ours,
        start_new_session=True,
    ) as process:
        impatient = threading.Timer(600, os.killpg, (process.pid, signal.SIGKILL))
        impatient.start()
        yield process
        impatient.cancel()


def test_one_command_on_a_bare_checkout_pays_twenty_trucks(fresh_clone: Path) -> None:
    with started(TWENTY, fresh_clone) as demo:
        out, err = demo.communicate()
    assert demo.returncode == 0, err
    assert re.search(rf"^paid +{TRUCKS}$", out, flags=re.MULTILINE)
    assert re.search(r"^ledger balances +yes$", out, flags=re.MULTILINE)


def test_ctrl_c_ends_an_endless_demo_with_a_summary(fresh_clone: Path) -> None:
    with started(ENDLESS, fresh_clone) as demo:
        assert demo.stderr is not None
        seconds_to_first_paid(demo.stderr)
        os.killpg(demo.pid, signal.SIGINT)
        out, err = demo.communicate()
    assert re.search(r"^ledger balances +yes$", out, flags=re.MULTILINE), err


@pytest.mark.parametrize(
    "command",
    sorted(
        set(commands()) - {ENDLESS, TWENTY} - BY_CONTINUOUS_INTEGRATION - BY_THE_TEST_OF_THE_LOCKS
    ),
)
def test_every_other_command_ends_well(fresh_clone: Path, command: str) -> None:
    with started(command, fresh_clone) as process:
        out, err = process.communicate()
    assert process.returncode == 0, err
    if "--json" in command:
        result = json.loads(out.splitlines()[-1])
        assert set(result) == RESULT_KEYS
        assert result["paid"] == result["trucks"]


def test_the_readme_shows_what_is_tested_here() -> None:
    elsewhere = BY_CONTINUOUS_INTEGRATION | BY_THE_TEST_OF_THE_LOCKS
    assert {ENDLESS, TWENTY} | elsewhere < set(commands())
    run = (ROOT / ".ci" / "run").read_text()
    assert all(command in run for command in BY_CONTINUOUS_INTEGRATION)
