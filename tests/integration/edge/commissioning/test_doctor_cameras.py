"""What the doctor says of plate cameras: reached, able to push, and with the right time."""

import socket
import threading
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from edge.commissioning.check_network import check_network
from edge.io.clock import SystemClock
from edge.journal.file import open_journal
from edge.lane.effects import Write
from edge.messages import LaneFault
from simulators.camera import PushCamera, StreamCamera, push_address
from simulators.chance import seeded
from tests.integration.edge.commissioning.conftest import Broker
from tests.integration.edge.commissioning.findings_of import found
from tests.integration.edge.conftest import MakeSettings
from tests.integration.edge.identities import IDENTITY


def test_cameras_are_reached_or_named(
    make_settings: MakeSettings, broker: Broker, tmp_path: Path
) -> None:
    camera = {"name": "front", "protocol": "hikvision-stream"}
    pictures = {"directory": str(tmp_path)}
    port = broker(b"")
    there = make_settings(
        cameras=[{**camera, "source": f"http://127.0.0.1:{port}"}], pictures=pictures
    )
    assert found(check_network(there), "camera front")[0][0] == "ok"
    away = make_settings(cameras=[{**camera, "source": "http://127.0.0.1:1"}], pictures=pictures)
    assert found(check_network(away), "camera front")[0][0] == "fail"


ADMIN = ("admin", "s3cret")


CLOCKS: list[tuple[timedelta, str, str]] = [
    (timedelta(), "ok", " s "),
    (timedelta(seconds=-30), "warn", "s slow"),
    (timedelta(minutes=-5), "fail", "s slow: every plate is dropped"),
    (timedelta(minutes=5), "fail", "s fast: every plate is dropped"),
    (timedelta(days=-365 * 40), "fail", "never set: 19"),
]


@pytest.mark.parametrize("protocol", ["hikvision-stream", "dahua-snap"])
@pytest.mark.parametrize("clock", CLOCKS)
def test_the_clock_of_a_camera_is_compared(
    make_settings: MakeSettings, tmp_path: Path, protocol: str, clock: tuple[timedelta, str, str]
) -> None:
    off, level, says = clock
    camera = StreamCamera(protocol, seeded(1), ADMIN)
    camera.eye.clock_off = off
    told = {"name": "front", "protocol": protocol, "source": camera.source}
    login = {"user": ADMIN[0], "password": ADMIN[1]}
    settings = make_settings(cameras=[{**told, **login}], pictures={"directory": str(tmp_path)})
    ((found_level, detail),) = found(check_network(settings), "camera front clock")
    wrong = make_settings(
        cameras=[{**told, **login, "password": "guess"}], pictures={"directory": str(tmp_path)}
    )
    refused = found(check_network(wrong), "camera front clock")
    camera.stop()
    assert (found_level, says in detail) == (level, True)
    assert [(one, "401" in why) for one, why in refused] == [("fail", True)]


def test_a_camera_that_pushes_shows_its_clock_with_an_event(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    address = push_address("front")
    settings = make_settings(cameras=[address.settings], pictures={"directory": str(tmp_path)})
    assert found(check_network(settings), "camera front clock")[0][0] == "ok"
    camera = PushCamera(address.url, seeded(1))
    camera.eye.clock_off = timedelta(days=-365 * 40)
    stop = threading.Event()

    def push() -> None:
        while not stop.wait(0.2):
            camera.see("蒙A12345")

    pushing = threading.Thread(target=push)
    pushing.start()
    ((level, detail),) = found(check_network(settings), "camera front clock")
    stop.set()
    pushing.join()
    assert (level, "never set" in detail) == ("fail", True)


def test_a_running_lane_has_put_a_cameras_clock_on_record(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    settings = make_settings(
        yard=IDENTITY.yard,
        lane=IDENTITY.lane,
        cameras=[push_address("front").settings],
        pictures={"directory": str(tmp_path)},
    )
    journal = open_journal(settings.journal.path, IDENTITY, "a" * 16)

    def told(state: str) -> list[str]:
        content = {"device": "front", "state": state, "reason": "camera_clock"}
        journal.append([Write(LaneFault, uuid4(), content)], SystemClock().now())
        return [level for level, _ in found(check_network(settings), "camera front clock")]

    assert told("raised") == ["fail"]
    assert told("cleared") == []
    journal.close()


def test_a_push_camera_needs_a_free_port(make_settings: MakeSettings, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        camera = {
            "name": "front",
            "protocol": "hikvision-push",
            "listen": f"127.0.0.1:{taken.getsockname()[1]}",
            "secret": "sixteen-characters",
        }
        settings = make_settings(cameras=[camera], pictures={"directory": str(tmp_path)})
        assert found(check_network(settings), "camera front")[0][0] == "fail"
    assert found(check_network(settings), "camera front")[0][0] == "ok"


def test_options_of_a_camera_and_a_missing_password_are_named(
    make_settings: MakeSettings, broker: Broker, tmp_path: Path
) -> None:
    camera = {"name": "front", "protocol": "dahua-snap", "source": "http://127.0.0.1:1"}
    settings = make_settings(
        cameras=[{**camera, "options": {"speed": 1}}],
        pictures={"directory": str(tmp_path)},
        mqtt={"host": "127.0.0.1", "port": broker(b"\x20\x02\x00\x05")},
    )
    told = {one.check: one for one in check_network(settings)}
    assert "'speed'" in told["camera front"].detail
    assert "no password here" in told["broker"].fix
