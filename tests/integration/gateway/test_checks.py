"""Threads that cannot do their work say so on /readyz, and take it up again by themselves."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway.core import Core
from gateway.migrations import upgrade
from taigan.engine import open_engine
from taigan.key_file import create_key
from tests.integration.gateway.yard import START_MS, settings_for

WAIT_S = 15


def until(is_so: Callable[[], bool]) -> None:
    give_up_s = time.monotonic() + WAIT_S
    while not is_so():
        assert time.monotonic() < give_up_s
        threading.Event().wait(0.02)


@pytest.mark.parametrize("name", ["outbox", "offline_orders"])
def test_a_thread_without_its_database_is_not_ready_until_it_has_it(
    name: str, tmp_path: Path
) -> None:
    url, key_file = f"sqlite:///{tmp_path / 'empty.db'}", tmp_path / "gateway.key"
    create_key(key_file)
    engine = open_engine(url)
    settings = settings_for(url, signing={"key_file": str(key_file)})
    core = Core(settings, engine, lambda *_: None, lambda: START_MS)
    assert core.standstill() == "the stand-by thread has not been started"
    core._stand_by.is_active = True
    check = core.checks()[name]
    loop = core.relay.loop if name == "outbox" else core.offline.loop
    loop.start()
    loop.wake()
    until(lambda: "no such table" in (check() or ""))
    upgrade(engine)
    until(lambda: check() is None)
    loop.stop()
    engine.dispose()
    assert "thread has ended" in (check() or "")


def test_a_plate_policy_for_an_unknown_lane_is_logged_once(tmp_path: Path) -> None:
    url, key_file = f"sqlite:///{tmp_path / 'gateway.db'}", tmp_path / "gateway.key"
    create_key(key_file)
    engine = open_engine(url)
    upgrade(engine)
    settings = settings_for(
        url, signing={"key_file": str(key_file)}, plates={"at": {"mnie": "required"}}
    )
    looks: list[int] = []

    def now_ms() -> int:
        looks.append(START_MS)
        return START_MS

    offline = Core(settings, engine, lambda *_: None, now_ms).offline
    with capture_logs() as logs:
        offline.loop.start()
        offline.loop.wake()
        until(lambda: bool(logs))
        offline.loop.wake()
        until(lambda: len(looks) > 1)
        offline.loop.stop()
    engine.dispose()
    assert [(log["log_level"], log["places"]) for log in logs] == [("warning", ["mnie"])]
