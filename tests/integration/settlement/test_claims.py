"""One bad payout, one lost hint, one question without an answer: nothing of it may last."""

import pytest
from sqlalchemy import update

from settlement.payouts.service import Claims, claim_due
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
