"""Limits on money that leaves without a person, and the breaker that pauses a rail by itself."""

import pytest
from sqlalchemy import select

from settlement.config import LimitSettings
from settlement.messages import Payee, PayoutState
from settlement.payouts import controls
from settlement.payouts.holds import resume_rails
from settlement.payouts.limits import BURST_MS, HOUR_MS, Limits, allowances
from settlement.payouts.service import Claims, claim_due
from settlement.tables import spent
from tests.integration.settlement.conftest import Desk, limits
from tests.integration.settlement.payout_steps import claim, now, settle
from tests.unit.settlement.tickets import ticket

S = PayoutState


def claims(desk: Desk) -> Claims:
    return desk.database.run(lambda connection: claim_due(desk.transaction(connection), 10))


def at_the_start_of_a_day(desk: Desk) -> None:
    """Move to where no hour and no ten minutes end while the test runs."""
    with desk.database.snapshot() as connection:
        here_ms = desk.database.now_ms(connection) + 8 * HOUR_MS
    desk.ahead_ms += 24 * HOUR_MS - here_ms % (24 * HOUR_MS) + 1_000


def test_no_limit_is_none_by_default() -> None:
    defaults = LimitSettings().model_dump()
    assert all(type(value) is int for value in defaults.values())
    for name in set(defaults) - {"day_utc_offset_minutes"}:
        with pytest.raises(ValueError, match=name):
            LimitSettings.model_validate({name: None})


def test_a_payee_gets_so_much_a_day_whoever_drives(funded: Desk) -> None:
    at_the_start_of_a_day(funded)
    first = ticket(1)
    second = ticket(2, payee=first.payee.model_copy(update={"driver_id": "another"}))
    third = ticket(3)
    amount = settle(funded, first)[0].payout.amount_minor
    funded.rules(limits=limits(payee_day_minor_max=amount))
    for one in (second, third):
        settle(funded, one)
    assert len(claim(funded)) == 2
    held = now(funded, second).payout
    assert (held.state, held.reason) == (S.HELD, "limit")
    funded.ahead_ms += 24 * HOUR_MS
    assert any(call.payout_id == held.payout_id for call in [*claim(funded), *claim(funded)])


def test_an_hour_takes_so_many_payouts_and_the_next_hour_the_others(funded: Desk) -> None:
    at_the_start_of_a_day(funded)
    funded.rules(limits=limits(hour_payouts_max=1))
    for number in (1, 2):
        settle(funded, ticket(number))
    assert len(claim(funded)) == 1
    assert now(funded, ticket(2)).payout.reason == "limit"
    funded.ahead_ms += HOUR_MS
    assert [call.kind for call in [*claim(funded), *claim(funded)]].count("send") == 1


def test_a_limit_that_has_no_room_counts_nothing_anywhere(funded: Desk) -> None:
    at_the_start_of_a_day(funded)
    funded.rules(limits=limits(hour_payouts_max=1))
    amount = settle(funded, ticket(1))[0].payout.amount_minor
    settle(funded, ticket(2))
    claim(funded)
    with funded.database.snapshot() as connection:
        rows = connection.execute(select(spent)).all()
    assert {(row.payouts, row.amount_minor) for row in rows if not row.subject} == {(1, amount)}


def test_a_burst_pauses_the_rail_and_says_why(funded: Desk) -> None:
    at_the_start_of_a_day(funded)
    funded.rules(limits=limits(burst_payouts_max=2))
    for number in (1, 2, 3, 4):
        settle(funded, ticket(number))
    found = claims(funded)
    assert len(found.calls) == 2
    assert [one.why for one in found.stopped] == ["rail_paused_by_breaker"]
    with funded.database.snapshot() as connection:
        ((rail, is_paused, why),) = controls.switches(connection)
    assert (rail, is_paused) == ("sandbox", True)
    assert why.startswith("breaker: limits.burst_payouts_max: 2 for ")
    reasons = [now(funded, ticket(number)).payout.reason for number in (3, 4)]
    assert reasons == ["breaker", "rail_paused"]


def test_the_breaker_counts_anew_when_a_person_lets_the_rail_run(funded: Desk) -> None:
    at_the_start_of_a_day(funded)
    funded.rules(limits=limits(burst_payouts_max=1))
    for number in (1, 2, 3):
        settle(funded, ticket(number))
    assert len(claim(funded)) == 1
    funded.ahead_ms += 1_000
    released = funded.database.run(lambda c: resume_rails(funded.transaction(c), None))
    assert released == {"sandbox": 2}
    assert [call.kind for call in claim(funded)].count("send") == 1
    with funded.database.snapshot() as connection:
        ((_, is_paused, _),) = controls.switches(connection)
    assert is_paused


def test_the_breaker_forgets_after_ten_minutes(funded: Desk) -> None:
    at_the_start_of_a_day(funded)
    funded.rules(limits=limits(burst_payouts_max=1))
    settle(funded, ticket(1))
    assert len(claim(funded)) == 1
    funded.ahead_ms += BURST_MS
    settle(funded, ticket(2))
    assert [call.kind for call in claim(funded)].count("send") == 1


def test_periods_are_those_of_the_business_day() -> None:
    payee = Payee(
        driver_id="d", name="n", account="62220001", bank_code="ICBC", phone="+8613800000000"
    )
    bounds = Limits(
        payout_minor_max=1,
        day_minor_max=2,
        payee_day_minor_max=3,
        hour_payouts_max=4,
        burst_payouts_max=5,
        day_offset_ms=8 * HOUR_MS,
    )
    now_ms = 1_772_424_060_000  # 2026-03-02T04:01:00Z, noon in China
    day, payees_day, hour, burst = allowances(bounds, payee, 7, now_ms)
    assert (day.period, payees_day.period) == ("2026-03-02", "2026-03-02")
    assert (hour.period, burst.period) == ("2026-03-02T12", "2026-03-02T04:00Z@7")
    assert day.until_ms == payees_day.until_ms == 1_772_467_200_000  # midnight in China
    assert (hour.until_ms - now_ms, burst.until_ms - now_ms) == (59 * 60_000, 9 * 60_000)
    assert len(payees_day.subject) == 32
