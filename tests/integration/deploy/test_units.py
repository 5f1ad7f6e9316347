"""The units as systemd reads them: exit codes, users, and how much a stolen program could do."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from edge.io.watchdog import STANDSTILL_S
from taigan import exit_codes
from taigan.supervisor import FEED_S

UNITS = sorted((Path(__file__).parents[3] / "deploy" / "systemd").glob("*.service"))
OURS = [unit for unit in UNITS if unit.stem != "taigan-mosquitto"]
EXPOSURE_MAX = 25
"""In tenths of systemd's scale; 85 without any of it."""


def service(unit: Path) -> configparser.SectionProxy:
    parsed = configparser.ConfigParser(interpolation=None, strict=False)
    parsed.read(unit)
    return parsed["Service"]


@pytest.mark.parametrize("unit", OURS, ids=lambda unit: unit.name)
def test_a_unit_is_not_started_again_after_wrong_settings_alone(unit: Path) -> None:
    codes = service(unit)["RestartPreventExitStatus"].split()
    assert codes == [str(exit_codes.WRONG_USAGE), str(exit_codes.WRONG_SETTINGS)]


@pytest.mark.parametrize("unit", OURS, ids=lambda unit: unit.name)
def test_a_unit_waits_until_it_is_told_and_watches_that_it_is_told_again(unit: Path) -> None:
    found = service(unit)
    assert found["Type"] == "notify"
    # A lane's own watchdog is quicker and shows where the lane stands.
    assert int(found["WatchdogSec"]) > max(10 * FEED_S, STANDSTILL_S)
    assert found["TimeoutStartSec"].endswith("min"), "migrations and a slow database take longer"


def test_no_program_runs_as_the_user_of_another() -> None:
    users = {unit.stem: service(unit)["User"] for unit in UNITS}
    assert users == {
        "taigan-edge@": "taigan-edge",
        "taigan-gateway": "taigan-gateway",
        "taigan-mosquitto": "mosquitto",
        "taigan-settlement": "taigan-settlement",
        "taigan-settlement-worker": "taigan-settlement",
    }


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_understands_every_line(unit: Path, tmp_path: Path) -> None:
    text = re.sub(
        r"^(ExecStart|ExecReload)=\S+", r"\1=/bin/true", unit.read_text(), flags=re.MULTILINE
    )
    instance = tmp_path / unit.name.replace("@", "@x")
    instance.write_text(re.sub(r"^User=.*", "User=root", text, flags=re.MULTILINE))
    done = subprocess.run(
        ["systemd-analyze", "verify", instance], capture_output=True, text=True, check=False
    )
    assert [line for line in done.stderr.splitlines() if str(tmp_path) in line] == []


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_stolen_program_could_do_little(unit: Path, tmp_path: Path) -> None:
    copy = shutil.copy(unit, tmp_path / unit.name.replace("@", "@x"))
    words = ["systemd-analyze", "security", "--offline=yes", f"--threshold={EXPOSURE_MAX}", copy]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
