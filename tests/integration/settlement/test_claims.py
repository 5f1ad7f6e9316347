"""One bad payout, one lost hint, one question without an answer: nothing of it may last."""

import pytest
from sqlalchemy import update

from settlement.api.callbacks import ASK_NOW
from settlement.messages import PayoutState
from settlement.payouts.rails.rail import RailAnswer
from settlement.payouts.service import Claims, RailCall, claim_due, record
from settlement.payouts.states import RailOutcome
from settlement.tables import settlements
from tests.integration.settlement.conftest import RAIL_POLICY, Desk
from tests.integration.settlement.tampering import without_triggers, write
from tests.unit.settlement.tickets import ticket


@pytest.fixture
def funded(desk: Desk) -> Desk:
    desk.deposit(100_000_000)
    return desk


def claim(desk: Desk) -> Claims:
    return desk.database.run(lambda connection: claim_due(desk.transaction(connection), 10))


def test_a_payout_that_cannot_be_claimed_does_not_keep_the_others_waiting(funded: Desk) -> None:
    funded.settle(ticket(1))
    funded.settle(ticket(2))
    without_triggers(funded)
    broken = update(settlements).where(settlements.c.ticket_id == ticket(1).ticket_id)
    write(funded, broken.values(price="{}"))
    claims = claim(funded)
    ((stopped, why, error),) = claims.stopped
    assert [call.payout_id for call in claims.calls] != [stopped]
    assert (len(claims.calls), why, error) == (1, "payout_unclaimable", "ValidationError")
    assert claim(funded) == ([], [])
    funded.ahead_ms += RAIL_POLICY.lease_ms
    assert claim(funded).stopped[0].payout_id == stopped


def test_a_payout_that_the_guard_doubts_is_told_when_it_is_held(funded: Desk) -> None:
    funded.rules(lane_keys={})
    payout = funded.settle(ticket())[0].payout
    ((stopped, why, detail),) = claim(funded).stopped
    assert (stopped, why) == (payout.payout_id, "payout_held_by_guard")
    assert "not signed by a pinned key" in detail


def sent(desk: Desk) -> RailCall:
    desk.settle(ticket())
    (call,) = claim(desk).calls
    return call


def answer(desk: Desk, call: RailCall, outcome: RailOutcome) -> PayoutState | None:
    said = RailAnswer(outcome=outcome, evidence="test")
    return desk.database.run(lambda connection: record(desk.transaction(connection), call, said))


def hint(desk: Desk, call: RailCall) -> None:
    """Do what a callback of the bank does."""
    with desk.database.write() as connection:
        now_ms = desk.database.now_ms(connection)
        connection.execute(ASK_NOW, {"number": call.provider_no, "now": now_ms})


@pytest.mark.parametrize("state", [RailOutcome.ACCEPTED, RailOutcome.PAID])
def test_a_hint_that_comes_while_the_bank_is_asked_is_not_lost(
    funded: Desk, state: RailOutcome
) -> None:
    call = sent(funded)
    answer(funded, call, state)
    hint(funded, call)
    (asked,) = claim(funded).calls
    hint(funded, call)  # what it tells of happened after the bank had answered
    answer(funded, asked, state)
    assert [call.kind for call in claim(funded).calls] == ["ask"]


@pytest.mark.parametrize("end", [RailOutcome.PAID, RailOutcome.FAILED])
def test_a_question_about_an_ended_payout_is_asked_again_if_nothing_was_answered(
    funded: Desk, end: RailOutcome
) -> None:
    call = sent(funded)
    answer(funded, call, end)
    for _ in range(5):
        hint(funded, call)
        (asked,) = claim(funded).calls
        answer(funded, asked, RailOutcome.UNKNOWN)
        assert claim(funded).calls == []
    funded.ahead_ms += 3_600_000
    assert len(claim(funded).calls) == 1


def test_nobody_asks_for_ever_about_a_payout_that_ended_long_ago(funded: Desk) -> None:
    call = sent(funded)
    answer(funded, call, RailOutcome.FAILED)
    funded.ahead_ms += 31 * 86_400_000
    hint(funded, call)
    (asked,) = claim(funded).calls
    answer(funded, asked, RailOutcome.UNKNOWN)
    funded.ahead_ms += 31 * 86_400_000
    assert claim(funded).calls == []
