"""A trial truck through a real lane box whose devices another program simulates."""

import base64
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.keys import create_key
from simulators.toml import to_toml
from simulators.trial import DOOR_FILE, NotThrough, TrialTruck
from tests.integration.edge.identities import GATEWAY
from tests.integration.edge.test_box import USERS, WHOLE, Gateway
from tests.services.mosquitto import private_mosquitto

WAIT_S = 30
TAG = "0100D1E24D"


def simulate(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "simulators", *arguments]


@pytest.fixture
def devices(tmp_path: Path) -> Iterator[Path]:
    """The folder of devices that run, and before which no other truck stands."""
    folder = tmp_path / "devices"
    with (tmp_path / "devices.log").open("wb") as log:
        command = simulate("devices", "--dir", str(folder), "--no-trucks", "--speed", "10")
        command += ["--board", "mine-in=fc16"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log) as running:
            (tmp_path / "settings").write_text(_printed(running, folder))
            yield folder
            running.terminate()


def _printed(running: "subprocess.Popen[bytes]", folder: Path) -> str:
    """What it said until it opened its door; the settings come before it."""
    assert running.stdout is not None
    text = b""
    while text.count(b"[printer]") < 4:
        line = running.stdout.readline()
        assert line, "the devices ended"
        text += line
    assert (folder / DOOR_FILE).exists()
    return text.decode()


class Box:
    """A lane box on these devices."""

    def __init__(self, tmp_path: Path, port: int) -> None:
        text = (tmp_path / "settings").read_text()
        mine_in: dict[str, Any] = tomllib.loads(text.split("# mine-in")[1].split("# mine-out")[0])
        public = base64.b64encode(GATEWAY.public_key().public_bytes_raw()).decode()
        login = {"username": "mine/mine-in", "password": "l"}
        settings = {
            "yard": "mine",
            "lane": "mine-in",
            **mine_in,
            "mqtt": {"host": "127.0.0.1", "port": port, **login},
            "journal": {"path": str(tmp_path / "journal.db")},
            "rules": {"decision_ms": 1_000, "beams_clear_ms": 200, "zero_ms_min": 100},
            "signing": {
                "key_file": str(tmp_path / "lane.pem"),
                "gateway_public_key": public,
            },
        }
        config = tmp_path / "lane.toml"
        config.write_text(to_toml(settings))
        self._log = tmp_path / "box.log"
        with self._log.open("wb") as log:
            command = [sys.executable, "-m", "edge", "run", "--config", str(config)]
            self._process = subprocess.Popen(command, stderr=log)

    def wait_until_idle(self) -> None:
        give_up_s = time.monotonic() + WAIT_S
        while '"state": "idle"' not in self._log.read_text():
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < give_up_s
            threading.Event().wait(0.05)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(WAIT_S)


def drive(devices: Path, *more: str) -> "subprocess.CompletedProcess[bytes]":
    command = simulate("truck", "--dir", str(devices), "--tag", TAG.lower(), *more)
    return subprocess.run(command, capture_output=True, check=False, timeout=120)


def test_a_trial_truck_passes_or_says_why_not(tmp_path: Path, devices: Path) -> None:
    with private_mosquitto(USERS) as broker:
        gateway = Gateway(broker, create_key(tmp_path / "lane.pem").public_key())
        box = Box(tmp_path, broker.port)
        box.wait_until_idle()
        passed = drive(devices, "--lanes", "mine-in", "--tare-kg", "16000")
        records = gateway.until(lambda known: len(known) == len(WHOLE))
        gateway.decides.clear()  # nobody answers, and it knows no order: the truck is not let in
        refused = drive(devices, "--lanes", "mine-in", "--patience-s", "1")
        box.stop()
        gateway.stop()
    assert (passed.returncode, passed.stdout[:15]) == (0, b"mine-in: passed")
    assert [one.kind.split(".")[0] for one in records] == WHOLE
    assert (records[0].tag, records[1].weight_kg) == (TAG, 16_000)
    assert refused.returncode == 1
    assert b"not through: turned away at mine-in" in refused.stderr


def test_a_card_that_a_reader_cannot_send_is_named(devices: Path) -> None:
    command = simulate("truck", "--dir", str(devices), "--tag", "E200", "--lanes", "plant-in")
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert done.returncode == 1
    assert b"plant-in: tag 'E200' has 2 bytes" in done.stderr
    assert (devices / DOOR_FILE).stat().st_mode & 0o077 == 0


def test_without_devices_it_says_what_to_start(tmp_path: Path) -> None:
    done = drive(tmp_path, "--lanes", "mine-in")
    assert (done.returncode, done.stderr.count(b"\n")) == (1, 1)
    assert b"start `taigan-sim devices" in done.stderr
    (tmp_path / DOOR_FILE).write_text('{"url": "http://127.0.0.1:1/visits", "secret": "s"}')
    assert b"no devices answer" in drive(tmp_path, "--lanes", "mine-in").stderr


def test_a_lane_that_does_not_exist_is_named() -> None:
    with pytest.raises(NotThrough, match="lane 'gate': one of mine-in"):
        TrialTruck(tag=TAG).mass_kg("gate")


@pytest.mark.parametrize(
    ("command", "missing"), [(["bank", "--port=1", "--book=b", "--callback-url=u"], "httpx2")]
)
def test_a_command_that_cannot_run_here_says_so_in_one_line(
    command: list[str], missing: str
) -> None:
    hidden = f"import sys; sys.modules[{missing!r}] = None; from simulators.__main__ import main"
    arguments = [*command, "--callback-secret=whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"]
    done = subprocess.run(
        [sys.executable, "-c", f"{hidden}; main()", *arguments],
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr.count(b"\n")) == (1, 1)
    assert b"taigan-sim bank: httpx2 is not installed here" in done.stderr
