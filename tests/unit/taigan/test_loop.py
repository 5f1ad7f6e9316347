"""A loop does its rounds, survives what they raise, and stops at once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

import pytest
from structlog.testing import capture_logs

from taigan import loop as loops
from taigan.loop import SHOWN_AFTER, Loop

LONG_S = 60.0
"""A loop that waits for it makes its test fail."""


class Rounds:
    """What the rounds do, one after the other; the last goes on for ever. Each is waited for."""

    def __init__(self, *scripts: Callable[[], float | None]) -> None:
        self._scripts = list(scripts)
        self._done = Event()
        self.count = 0

    def __call__(self) -> float | None:
        script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
        self.count += 1
        self._done.set()
        return script()

    def next(self) -> None:
        assert self._done.wait(LONG_S)
        self._done.clear()


def fails() -> float:
    raise KeyError("no such table")


def works() -> None:
    return None


@contextmanager
def running(rounds: Callable[[], float | None], every_s: float, **how: Any) -> Iterator[Loop]:
    loop = Loop("work", rounds, every_s, **how)
    loop.start()
    try:
        yield loop
    finally:
        loop.stop()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop that fails is tried again at once."""
    monkeypatch.setattr(loops, "BACK_OFF_S", (0.0,))


def until(is_so: Callable[[], object]) -> None:
    patience = Event()
    for _ in range(5_000):
        if is_so():
            return
        patience.wait(0.001)
    raise AssertionError("in vain")


def test_it_waits_first_or_not_and_rounds_say_for_how_long() -> None:
    rounds = Rounds(lambda: 0.0, lambda: 0.0, works)
    with running(rounds, LONG_S, at_once=True) as loop:
        until(lambda: rounds.count == 3)
        assert loop.check() is None
    waiting = Rounds(works)
    with running(waiting, LONG_S):
        pass
    assert waiting.count == 0


@pytest.mark.usefixtures("quick")
def test_a_round_that_raises_is_logged_once_shown_when_it_lasts_and_followed_by_the_next() -> None:
    gate = Event()

    def hangs_then_works() -> None:
        assert gate.wait(LONG_S)

    rounds = Rounds(*[fails] * SHOWN_AFTER, hangs_then_works, works)
    with capture_logs() as logs, running(rounds, LONG_S, at_once=True) as loop:
        until(lambda: rounds.count == SHOWN_AFTER + 1)
        assert loop.check() == f"failed {SHOWN_AFTER} times: KeyError('no such table')"
        assert loop.standstill() is None
        gate.set()
        until(lambda: loop.check() is None)
    assert [(entry["log_level"], entry["loop"]) for entry in logs] == [
        ("error", "work"),
        ("info", "work"),
    ]
    assert logs[0]["exc_info"], "the first time with its traceback"


@pytest.mark.usefixtures("quick")
def test_a_failure_that_does_not_last_is_not_shown_and_another_reason_is_logged() -> None:
    gate = Event()

    def other() -> None:
        assert gate.wait(LONG_S)
        raise ValueError("another")

    rounds = Rounds(*[fails] * (SHOWN_AFTER - 1), other, works)
    with capture_logs() as logs, running(rounds, LONG_S, at_once=True) as loop:
        until(lambda: rounds.count == SHOWN_AFTER)
        assert loop.check() is None
        gate.set()
        until(lambda: rounds.count == SHOWN_AFTER + 1)
    assert [entry["log_level"] for entry in logs] == ["error", "error", "info"]


def test_whoever_wakes_a_loop_that_fails_does_not_have_it_fail_faster(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loops, "BACK_OFF_S", (LONG_S,))
    rounds = Rounds(fails)
    with running(rounds, 0.0, at_once=True) as loop:
        rounds.next()
        loop.wake()
        Event().wait(0.02)
        assert rounds.count == 1
    assert "has ended" in str(loop.check()), "stop waits for no back-off"


def test_a_wait_ends_when_woken_and_a_call_during_a_round_is_not_lost() -> None:
    gate = Event()

    def waits_for_gate() -> None:
        assert gate.wait(LONG_S)

    rounds = Rounds(works, waits_for_gate, works)
    with running(rounds, LONG_S, at_once=True) as loop:
        rounds.next()
        loop.wake()
        rounds.next()
        loop.wake()
        gate.set()
        until(lambda: rounds.count == 3)


def test_stop_ends_a_wait_at_once_and_closes_what_was_used() -> None:
    closed: list[str] = []
    loop = Loop("work", works, LONG_S, at_end=lambda: closed.append("client"))
    assert loop.check() == "the work thread has not been started"
    loop.start()
    assert loop.check() is None
    assert loop.stop()
    assert closed == ["client"]
    assert loop.check() == "the work thread has ended"


def test_a_loop_that_never_started_can_be_stopped() -> None:
    assert Loop("work", works, LONG_S).stop()


def test_stop_in_a_round_lets_it_end() -> None:
    seen: list[bool] = []

    def long_round() -> None:
        while not loop.pause(LONG_S):
            pass
        seen.append(loop.is_stopping())

    rounds = Rounds(long_round)
    loop = Loop("work", rounds, LONG_S, at_once=True)
    loop.start()
    rounds.next()
    assert loop.stop()
    assert seen == [True]


def test_stop_says_when_a_round_does_not_end() -> None:
    gate = Event()
    rounds = Rounds(lambda: gate.wait(LONG_S) and None)
    loop = Loop("work", rounds, LONG_S, at_once=True)
    loop.start()
    rounds.next()
    with capture_logs() as logs:
        assert not loop.stop(within_s=0.01)
    assert [(entry["log_level"], entry["loop"]) for entry in logs] == [("error", "work")]
    gate.set()


def test_a_round_that_does_not_move_stands_still_and_one_that_asks_whether_to_stop_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate = Event()
    rounds = Rounds(lambda: gate.wait(LONG_S) and None, works)
    with running(rounds, LONG_S, at_once=True) as loop:
        rounds.next()
        monkeypatch.setattr(loops, "STANDSTILL_S", -1.0)
        assert "stood still" in str(loop.check())
        assert loop.check() == loop.standstill()
        monkeypatch.setattr(loops, "STANDSTILL_S", 0.05)
        until(loop.standstill)
        loop.is_stopping()
        assert loop.standstill() is None
        monkeypatch.setattr(loops, "STANDSTILL_S", -1.0)
        gate.set()
        until(lambda: loop.check() is None)  # a wait is no standstill, however long
