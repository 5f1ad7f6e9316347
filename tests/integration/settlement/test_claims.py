"""One bad payout, one lost hint, one question without an answer: nothing of it may last."""

import pytest
from sqlalchemy import update

from settlement.api.callbacks import ASK_NOW
from settlement.messages import PayoutState
from settlement.payouts.rails import Answer
from settlement.payouts.service import Claims, Task, claim_due, record
from settlement.payouts.states import Outcome
from settlement.tables import settlements
from tests.integration.settlement.conftest import POLICY, Desk
from tests.unit.settlement.tickets import ticket


@pytest.fixture
def funded(desk: Desk) -> Desk:
    desk.deposit(100_000_000)
    return desk


def claim(desk: Desk) -> Claims:
    return desk.database.run(lambda connection: claim_due(desk.turn(connection), 10))


def test_a_payout_that_cannot_be_claimed_does_not_keep_the_others_waiting(funded: Desk) -> None:
    funded.settle(ticket(1))
    funded.settle(ticket(2))
    with funded.database.write() as connection:
        broken = update(settlements).where(settlements.c.ticket_id == ticket(1).ticket_id)
        connection.execute(broken.values(price="{}"))
    claims = claim(funded)
    ((stopped, why, error),) = claims.stopped
    assert [task.payout_id for task in claims.tasks] != [stopped]
    assert (len(claims.tasks), why, error) == (1, "payout_unclaimable", "ValidationError")
    assert claim(funded) == ([], [])
    funded.ahead_ms += POLICY.lease_ms
    assert claim(funded).stopped[0].payout_id == stopped


def test_a_payout_that_the_guard_doubts_is_told_when_it_is_held(funded: Desk) -> None:
    funded.rules(lane_keys={})
    payout = funded.settle(ticket())[0].payout
    ((stopped, why, detail),) = claim(funded).stopped
    assert (stopped, why) == (payout.payout_id, "payout_held_by_guard")
    assert "not signed by a pinned key" in detail


def sent(desk: Desk) -> Task:
    desk.settle(ticket())
    (task,) = claim(desk).tasks
    return task


def answer(desk: Desk, task: Task, outcome: Outcome) -> PayoutState | None:
    said = Answer(outcome=outcome, evidence="test")
    return desk.database.run(lambda connection: record(desk.turn(connection), task, said))


def hint(desk: Desk, task: Task) -> None:
    """Do what a callback of the bank does."""
    with desk.database.write() as connection:
        now_ms = desk.database.now_ms(connection)
        connection.execute(ASK_NOW, {"number": task.provider_no, "now": now_ms})


@pytest.mark.parametrize("state", [Outcome.ACCEPTED, Outcome.PAID])
def test_a_hint_that_comes_while_the_bank_is_asked_is_not_lost(
    funded: Desk, state: Outcome
) -> None:
    task = sent(funded)
    answer(funded, task, state)
    hint(funded, task)
    (asked,) = claim(funded).tasks
    hint(funded, task)  # what it tells of happened after the bank had answered
    answer(funded, asked, state)
    assert [task.kind for task in claim(funded).tasks] == ["ask"]


@pytest.mark.parametrize("end", [Outcome.PAID, Outcome.FAILED])
def test_a_question_about_an_ended_payout_is_asked_again_if_nothing_was_answered(
    funded: Desk, end: Outcome
) -> None:
    task = sent(funded)
    answer(funded, task, end)
    for _ in range(5):
        hint(funded, task)
        (asked,) = claim(funded).tasks
        answer(funded, asked, Outcome.UNKNOWN)
        assert claim(funded).tasks == []
    funded.ahead_ms += 3_600_000
    assert len(claim(funded).tasks) == 1


def test_nobody_asks_for_ever_about_a_payout_that_ended_long_ago(funded: Desk) -> None:
    task = sent(funded)
    answer(funded, task, Outcome.FAILED)
    funded.ahead_ms += 31 * 86_400_000
    hint(funded, task)
    (asked,) = claim(funded).tasks
    answer(funded, asked, Outcome.UNKNOWN)
    funded.ahead_ms += 31 * 86_400_000
    assert claim(funded).tasks == []
