"""What the doctor tells from the settings alone: what `run` would refuse, or should."""

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from edge.box.box import Box, SettingsRefused
from edge.commissioning.check_beside import check_beside
from edge.commissioning.check_settings import check_settings
from edge.config import PUBLISHED_KEY, Settings
from taigan.exit_codes import WRONG_SETTINGS
from taigan.finding import Finding
from tests.integration.edge.conftest import MakeSettings


def found(settings: Settings, check: str) -> list[Finding]:
    return [one for one in check_settings(settings) if one.check == check]


def test_settings_that_run_would_take_are_well(make_settings: MakeSettings) -> None:
    assert {one.level for one in check_settings(make_settings())} == {"ok"}


@pytest.mark.parametrize(
    ("section", "says"),
    [
        ({"display": {"source": "/dev/x", "protocol": "sb500"}}, "display: sb500 has no Chinese"),
        ({"display": {"source": "mqtt://x"}}, "display: source 'mqtt://x'"),
        ({"printer": {"source": "ftp://x"}}, "printer: source 'ftp://x'"),
        ({"readers": [{"source": "mqtt://Up"}]}, "readers.card: source 'mqtt://Up'"),
        ({"readers": [{"source": "/dev/x", "rssi_dbm_min": -60}]}, "readers.card: rssi_dbm_min"),
        ({"mqtt": {"host": "h", "tls": {"ca": "/none.pem"}}}, "mqtt.tls: "),
    ],
)
def test_what_run_would_refuse_is_named(
    make_settings: MakeSettings, section: dict[str, Any], says: str
) -> None:
    (one,) = found(make_settings(**section), "settings")
    assert one.level == "fail"
    assert one.detail.startswith(f"`run` would refuse: {says}")


def test_cameras_make_no_folder(make_settings: MakeSettings, tmp_path: Path) -> None:
    camera = {"name": "front", "protocol": "dahua-snap", "source": "http://127.0.0.1:1"}
    folder = tmp_path / "pictures"
    assert found(make_settings(cameras=[camera], pictures={"directory": folder}), "settings")
    assert not folder.exists()


def test_the_examples_gateway_is_trusted_by_nobody(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    signing = {"key_file": tmp_path / "lane.pem", "gateway_public_key": PUBLISHED_KEY}
    (one,) = found(make_settings(signing=signing), "gateway key")
    assert (one.level, "published" in one.detail) == ("fail", True)


@pytest.mark.parametrize(
    ("section", "check"),
    [
        ('[[readers]]\nsource = "serial://{port}?baudrate=9600"', "reader card"),
        ('[[readers]]\nsource = "{link}"', "reader card"),
        ('[plc]\nsource = "rtu://{port}"', "plc"),
        ('[display]\nsource = "{port}"', "display"),
    ],
)
def test_two_devices_on_one_port_are_named(
    make_settings: MakeSettings, tmp_path: Path, section: str, check: str
) -> None:
    port, link = tmp_path / "port", tmp_path / "link"
    link.symlink_to(port)
    other = tomllib.loads(section.format(port=port, link=link))
    (told,) = found(make_settings(scale={"source": str(port)}, **other), check)
    assert (told.level, "the port of scale as well" in told.detail) == ("fail", True)


def test_two_devices_of_one_server_have_ports_of_their_own(make_settings: MakeSettings) -> None:
    readers = [
        {"name": "card", "source": "socket://192.0.2.10:4001"},
        {"name": "tag", "source": "socket://192.0.2.10:4002"},
        {"name": "gate", "source": "mqtt://gate"},
    ]
    assert {one.level for one in check_settings(make_settings(readers=readers))} == {"ok"}


def test_a_modbus_tcp_gateway_may_serve_several_devices(make_settings: MakeSettings) -> None:
    scale = {
        "source": "socket://192.0.2.10:502",
        "protocol": "modbus",
        "options": {"map": "laumas-tlu", "framing": "tcp", "unit_id": 2},
    }
    plc = {"source": "tcp://192.0.2.10:502"}
    assert {one.level for one in check_settings(make_settings(scale=scale, plc=plc))} == {"ok"}


def test_run_refuses_what_the_doctor_fails(make_settings: MakeSettings, tmp_path: Path) -> None:
    port = str(tmp_path / "port")
    signing = {"key_file": tmp_path / "lane.pem", "gateway_public_key": PUBLISHED_KEY}
    twice = make_settings(scale={"source": port}, readers=[{"source": port}])
    with pytest.raises(SettingsRefused, match=r"reader card source: .*the port of scale as well"):
        Box(twice)
    with pytest.raises(SettingsRefused, match=r"signing.gateway_public_key: .*published"):
        Box(make_settings(signing=signing))
    assert not twice.journal.path.exists()


def test_the_command_ends_as_with_other_wrong_settings(tmp_path: Path) -> None:
    config = tmp_path / "lane.toml"
    command = [sys.executable, "-m", "edge"]
    subprocess.run([*command, "init", str(config)], check=True, capture_output=True)
    config.write_text(config.read_text().replace("/var/lib/taigan", str(tmp_path)))
    done = subprocess.run(
        [*command, "run", "--config", str(config)], capture_output=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr.count(b"\n")) == (WRONG_SETTINGS, 1)
    assert b"published" in done.stderr


def test_a_key_that_another_lane_of_the_box_has_fails(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    settings, config = make_settings(), tmp_path / "in.toml"
    key_file = settings.signing.key_file
    for lane, key in (("in", key_file), ("out", key_file), ("side", tmp_path / "side.key")):
        text = f'yard = "mine"\nlane = "{lane}"\n[signing]\nkey_file = "{key}"\n'
        (tmp_path / f"{lane}.toml").write_text(text)
    (tmp_path / "broken.toml").write_text("no settings")
    (shared,) = check_beside(config, settings)
    assert (shared.level, "mine/out as well (out.toml)" in shared.detail) == ("fail", True)
