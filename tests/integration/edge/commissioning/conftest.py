"""Ports and a broker's handshake for the doctor's tests."""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from simulators.bench import Bench

Broker = Callable[[bytes], int]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with Bench(tmp_path) as opened:
        yield opened


@pytest.fixture
def broker() -> Iterator[Broker]:
    """Start something that takes one connection and answers with given bytes; return its port."""
    opened: list[socket.socket] = []

    def start(answer: bytes) -> int:
        server = socket.create_server(("127.0.0.1", 0))
        opened.append(server)
        threading.Thread(target=_answer_once, args=(server, answer), daemon=True).start()
        port: int = server.getsockname()[1]
        return port

    yield start
    for server in opened:
        server.close()


def _answer_once(server: socket.socket, answer: bytes) -> None:
    connection = server.accept()[0]
    with connection:
        connection.recv(4096)
        connection.sendall(answer)
