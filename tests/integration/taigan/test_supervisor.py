"""Over systemd's socket: what moves feeds its watchdog, what stands still does not."""

import socket
import threading
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn
from structlog.testing import capture_logs

from taigan import loop as loops
from taigan.loop import Loop
from taigan.supervisor import Supervisor
from taigan.web_server import listen, serve, server_config
from tests.services.notify_socket import NotifySocket, notify_socket

WAIT_S = 60.0


@pytest.fixture
def systemd() -> Iterator[NotifySocket]:
    with notify_socket() as made:
        yield made


def test_it_is_ready_once_and_then_moves(systemd: NotifySocket) -> None:
    supervisor = Supervisor(lambda: None, feed_s=0)
    assert systemd.heard(0) is None, "nothing is told before the program turns"
    supervisor.alive()
    supervisor.alive()
    assert [systemd.heard() for _ in range(3)] == ["READY=1", "WATCHDOG=1", "WATCHDOG=1"]
    assert systemd.heard(0) is None


def test_a_busy_loop_tells_it_once_a_second(systemd: NotifySocket) -> None:
    supervisor = Supervisor(lambda: None)
    for _ in range(100):
        supervisor.alive()
    assert [systemd.heard(0) for _ in range(3)] == ["READY=1", "WATCHDOG=1", None]


def test_it_says_nothing_while_another_thread_does_not_move(systemd: NotifySocket) -> None:
    why: list[str] = []
    supervisor = Supervisor(lambda: why[0] if why else None, feed_s=0)
    supervisor.alive()
    systemd.forget()
    why.append("the ingest thread has stood still for 181 s")
    with capture_logs() as logs:
        for _ in range(3):
            supervisor.alive()
    assert systemd.heard(0) is None
    assert [entry["why"] for entry in logs] == why
    why.clear()
    supervisor.alive()
    assert systemd.heard() == "WATCHDOG=1"


def test_a_loop_whose_round_hangs_is_such_a_thread(
    systemd: NotifySocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, gate = threading.Event(), threading.Event()

    def hang() -> None:
        began.set()
        assert gate.wait(WAIT_S)

    loop = Loop("work", hang, WAIT_S, at_once=True)
    supervisor = Supervisor(loop.standstill, feed_s=0)
    loop.start()
    assert began.wait(WAIT_S)
    supervisor.alive()
    assert [systemd.heard(), systemd.heard()] == ["READY=1", "WATCHDOG=1"]
    monkeypatch.setattr(loops, "STANDSTILL_S", -1.0)
    supervisor.alive()
    assert systemd.heard(0) is None
    gate.set()
    loop.stop()


def test_without_a_service_manager_or_with_one_that_is_gone_the_program_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    Supervisor(lambda: None).alive()
    with notify_socket():
        deserted = Supervisor(lambda: None)
    with capture_logs() as logs:
        deserted.alive()
    assert {entry["log_level"] for entry in logs} == {"warning"}


def test_an_abstract_address_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as abstract:
        abstract.bind("")  # the kernel chooses an abstract name
        name = abstract.getsockname()
        monkeypatch.setenv("NOTIFY_SOCKET", "@" + name[1:].decode())
        Supervisor(lambda: None).alive()
        abstract.settimeout(WAIT_S)
        assert abstract.recv(100) == b"READY=1"


def test_a_server_is_ready_when_it_serves_and_silent_while_its_event_loop_stands_still(
    systemd: NotifySocket,
) -> None:
    entered, gate = threading.Event(), threading.Event()

    async def app(
        scope: dict[str, Any], _receive: Any, send: Callable[[Any], Awaitable[None]]
    ) -> None:
        if scope["type"] != "http":
            return
        if scope["path"] == "/block":
            entered.set()
            assert gate.wait(WAIT_S)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})

    with serving(app) as url:
        assert systemd.heard() == "READY=1"
        urllib.request.urlopen(url).close()  # noqa: S310 - our own server
        assert systemd.heard() == "WATCHDOG=1"
        blocking = threading.Thread(target=lambda: urllib.request.urlopen(f"{url}/block").close())  # noqa: S310
        blocking.start()
        assert entered.wait(WAIT_S)
        systemd.forget()
        assert systemd.heard(2.5) is None
        gate.set()
        blocking.join()
        assert systemd.heard() == "WATCHDOG=1"


@contextmanager
def serving(app: Any) -> Iterator[str]:
    listening = listen("127.0.0.1", 0)
    port = listening.getsockname()[1]
    alive = Supervisor(lambda: None).alive
    server = uvicorn.Server(server_config(app, host="127.0.0.1", port=port, alive=alive))
    thread = threading.Thread(target=serve, args=(server, listening))
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
