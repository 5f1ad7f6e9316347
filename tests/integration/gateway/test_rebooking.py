"""The loop that books again what waited: each vehicle has its turn, and news goes out."""

import pytest
from sqlalchemy.engine import Connection

from gateway.ingest.rebooking import AT_ONCE, Rebooking
from gateway.records.hints import Hint
from gateway.records.service import Applied
from tests.integration.gateway.driving import Gateway


class Turns:
    """Notes whose turn it was; only the first of them is news."""

    def __init__(self, *waiting: str, bad: str = "") -> None:
        self.of: list[str] = []
        self.bad = bad
        self._waiting = waiting

    def waiting(self, _connection: Connection, _now_ms: int) -> tuple[str, ...]:
        return self._waiting

    def rebook(self, _connection: Connection, vehicle_id: str, _now_ms: int) -> Applied:
        self.of.append(vehicle_id)
        if vehicle_id == self.bad:
            raise KeyError(vehicle_id)
        is_news = len(self.of) == 1
        return Applied(
            hints=(Hint("ticket", {"of": vehicle_id}),) if is_news else (), queued=is_news
        )


def test_many_that_wait_have_their_turns(gateway: Gateway) -> None:
    waiting = tuple(f"v{number:03}" for number in range(2 * AT_ONCE + 5))
    turns, told, woken = Turns(*waiting), [], []
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


def test_a_vehicle_that_cannot_be_booked_is_named_and_keeps_nobody_waiting(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = Turns("v1", "v2", "v3", bad="v2")
    loop = Rebooking(gateway.engine, turns, print, print, lambda: gateway.now_ms)  # type: ignore[arg-type]  # what it needs of Tickets
    monkeypatch.setattr(loop.loop, "check", lambda: None)
    loop.rebook_waiting()
    assert turns.of == ["v1", "v2", "v3"]
    assert loop.check() == "vehicle v2: KeyError('v2')"
    turns.bad = ""
    loop.rebook_waiting()
    assert loop.check() is None
