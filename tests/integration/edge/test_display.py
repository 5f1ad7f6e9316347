"""Displays on real lines."""

import os
import queue
import socket
import time
from collections.abc import Iterator

import pytest

from edge.devices.displays import display_codec
from edge.devices.displays.codec import Shown
from edge.io.byte_source import parse_source
from edge.io.display import Display, NoDisplay
from edge.lane.signals import PortChanged
from simulators.display import TextDisplay

# pyserial forgets to close a socket whose other end is gone; the interpreter does it later.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"
)

WAIT_S = 5


@pytest.fixture
def pty() -> Iterator[tuple[int, str]]:
    master, slave = os.openpty()
    os.set_blocking(master, True)
    yield master, os.ttyname(slave)
    os.close(slave)
    os.close(master)


@pytest.fixture
def signals() -> "queue.Queue[PortChanged]":
    return queue.Queue()


def test_a_line_reaches_the_display(
    pty: tuple[int, str], signals: "queue.Queue[PortChanged]"
) -> None:
    master, path = pty
    display = Display(parse_source(path), display_codec("plain", {}), signals.put)
    display.start()
    display.show(Shown(text="请上磅"))
    assert os.read(master, 100) == "请上磅\r\n".encode()
    display.show(Shown(text="请上磅", weight_kg=20))
    display.show(Shown(text="请下磅", weight_kg=40))
    assert os.read(master, 100) == "请下磅\r\n".encode()
    display.stop()
    assert signals.get_nowait().is_open
    assert signals.empty()


@pytest.mark.parametrize(
    ("protocol", "options", "text"),
    [
        ("laserlight", {"address": 3}, "Drive on"),
        ("laserlight", {"form": "six"}, " 49280"),
        ("sb500", {}, "    49280"),
        ("plain", {"echo": "yaohua-continuous"}, "49280"),
    ],
)
def test_every_kind_of_display_shows_what_a_driver_needs(
    pty: tuple[int, str],
    signals: "queue.Queue[PortChanged]",
    protocol: str,
    options: dict[str, object],
    text: str,
) -> None:
    master, path = pty
    panel = TextDisplay(protocol, options)
    display = Display(parse_source(path), display_codec(protocol, options), signals.put)
    display.start()
    display.show(Shown(text="Drive on", weight_kg=49_280, green=True))
    give_up_s = time.monotonic() + WAIT_S
    while not panel.text and time.monotonic() < give_up_s:
        panel.receive(os.read(master, 100))
    display.stop()
    assert (panel.text, panel.lamp) == (text, None if protocol == "plain" else "green")


def test_a_scoreboard_is_told_again_and_again(
    pty: tuple[int, str], signals: "queue.Queue[PortChanged]"
) -> None:
    master, path = pty
    panel = TextDisplay("plain", {"echo": "yaohua-continuous"})
    codec = display_codec("plain", {"echo": "yaohua-continuous"})
    display = Display(parse_source(path), codec, signals.put)
    display.start()
    display.show(Shown(text="x", weight_kg=20))
    while len(panel.lines) < 3:
        panel.receive(os.read(master, 100))
    display.stop()
    assert set(panel.lines) == {"20"}


def test_a_display_that_comes_back_shows_the_latest_line(
    signals: "queue.Queue[PortChanged]",
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(WAIT_S)
        address = parse_source(f"socket://127.0.0.1:{server.getsockname()[1]}")
        display = Display(address, display_codec("plain", {}), signals.put)
        display.start()
        display.show(Shown(text="one"))
        first, _ = server.accept()
        with first:
            assert first.recv(100) == b"one\r\n"
        second, _ = server.accept()
        with second:
            second.settimeout(WAIT_S)
            assert second.recv(100) == b"one\r\n"
            display.stop()
    told = [signals.get_nowait().is_open for _ in range(signals.qsize())]
    assert told == [True, False, True]


def test_a_display_that_is_not_there_is_reported_and_does_not_keep_the_box_from_stopping(
    signals: "queue.Queue[PortChanged]",
) -> None:
    codec = display_codec("plain", {})
    display = Display(parse_source("/dev/no-such-display"), codec, signals.put)
    display.start()
    display.show(Shown(text="x"))
    lost = signals.get(timeout=WAIT_S)
    display.stop()
    assert (lost.device, lost.is_open) == ("display", False)
    assert "no-such-display" in lost.detail


def test_a_lane_without_a_display_can_do_without() -> None:
    none = NoDisplay()
    none.show(Shown(text="x"))
    none.show(Shown(text="x", weight_kg=20))
