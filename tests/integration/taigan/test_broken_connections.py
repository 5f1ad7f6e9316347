"""Connections that break: found before use where that is free, repeated where that is safe."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import psycopg
import pytest
from sqlalchemy import Connection, Engine, make_url, text
from sqlalchemy.exc import DBAPIError

from taigan import engine as engine_module
from taigan.engine import open_engine
from taigan.transactions import TRIES_MAX, Database, run
from tests.services.postgres import fresh_database

pytestmark = pytest.mark.postgres

ADD = text("INSERT INTO done VALUES (1)")
COUNT = text("SELECT count(*) FROM done")
BACKEND = text("SELECT pg_backend_pid()")


@pytest.fixture
def url(postgres_address: str) -> Iterator[str]:
    with fresh_database(postgres_address) as found:
        with admin(found) as connection:
            connection.execute("CREATE TABLE done (n int)")
        yield found


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    with closing(Database(url)) as found:
        yield found


@contextmanager
def admin(url: str) -> Iterator[psycopg.Connection[tuple[int]]]:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        yield connection


def end_backends(url: str) -> None:
    """Do what a restart of the server does to its clients; return when all are gone."""
    others = "pid <> pg_backend_pid() AND datname = current_database() AND backend_type LIKE 'cl%'"
    with admin(url) as connection:
        connection.execute(
            f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {others}"  # noqa: S608
        )


def fill_pool(engine: Engine, count: int) -> None:
    connections = [engine.connect() for _ in range(count)]
    for connection in connections:
        connection.execute(text("SELECT 1"))
    for connection in connections:
        connection.close()


def test_nobody_meets_the_connections_that_a_restart_ended(database: Database, url: str) -> None:
    def after_a_restart() -> None:
        fill_pool(database.engine, 5)
        end_backends(url)

    after_a_restart()
    database.run(lambda c: c.execute(ADD))
    after_a_restart()
    run(database.engine, lambda c: c.execute(ADD))
    after_a_restart()
    with database.snapshot() as connection:
        assert connection.execute(COUNT).scalar_one() == 2
    after_a_restart()
    with database.engine.begin() as connection:
        assert connection.execute(COUNT).scalar_one() == 2


def test_a_transaction_that_broke_before_its_commit_is_repeated_and_done_once(
    database: Database, url: str
) -> None:
    tries = 0

    def work(connection: Connection) -> None:
        nonlocal tries
        tries += 1
        connection.execute(ADD)
        if tries == 1:
            end_backends(url)
        connection.execute(ADD)

    database.run(work)
    assert tries == 2
    with database.snapshot() as connection:
        assert connection.execute(COUNT).scalar_one() == 2


def test_a_transaction_that_broke_at_its_commit_is_left_to_its_caller(
    database: Database, url: str
) -> None:
    tries = 0

    def work(connection: Connection) -> None:
        nonlocal tries
        tries += 1
        connection.execute(ADD)
        end_backends(url)

    with pytest.raises(DBAPIError) as raised:
        database.run(work)
    assert raised.value.connection_invalidated
    assert tries == 1


def test_a_connection_that_always_breaks_is_given_up(database: Database, url: str) -> None:
    tries = 0

    def work(connection: Connection) -> None:
        nonlocal tries
        tries += 1
        connection.execute(BACKEND)
        end_backends(url)
        connection.execute(ADD)

    with pytest.raises(DBAPIError):
        database.run(work)
    assert tries == TRIES_MAX


def test_no_ping_goes_before_transactions_that_follow_each_other(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    pings = count_pings(database.engine, monkeypatch)
    for _ in range(10):
        database.run(lambda connection: connection.execute(ADD))
    assert pings == []
    monkeypatch.setattr(engine_module, "_RESTED_S", 0.0)
    database.run(lambda connection: connection.execute(ADD))
    assert len(pings) == 1


def count_pings(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    pings: list[object] = []
    do_ping = engine.dialect.do_ping

    def counted(connection: object) -> bool:
        pings.append(connection)
        return do_ping(connection)  # type: ignore[arg-type]

    monkeypatch.setattr(engine.dialect, "do_ping", counted)
    return pings


@dataclass
class Flow:
    client: socket.socket
    server: socket.socket
    known: bool = True


class Firewall:
    """Passes bytes on, until it forgets what is idle: then it answers with a reset."""

    def __init__(self, server: tuple[str, int]) -> None:
        self._server = server
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._flows: list[Flow] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            flow = Flow(client, socket.create_connection(self._server))
            self._flows.append(flow)
            for one, other in ((client, flow.server), (flow.server, client)):
                threading.Thread(target=self._pass_on, args=(flow, one, other), daemon=True).start()

    @staticmethod
    def _pass_on(flow: Flow, one: socket.socket, other: socket.socket) -> None:
        try:
            while data := one.recv(65_536):
                if not flow.known:
                    reset = struct.pack("ii", 1, 0)
                    flow.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
                    flow.client.close()
                    return
                other.sendall(data)
        except OSError:
            return

    def forget(self) -> None:
        """Drop what is known of all flows; neither side is told."""
        for flow in self._flows:
            flow.known = False

    def close(self) -> None:
        self._listening.close()
        for flow in self._flows:
            flow.client.close()
            flow.server.close()


def test_a_connection_that_rested_and_was_forgotten_on_its_way_is_replaced(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = make_url(url)
    with closing(Firewall((str(address.host), int(address.port or 0)))) as firewall:
        through = address.set(port=firewall.port).render_as_string(hide_password=False)
        engine = open_engine(through)
        fill_pool(engine, 3)
        firewall.forget()
        monkeypatch.setattr(engine_module, "_RESTED_S", 0.0)
        with engine.begin() as connection:
            connection.execute(ADD)
        engine.dispose()
