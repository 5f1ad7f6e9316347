"""The worker's loops, when what they call does what it never should."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf

import pytest

from settlement.metrics import Metrics
from settlement.notices.service import WEBHOOK, Notice
from settlement.payouts.states import RailOutcome
from settlement.wake_ups import WakeUps
from settlement.workers.notices import NoticeWorker
from settlement.workers.work import round_of
from taigan.loop import SHOWN_AFTER, Loop
from tests.fakes_bank import eventually
from tests.integration.settlement.conftest import Desk
from tests.integration.settlement.payout_steps import answer, sent
from tests.unit.settlement.tickets import ticket


class Choosy:
    """A sender that breaks at one message."""

    def __init__(self, breaks_at: str) -> None:
        self.breaks_at = breaks_at
        self.sent: list[str] = []

    def send(self, notice: Notice, now_ms: int) -> str | None:
        assert now_ms
        if self.breaks_at in notice.body:
            raise UnicodeError("no such header")
        self.sent.append(notice.body)
        return None

    def close(self) -> None:
        self.sent.clear()


class Idle:
    """Work that is due in a while, and counts how often it was asked."""

    def __init__(self, due_in_s: float) -> None:
        self.wait_s = due_in_s
        self.asked: list[float] = []
        self.done = threading.Event()

    def due_in_s(self) -> float:
        self.asked.append(time.monotonic())
        return self.wait_s

    def run_once(self) -> bool:
        self.done.set()
        self.wait_s = inf
        return True


@contextmanager
def looping(work: Idle, wake_ups: WakeUps, poll_s: float) -> Iterator[None]:
    loop = Loop("work", round_of(work, poll_s), poll_s, at_once=True)
    wake_ups.add(loop.wake)
    loop.start()
    try:
        yield
    finally:
        loop.stop(5)


def test_a_loop_with_nothing_to_do_looks_once_a_poll_and_not_oftener() -> None:
    work = Idle(inf)
    with looping(work, WakeUps(), poll_s=0.2):
        threading.Event().wait(0.7)
    assert 3 <= len(work.asked) <= 5


def test_a_loop_works_when_the_next_is_due_and_at_once_when_it_is_woken() -> None:
    work, wake_ups = Idle(0.1), WakeUps()
    began_s = time.monotonic()
    with looping(work, wake_ups, poll_s=30):
        eventually(lambda: len(work.asked) >= 1)
        work.wait_s = 0  # by the time it wakes of itself
        assert work.done.wait(5)
        assert time.monotonic() - began_s >= 0.1
        work.done.clear()
        work.wait_s = 0
        wake_ups.wake_all()
        assert work.done.wait(5)


def test_a_notice_that_breaks_its_sender_does_not_keep_the_others_from_being_told(
    desk: Desk,
) -> None:
    desk.deposit(100_000_000)
    for number in (1, 2):
        answer(desk, sent(desk, ticket(number)), RailOutcome.PAID)
    sender = Choosy(str(ticket(1).ticket_id))
    worker = NoticeWorker(desk.database, WEBHOOK, sender, Metrics())
    assert worker.run_once()
    assert len(sender.sent) == 1
    assert not worker.run_once()
    desk.ahead_ms += 1_000
    assert worker.run_once()


def test_a_loop_survives_whatever_its_turn_raises_and_shows_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("taigan.loop.BACK_OFF_S", (0.01,))
    broken, turned = threading.Event(), threading.Event()

    class Breaking(Idle):
        def run_once(self) -> bool:
            if not broken.is_set():
                raise KeyError("nobody expected this")
            turned.set()
            return False

    loop = Loop("payouts", round_of(Breaking(0), 0.01), 0.01, at_once=True)
    loop.start()
    eventually(lambda: f"failed {SHOWN_AFTER} times" in str(loop.check()))
    broken.set()
    assert turned.wait(5)
    eventually(lambda: loop.check() is None)
    loop.stop(5)
