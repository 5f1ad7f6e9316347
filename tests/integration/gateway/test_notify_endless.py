"""A receiver that goes on answering for ever keeps no other notice back."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

import pytest

from gateway.config import Notify
from gateway.notify.delivery import StaffNotice
from gateway.notify.sender import WebhookSender
from tests.integration.gateway.receiver import SECRET

PIECES = 30
PIECE_S = 0.1


@contextmanager
def endless(status: str, ended: Event) -> Iterator[str]:
    """Answer at once, and then a byte at a time; `ended` is set after a test's patience."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = Thread(target=_answer, args=(server, status, ended))
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/alarms"
        thread.join()


def _answer(server: socket.socket, status: str, ended: Event) -> None:
    connection, _ = server.accept()
    with connection, suppress(OSError):
        connection.recv(65_536)
        connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 1000000\r\n\r\n".encode())
        for _ in range(PIECES):
            connection.sendall(b".")
            if ended.wait(PIECE_S):
                return
    ended.set()


@pytest.mark.parametrize(
    ("status", "outcome"), [("200 OK", None), ("500 Internal Server Error", "HTTP 500")]
)
def test_only_the_status_is_waited_for(status: str, outcome: str | None) -> None:
    ended = Event()
    with endless(status, ended) as url:
        sender = WebhookSender(Notify(url=url, secret=SECRET))
        try:
            said = sender.send(StaffNotice("n-1", "{}", 0, 1), 0)
            was_still_answering = not ended.is_set()
        finally:
            ended.set()
            sender.close()
    assert (said, was_still_answering) == (outcome, True)
