"""Plate cameras that push: who is let in, what is read, what a hostile peer can do."""

import http.client
import socket
from contextlib import ExitStack
from typing import Any

import pytest

from edge.config import CameraSettings
from edge.devices.cameras.hikvision import BOUNDARY, encode_alert, encode_push
from edge.devices.cameras.multipart import encode_end, encode_part
from edge.devices.cameras.plate import PlateSeen
from edge.devices.rows import BadOption
from edge.io import camera_push, cameras
from edge.io.camera_push import BODY_BYTES_MAX, CONNECTIONS_MAX
from edge.io.cameras import camera_parts
from edge.lane.plates import PICTURES_MAX
from edge.lane.signals import PortChanged
from simulators.camera import Eye, PushCamera
from simulators.chance import seeded
from tests.integration.edge.ears import SECRET, WAIT_S, Listen, is_hung_up_on, pushing
from tests.unit.edge.lanes import NOON, PLATE

PASSWORD = ("admin", "s3cret")
HEADER = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def test_a_push_becomes_one_plate_with_its_pictures(listen: Listen, port: int) -> None:
    ears = listen(pushing(port))
    assert ears.next(PortChanged, device="front").is_open
    assert PushCamera(f"http://127.0.0.1:{port}/front/{SECRET}", seeded(1)).see(PLATE) == [200]
    plate = ears.plate()
    assert (plate.camera, plate.seen.text, plate.seen.pictures) == ("front", PLATE, ())
    assert len(plate.pictures) == 2
    assert set(plate.pictures) == ears.kept()


@pytest.mark.parametrize("kind", [HEADER["Content-Type"], "application/xml"])
def test_a_plate_is_not_lost_to_a_nul_at_the_end_of_its_event(
    listen: Listen, port: int, kind: str
) -> None:
    ears = listen(pushing(port))
    ears.next(PortChanged, device="front")
    seen = PlateSeen(text="苏A8HK52", at=NOON)
    alert = b"\x00" + encode_alert(seen, NOON) + b"\x00\x00"
    parts = encode_part("application/xml", alert, BOUNDARY, name="anpr.xml") + encode_end(BOUNDARY)
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_S)
    body = parts if kind.startswith("multipart") else alert
    line.request("POST", f"/front/{SECRET}", body, {"Content-Type": kind})
    assert line.getresponse().status == 200
    line.close()
    assert ears.plate().seen.text == "苏A8HK52"


def test_a_camera_that_can_log_in_needs_no_secret_path(listen: Listen, port: int) -> None:
    user, password = PASSWORD
    ears = listen(pushing(port, secret=None, user=user, password=password))
    ears.next(PortChanged, device="front")
    url = f"http://127.0.0.1:{port}/front"
    assert PushCamera(url, seeded(1), PASSWORD).see(PLATE) == [200]
    assert PushCamera(url, seeded(1), (user, "guess")).see(PLATE) == [401]
    assert ears.plate().seen.text == PLATE


def test_a_camera_that_logs_in_only_when_asked_hears_that_it_is_asked(
    listen: Listen, port: int
) -> None:
    ears = listen(pushing(port))
    ears.next(PortChanged, device="front")
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_S)
    line.request("POST", "/front", bytes(8_000_000), HEADER)
    answer = line.getresponse()
    assert (answer.status, answer.headers["Connection"]) == (401, "close")
    assert answer.headers["WWW-Authenticate"].startswith("Basic")
    line.close()


def test_several_cameras_share_one_address(listen: Listen, port: int) -> None:
    ears = listen(pushing(port), pushing(port, name="rear", side="exit"))
    ears.next(PortChanged, device="rear")
    assert PushCamera(f"http://127.0.0.1:{port}/rear/{SECRET}", seeded(1)).see(PLATE) == [200]
    assert ears.plate().camera == "rear"


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        (f"/front/{SECRET}x", {}, 401),
        ("/front", {}, 401),
        ("/", {}, 401),
        (f"/rear/{SECRET}", {}, 401),
        (f"/front/{SECRET}", {"Content-Length": str(BODY_BYTES_MAX + 1)}, 413),
        (f"/front/{SECRET}", {"Content-Length": "many"}, 411),
        (f"/front/{SECRET}", {"Transfer-Encoding": "chunked"}, 400),
    ],
)
def test_a_request_that_is_not_a_cameras_is_refused(
    listen: Listen, port: int, path: str, headers: dict[str, str], status: int
) -> None:
    ears = listen(pushing(port))
    ears.next(PortChanged, device="front")
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_S)
    line.putrequest("POST", path)
    for name, value in headers.items():
        line.putheader(name, value)
    line.endheaders(b"\r\nrubbish" if "Transfer-Encoding" in headers else None)
    assert line.getresponse().status == status
    line.close()


def test_nothing_but_posts_is_served(listen: Listen, port: int) -> None:
    listen(pushing(port)).next(PortChanged, device="front")
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_S)
    line.request("GET", f"/front/{SECRET}")
    assert line.getresponse().status == 501
    line.close()


def test_a_body_in_chunks_is_read(listen: Listen, port: int) -> None:
    ears = listen(pushing(port))
    ears.next(PortChanged, device="front")
    body = encode_push(PlateSeen(text=PLATE, at=NOON), NOON)
    pieces = (body[place : place + 50] for place in range(0, len(body), 50))
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_S)
    line.request("POST", f"/front/{SECRET}", pieces, HEADER, encode_chunked=True)
    assert line.getresponse().status == 200
    line.close()
    assert ears.plate().seen.text == PLATE


def test_a_body_that_ends_early_and_a_torn_event_stop_nobody(listen: Listen, port: int) -> None:
    ears = listen(pushing(port))
    ears.next(PortChanged, device="front")
    with socket.create_connection(("127.0.0.1", port), timeout=WAIT_S) as hasty:
        hasty.sendall(f"POST /front/{SECRET} HTTP/1.1\r\nContent-Length: 99\r\n\r\nhalf".encode())
    camera = PushCamera(f"http://127.0.0.1:{port}/front/{SECRET}", seeded(1))
    camera.eye.faults.cut = 1
    assert camera.see("TORN1") == [200]
    camera.eye.faults.cut = 0
    assert camera.see(PLATE) == [200]
    while (found := ears.plate()).seen.text != PLATE:
        assert found.seen.text == "TORN1"  # a cut picture leaves the words before it whole


@pytest.mark.parametrize(
    "begun",
    [
        b"POST /front HTTP/1.1\r\n",
        f"POST /front/{SECRET} HTTP/1.1\r\nContent-Length: 9999\r\n\r\n".encode(),
    ],
)
def test_who_sends_a_byte_now_and_then_is_hung_up_on(
    listen: Listen, port: int, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    monkeypatch.setattr(camera_push, "REQUEST_S_MAX", 0.5)
    ears = listen(pushing(port))
    assert ears.next(PortChanged, device="front").is_open
    with socket.create_connection(("127.0.0.1", port), timeout=0.1) as slow:
        slow.sendall(begun)
        assert any(is_hung_up_on(slow, b"x") for _ in range(50))


def test_a_camera_that_talks_without_end_is_heard_so_often_and_no_more(
    listen: Listen, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cameras, "EVENTS_PER_MIN_MAX", 3)
    ears = listen(pushing(port))
    assert ears.next(PortChanged, device="front").detail == ""
    camera = PushCamera(f"http://127.0.0.1:{port}/front/{SECRET}", seeded(1))
    for _ in range(5):
        assert camera.see(PLATE) == [200]
    assert "events a minute" in ears.next(PortChanged, device="front", is_open=True).detail
    assert len(ears.kept()) == 3 * 2
    monkeypatch.setattr(cameras, "MINUTE_MS", 0)
    assert camera.see(PLATE) == [200]
    assert ears.next(PortChanged, device="front", is_open=True).detail == ""


def test_of_an_events_pictures_no_more_are_kept_than_records_name(
    listen: Listen, port: int
) -> None:
    ears = listen(pushing(port))
    ears.next(PortChanged, device="front")
    camera = PushCamera(f"http://127.0.0.1:{port}/front/{SECRET}", seeded(1))
    camera.eye = Eye(seeded(1), pictures=PICTURES_MAX + 2)
    assert camera.see(PLATE) == [200]
    assert set(ears.plate().pictures) == ears.kept()
    assert len(ears.kept()) == PICTURES_MAX


def test_a_camera_that_should_say_something_and_does_not_is_lost_until_it_does(
    listen: Listen, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(camera_push, "MS", 10)
    ears = listen(pushing(port, silent_s=30), pushing(port, name="rear"))
    gone = ears.next(PortChanged, device="front", is_open=False)
    assert gone.detail == "silent for 30 s"
    url = f"http://127.0.0.1:{port}/front/{SECRET}"
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_S)
    line.request("POST", url.partition(str(port))[2], b"heartbeat")
    assert line.getresponse().status == 200
    line.close()
    assert ears.next(PortChanged, device="front", is_open=True).detail == ""


def test_a_peer_that_holds_its_connections_keeps_no_camera_out(listen: Listen, port: int) -> None:
    ears = listen(pushing(port))
    ears.next(PortChanged, device="front")
    with ExitStack() as held:
        lines = [
            held.enter_context(
                socket.create_connection(("127.0.0.1", port), WAIT_S, ("127.0.0.2", 0))
            )
            for _ in range(CONNECTIONS_MAX)
        ]
        assert lines[-1].recv(1) == b""
        camera = PushCamera(f"http://127.0.0.1:{port}/front/{SECRET}", seeded(1))
        assert camera.see(PLATE) == [200]


def test_an_address_can_be_of_either_family(listen: Listen, port: int) -> None:
    told = listen(pushing(port, listen=f"[::1]:{port}")).next(PortChanged, device="front")
    assert "for hostname" not in told.detail  # a machine without IPv6 says something else


def test_an_address_that_is_taken_is_told_and_tried_again(listen: Listen, port: int) -> None:
    with socket.create_server(("127.0.0.1", port)):
        ears = listen(pushing(port))
        assert "in use" in ears.next(PortChanged, is_open=False).detail
    assert ears.next(PortChanged, device="front", is_open=True)


# --- settings


@pytest.mark.parametrize(
    ("others", "reason"),
    [
        ({"listen": None}, "needs listen alone"),
        ({"source": "http://192.0.2.1"}, "needs listen alone"),
        ({"protocol": "dahua-snap"}, "needs source alone"),
        ({"secret": None}, "a push needs a secret"),
        ({"secret": "change-me-to-16-or-more"}, "is the published example's"),
        ({"user": "admin"}, "user and password"),
        ({"secret": "short"}, "at least 16"),
        ({"silent_s": 5}, "silent_s"),
        ({"listen": "0.0.0.0:70000"}, "Port out of range"),
        ({"listen": "0.0.0.0:0"}, "port 0"),
        ({"source": "ftp://x", "listen": None, "protocol": "dahua-snap"}, "match pattern"),
    ],
)
def test_settings_that_reach_no_camera_name_what_is_wrong(
    others: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        CameraSettings(**pushing(8554, **others))


@pytest.mark.parametrize("others", [{"secret": SECRET}, {"silent_s": 60}])
def test_what_is_for_a_camera_that_pushes_is_for_no_other(others: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="for a camera that pushes"):
        CameraSettings(**{"name": "x", "protocol": "dahua-snap", "source": "http://x", **others})


def test_a_wrong_option_is_told_at_the_start(listen: Listen, port: int) -> None:
    with pytest.raises(BadOption, match="colour"):
        listen(pushing(port, options={"colour": 1}))


def test_without_cameras_there_is_nothing_to_start() -> None:
    assert camera_parts((), None, lambda _: None) == []
