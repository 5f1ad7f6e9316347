"""The text display on a real line."""

import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from itertools import count

import pytest

from edge.io.byte_source import parse_source
from edge.io.display import Display, NoDisplay

# pyserial forgets to close a socket whose other end is gone; the interpreter does it later.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"
)


@pytest.fixture
def pty() -> Iterator[tuple[int, str]]:
    master, slave = os.openpty()
    os.set_blocking(master, True)
    yield master, os.ttyname(slave)
    os.close(slave)
    os.close(master)


def test_a_line_reaches_the_display(pty: tuple[int, str]) -> None:
    master, path = pty
    display = Display(parse_source(path))
    display.start()
    display.show("请上磅")
    assert os.read(master, 100) == "请上磅\r\n".encode()
    display.show("请下磅")
    assert os.read(master, 100) == "请下磅\r\n".encode()
    display.stop()


def called_again(server: socket.socket, display: Display) -> socket.socket:
    """Show texts until one finds that the line is lost, and the display connects again."""
    server.settimeout(0.2)
    for number in count():
        display.show(f"again {number}")
        with suppress(TimeoutError):
            client, _ = server.accept()
            client.settimeout(5)
            return client
    raise AssertionError


def test_a_display_that_comes_back_shows_the_latest_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        display = Display(parse_source(f"socket://127.0.0.1:{server.getsockname()[1]}"))
        display.start()
        display.show("one")
        first, _ = server.accept()
        with first:
            assert first.recv(100) == b"one\r\n"
        with called_again(server, display) as second:
            assert second.recv(100).startswith(b"again ")
            display.stop()


def test_a_display_that_is_not_there_does_not_keep_the_box_from_stopping() -> None:
    display = Display(parse_source("/dev/no-such-display"))
    display.start()
    display.show("x")
    display.stop()
    NoDisplay().show("x")
