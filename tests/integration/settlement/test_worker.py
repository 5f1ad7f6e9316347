"""The worker's loops, when what they call does what it never should."""

import threading

import pytest

from settlement.metrics import Metrics
from settlement.notices.service import WEBHOOK, Notice
from settlement.wake_ups import WakeUps
from settlement.workers.loops import Loop
from settlement.workers.notices import NoticeWorker
from tests.fakes_bank import eventually
from tests.integration.settlement.conftest import Desk
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


def test_a_notice_that_breaks_its_sender_does_not_keep_the_others_from_being_told(
    desk: Desk,
) -> None:
    for number in (1, 2):
        desk.settle(ticket(number))
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
    monkeypatch.setattr("settlement.workers.loops._AFTER_FAILURE_S", 0.01)
    broken, turned = threading.Event(), threading.Event()

    def run_once() -> bool:
        if not broken.is_set():
            raise KeyError("nobody expected this")
        turned.set()
        return False

    loop = Loop("payouts", WakeUps(), 0.01, run_once)
    loop.start()
    eventually(lambda: loop.failing)
    broken.set()
    assert turned.wait(5)
    eventually(lambda: not loop.failing)
    loop.stop(5)
