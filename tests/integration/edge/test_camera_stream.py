"""Plate cameras that are asked: digest streams, reconnecting, wrong passwords, hostile answers."""

import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from edge.io import camera_stream
from edge.lane.signals import PortChanged
from simulators.camera import ENCODERS, Guard, StreamCamera
from simulators.chance import seeded
from tests.integration.edge.ears import WAIT_S, Listen, is_hung_up_on
from tests.unit.edge.lanes import PLATE

PASSWORD = ("admin", "s3cret")


@pytest.fixture(params=sorted(ENCODERS))
def camera(request: pytest.FixtureRequest) -> Iterator[StreamCamera]:
    made = StreamCamera(request.param, seeded(1), PASSWORD)
    yield made
    made.stop()


def asking(camera: StreamCamera, **others: Any) -> dict[str, Any]:
    protocol = camera.protocol
    known = {"name": "front", "protocol": protocol, "source": camera.source}
    return {**known, "user": PASSWORD[0], "password": PASSWORD[1], **others}


def test_a_camera_that_is_asked_tells_plates_and_pictures(
    listen: Listen, camera: StreamCamera
) -> None:
    ears = listen(asking(camera))
    assert camera.wait_until_asked()
    camera.see(PLATE)
    found = ears.plate()
    assert found.seen.text == PLATE
    assert found.seen.at is not None
    if camera.protocol != "dahua-events":
        while not found.pictures:
            found = ears.plate()
        assert set(found.pictures) == ears.kept()


def test_a_camera_that_restarts_is_asked_again(listen: Listen, camera: StreamCamera) -> None:
    ears = listen(asking(camera))
    assert camera.wait_until_asked()
    camera.hang_up()
    assert camera.wait_until_asked(2)
    camera.see(PLATE)
    assert ears.plate().seen.text == PLATE


@pytest.mark.parametrize(
    "challenges",
    [
        ('Basic realm="camera"', Guard.challenge("MD5")),
        (Guard.challenge("SHA-512-256"), Guard.challenge("SHA-256"), Guard.challenge("MD5")),
    ],
)
def test_digest_is_found_among_what_a_camera_offers(
    listen: Listen, challenges: tuple[str, ...]
) -> None:
    camera = StreamCamera("dahua-snap", seeded(1), PASSWORD)
    camera.guard.challenges = challenges
    listen(asking(camera))
    assert camera.wait_until_asked()
    camera.stop()


def test_no_password_is_given_to_who_asks_for_it_in_clear(listen: Listen) -> None:
    camera = StreamCamera("dahua-snap", seeded(1), PASSWORD)
    camera.guard.challenges = ('Basic realm="camera"',)
    ears = listen(asking(camera))
    assert "401" in ears.next(PortChanged, device="front", is_open=False).detail
    assert camera.guard.shown == [""]
    camera.stop()


def test_a_wrong_password_is_told(listen: Listen, camera: StreamCamera) -> None:
    ears = listen(asking(camera, password="guess"))
    detail = ears.next(PortChanged, device="front", is_open=False).detail
    assert "401" in detail or "auth" in detail.lower()


def test_a_camera_that_takes_no_connection_is_given_up_soon(
    listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(camera_stream, "CONNECT_S", 0.3)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        with socket.create_connection(address):  # takes the only place in its queue
            source = f"http://127.0.0.1:{address[1]}"
            ears = listen({"name": "front", "protocol": "dahua-events", "source": source})
            gone = ears.next(PortChanged, device="front")
    assert (gone.is_open, "timed out" in gone.detail) == (False, True)


def test_a_camera_that_is_not_there_is_told(listen: Listen, port: int) -> None:
    source = f"http://127.0.0.1:{port}"
    ears = listen({"name": "front", "protocol": "dahua-snap", "source": source})
    assert "refused" in ears.next(PortChanged, device="front", is_open=False).detail


def test_what_a_camera_cuts_short_is_dropped(listen: Listen) -> None:
    camera = StreamCamera("dahua-events", seeded(1), PASSWORD)
    ears = listen(asking(camera))
    assert camera.wait_until_asked()
    camera.eye.faults.cut = 1
    camera.see("蒙K99999")
    camera.eye.faults.cut = 0
    camera.see(PLATE)
    camera.see(PLATE)
    assert ears.plate().seen.text == PLATE
    camera.stop()


def test_a_stop_does_not_wait_for_the_cameras_next_word(listen: Listen, port: int) -> None:
    with socket.create_server(("127.0.0.1", port)) as mute:
        ears = listen({"name": "x", "protocol": "dahua-snap", "source": f"http://127.0.0.1:{port}"})
        mute.settimeout(WAIT_S)
        asked, _ = mute.accept()
        ears.parts[-1].stop()
        with suppress(OSError):
            asked.close()


def answered(listen: Listen, answer: bytes) -> PortChanged:
    """Answer the box's first question with these bytes; return what it says of the camera."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        source = f"http://127.0.0.1:{server.getsockname()[1]}"
        ears = listen(
            {"name": "x", "protocol": "dahua-snap", "source": source, "user": "a", "password": "b"}
        )
        server.settimeout(WAIT_S)
        line, _ = server.accept()
        with line:
            assert line.recv(1_000)
            line.sendall(answer)
            lost: PortChanged = ears.next(PortChanged, is_open=False)
            return lost


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("401 No\r\nWWW-Authenticate: Digest realm=, nonce=x", "401"),
        ("401 No\r\nWWW-Authenticate: Digest realm, nonce=x", "401"),
        ("401 No\r\nWWW-Authenticate: Digest nonce=x", "401"),
        ("301 Elsewhere\r\nLocation: ftp://127.0.0.1:1/", "301"),
        ("200 OK\r\nContent-Type: text/html", "no multipart: text/html"),
        ("200 OK\r\nContent-Type: multipart/mixed", "no multipart: multipart/mixed"),
    ],
)
def test_an_answer_that_holds_no_events_is_told(listen: Listen, answer: str, told: str) -> None:
    lost = answered(listen, f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n".encode())
    assert told in lost.detail


def test_bytes_without_a_part_are_no_sign_of_life(
    listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(camera_stream, "SILENT_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        source = f"http://127.0.0.1:{server.getsockname()[1]}"
        ears = listen({"name": "x", "protocol": "dahua-snap", "source": source})
        server.settimeout(WAIT_S)
        line, _ = server.accept()
        with line:
            line.settimeout(0.05)
            line.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n")
            assert any(is_hung_up_on(line, b"--other\r\n\r\n") for _ in range(200))
    assert "no part" in ears.next(PortChanged, is_open=False).detail
