"""What makes a payout wait, and what lets it go: funds, limits, the rail, the guard."""

from uuid import UUID

import pytest

from settlement.messages import PayoutState
from settlement.payouts.funding import KeyReused
from settlement.payouts.holds import NotReleasable, pause_rails, release_held, resume_rails
from settlement.payouts.states import RailOutcome
from tests.integration.settlement.conftest import Desk, limits
from tests.integration.settlement.payout_steps import answer, balance, books, claim, now, settle
from tests.unit.settlement.tickets import LANE_KEYS, ticket

S = PayoutState
MINUTE_MS = 60_000


def test_a_ticket_without_deposit_waits_and_is_released_oldest_first(desk: Desk) -> None:
    held = [settle(desk, ticket(number))[0].payout for number in (1, 2, 3)]
    assert [(p.state, p.reason) for p in held] == [(S.HELD, "funds")] * 3
    assert claim(desk) == []
    receipt = desk.deposit(held[0].amount_minor + held[1].amount_minor + 1)
    assert (receipt.released, receipt.free_minor) == (2, 1)
    assert {call.payout_id for call in claim(desk)} == {p.payout_id for p in held[:2]}


def test_a_later_ticket_does_not_pass_one_that_waits_for_funds(desk: Desk) -> None:
    big, small = ticket(1), ticket(2, loaded_kg=2_000, delivered_kg=2_000)
    desk.deposit(30_000)
    assert settle(desk, big)[0].payout.state is S.HELD
    assert settle(desk, small)[0].payout.state is S.HELD


def test_a_deposit_is_booked_once_per_key(desk: Desk) -> None:
    first, again = desk.deposit(500, "k"), desk.deposit(500, "k")
    assert (first.repeated, again.repeated, again.deposit_id) == (False, True, first.deposit_id)
    assert balance(desk, "prefund:C1") == 500
    with pytest.raises(KeyReused):
        desk.deposit(501, "k")


def test_a_refusal_gives_its_funds_to_the_next_who_waits(desk: Desk) -> None:
    amount = settle(desk, ticket(1))[0].payout.amount_minor
    settle(desk, ticket(2))
    desk.deposit(amount)
    (call,) = claim(desk)
    answer(desk, call, RailOutcome.FAILED)
    (next_call,) = claim(desk)
    assert next_call.payout_id != call.payout_id


def test_a_paused_rail_holds_and_a_resumed_one_releases(funded: Desk) -> None:
    settle(funded, ticket())
    funded.database.run(lambda c: pause_rails(c, "sandbox", "drill", funded.database.now_ms(c)))
    assert claim(funded) == []
    assert now(funded, ticket()).payout.reason == "rail_paused"
    assert funded.database.run(lambda c: resume_rails(funded.transaction(c), "sandbox")) == {
        "sandbox": 1
    }
    assert [call.kind for call in claim(funded)] == ["send"]


def test_a_payout_above_the_limit_waits_until_a_person_raises_it(funded: Desk) -> None:
    funded.rules(limits=limits(payout_minor_max=100))
    payout = settle(funded, ticket())[0].payout
    assert claim(funded) == []
    assert now(funded, ticket()).payout.reason == "limit"
    funded.rules(limits=limits())
    funded.database.run(lambda c: release_held(funded.transaction(c), payout.payout_id))
    assert len(claim(funded)) == 1


def test_a_day_above_its_limit_goes_on_the_next_day(funded: Desk) -> None:
    amount = settle(funded, ticket(1))[0].payout.amount_minor
    settle(funded, ticket(2))
    funded.rules(limits=limits(day_minor_max=amount))
    (call,) = claim(funded)
    answer(funded, call, RailOutcome.PAID)
    assert books(funded).in_transit_minor == amount
    funded.ahead_ms += 86_400_000
    assert release_and_claim(funded)
    assert claim(funded) == []


def release_and_claim(desk: Desk) -> bool:
    """Claim twice: a held payout becomes ready by the first claim and is sent by the next."""
    found = [*claim(desk), *claim(desk)]
    return any(call.kind == "send" for call in found)


def test_what_is_not_held_by_guard_or_limit_cannot_be_released(desk: Desk) -> None:
    payout = settle(desk, ticket())[0].payout
    with pytest.raises(NotReleasable, match="funds"):
        desk.database.run(lambda c: release_held(desk.transaction(c), payout.payout_id))
    with pytest.raises(NotReleasable, match="no payout"):
        desk.database.run(lambda c: release_held(desk.transaction(c), UUID(int=9)))


def test_the_guard_holds_a_payout_whose_lanes_it_does_not_know(funded: Desk) -> None:
    funded.rules(lane_keys={})
    settle(funded, ticket())
    assert claim(funded) == []
    assert now(funded, ticket()).payout.reason == "guard"
    funded.rules(lane_keys=LANE_KEYS)
    payout = now(funded, ticket()).payout
    funded.database.run(lambda c: release_held(funded.transaction(c), payout.payout_id))
    assert len(claim(funded)) == 1


def test_the_guard_holds_a_second_ticket_that_uses_a_weighing_again(funded: Desk) -> None:
    first = ticket(1)
    second = ticket(2, loading=first.loading.model_copy(update={"ticket_id": UUID(int=7)}))
    settle(funded, first)
    assert len(claim(funded)) == 1
    settle(funded, second)
    assert claim(funded) == []
    assert now(funded, second).payout.reason == "guard"
