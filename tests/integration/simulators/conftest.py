"""Runs a simulator server in a thread of the test."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from simulators.bank.bank import Bank
from simulators.bank.book import BankBook
from simulators.bank.faults import Faults
from simulators.phone import PhoneProvider
from simulators.web import Routes, WebServer

Serve = Callable[[Routes], httpx2.Client]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Return a function that serves routes and gives a client for them."""
    servers: list[WebServer] = []
    clients: list[httpx2.Client] = []

    def start(routes: Routes) -> httpx2.Client:
        server = WebServer(0, routes)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        servers.append(server)
        client = httpx2.Client(
            base_url=f"http://127.0.0.1:{server.server_address[1]}", trust_env=False
        )
        clients.append(client)
        return client

    yield start
    for client in clients:
        client.close()
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def book(tmp_path: Path) -> Iterator[BankBook]:
    opened = BankBook(tmp_path / "bank.db")
    yield opened
    opened.close()


@pytest.fixture
def bank(book: BankBook, serve: Serve) -> httpx2.Client:
    return serve(Bank(book, Faults(), seed=1).routes())


@pytest.fixture
def phone(serve: Serve) -> Iterator[httpx2.Client]:
    provider = PhoneProvider(":memory:", "secret")
    yield serve(provider.routes())
    provider.close()
