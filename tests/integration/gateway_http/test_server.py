"""The real server: streams live, and stops although browsers are connected."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx2
import pytest

from gateway.auth.sessions import open_session
from gateway.live.server import LiveServer, live_server
from tests.integration.gateway_http.world import World, name_id

TOKEN = "a session token"


@contextmanager
def running(world: World) -> Iterator[tuple[LiveServer, str, threading.Thread]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = live_server(world.app, world.hub, host="127.0.0.1", port=port)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        deadline = time.monotonic() + 10
        while not server.started and time.monotonic() < deadline:
            thread.join(0.02)
        yield server, f"http://127.0.0.1:{port}", thread
    finally:
        server.stop()
        thread.join(10)


@contextmanager
def watching(url: str, headers: dict[str, str]) -> Iterator[Iterator[str]]:
    with ExitStack() as opened:
        client = opened.enter_context(httpx2.Client(base_url=url, timeout=10))
        stream = opened.enter_context(client.stream("GET", "/api/v1/stream", headers=headers))
        assert stream.headers["content-type"].startswith("text/event-stream")
        yield stream.iter_lines()


@pytest.fixture
def headers(world: World) -> dict[str, str]:
    now_ms = world.clock[0]
    with world.engine.begin() as connection:
        open_session(connection, name_id("viewer"), TOKEN, now_ms=now_ms, expires_ms=now_ms + 10**7)
    return {"Authorization": f"Bearer {TOKEN}"}


def first_event(lines: Iterator[str], wanted: str) -> dict[str, object]:
    for line in lines:
        if line == f"event: {wanted}":
            data: dict[str, object] = json.loads(next(lines).removeprefix("data: "))
            return data
    raise AssertionError(f"the stream ended without {wanted}")


def test_a_weight_arrives_while_it_is_watched(world: World, headers: dict[str, str]) -> None:
    lane = {"yard": "mine", "lane": "mine-in", "weight_kg": 32_480}
    with running(world) as (_, url, _), watching(url, headers) as lines:
        first_event(lines, "reread")
        world.hub.publish("lane", lane)
        assert first_event(lines, "lane") == lane


def test_the_stream_holds_no_transaction(world: World, headers: dict[str, str]) -> None:
    with running(world) as (_, url, _), watching(url, headers) as lines:
        first_event(lines, "reread")
        assert world.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
        with world.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE yards SET name = 'x'")


def test_it_stops_quickly_with_browsers_connected(world: World, headers: dict[str, str]) -> None:
    with running(world) as (server, url, thread), ExitStack() as browsers:
        for _ in range(5):
            first_event(browsers.enter_context(watching(url, headers)), "reread")
        began = time.monotonic()
        server.stop()
        thread.join(8)
        assert not thread.is_alive()
        assert time.monotonic() - began < 6
