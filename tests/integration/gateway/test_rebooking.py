"""The loop that books again what waited: each vehicle has its turn, and news goes out."""

from typing import Any

import pytest
from sqlalchemy.engine import Connection

from gateway.ingest import rebooking
from gateway.ingest.rebooking import AT_ONCE, Rebooking
from gateway.records.hints import Hint
from gateway.records.service import Applied
from tests.integration.gateway.driving import Gateway


class Turns:
    """Notes whose turn it was; only the first of them is news."""

    def __init__(self) -> None:
        self.of: list[str] = []

    def rebook(self, _connection: Connection, vehicle_id: str, _now_ms: int) -> Applied:
        self.of.append(vehicle_id)
        is_news = len(self.of) == 1
        return Applied(
            hints=(Hint("ticket", {"of": vehicle_id}),) if is_news else (), queued=is_news
        )


def test_many_that_wait_have_their_turns(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = tuple(f"v{number:03}" for number in range(2 * AT_ONCE + 5))
    monkeypatch.setattr(rebooking, "waiting_vehicles", lambda _connection: waiting)
    turns, told, woken = Turns(), [], []
    loop = Rebooking(
        gateway.engine,
        turns,  # type: ignore[arg-type]  # what it needs of Tickets
        lambda event, data: told.append((event, data)),
        lambda: woken.append(1),
        lambda: gateway.now_ms,
    )
    for _ in range(3):
        loop.rebook_waiting()
    assert turns.of[: len(waiting)] == list(waiting)
    assert turns.of[len(waiting) :] == list(waiting[: 3 * AT_ONCE - len(waiting)])
    assert told == [("ticket", {"of": "v000"})]
    assert woken == [1]


def test_a_loop_that_fails_says_so_and_goes_on(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds: list[int] = []

    def failing(_connection: Connection) -> Any:
        rounds.append(1)
        raise KeyError("no such vehicle")

    monkeypatch.setattr(rebooking, "waiting_vehicles", failing)
    monkeypatch.setattr(rebooking, "EVERY_S", 0.01)
    loop = Rebooking(gateway.engine, gateway.tickets, print, print, lambda: gateway.now_ms)
    loop.start()
    try:
        while len(rounds) < 3:
            pass
        assert "no such vehicle" in str(loop.check())
    finally:
        loop.stop()
    assert "ended" in str(loop.check())
