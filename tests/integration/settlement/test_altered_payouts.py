"""Somebody owns settlement's database and edits a payout or a copy of one: nothing is sent.

The triggers are taken off first, so that what is tried is the worker's own look before a send.
"""

import json
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, func, insert, select, update

from settlement.ledger.posting import reserved
from settlement.ledger.service import post
from settlement.messages import PayoutState
from settlement.payouts.changes import owed_of
from settlement.payouts.holds import release_held
from settlement.payouts.identity import payout_id, provider_no, settlement_id
from settlement.payouts.rails import RAILS
from settlement.payouts.service import RailCall, claim_due
from settlement.payouts.states import RailOutcome
from settlement.tables import attempts, payouts, settlements, used_weighings
from tests.integration.settlement.conftest import RAIL_POLICY, Desk, limits
from tests.integration.settlement.payout_steps import answer, claim, now, sent
from tests.integration.settlement.tampering import without_triggers, write
from tests.unit.settlement.tickets import LANE_KEYS, ticket

THIEF = {"name": "thief", "account": "9990000099", "bank_code": "ICBC"}


@pytest.fixture
def owned(funded: Desk) -> Desk:
    """Return a desk whose database somebody else owns."""
    without_triggers(funded)
    return funded


def held(desk: Desk, number: int = 1) -> tuple[str | None, str]:
    """Return reason and detail of a payout that must not have been claimed for sending."""
    payout = now(desk, ticket(number)).payout
    assert payout.state is PayoutState.HELD, payout
    with desk.database.snapshot() as connection:
        row = connection.execute(select(payouts).where(payouts.c.id == payout.payout_id)).one()
    return row.reason, row.detail


def to_the_thief(number: str, amount_minor: int) -> str:
    transfer = {
        "id": number,
        "amount_minor": amount_minor,
        "currency": "CNY",
        "payee": THIEF,
        "reference": "ORDER-1",
    }
    return json.dumps(transfer, separators=(",", ":"))


def test_a_paid_row_made_ready_with_another_number_amount_and_payee_is_held(owned: Desk) -> None:
    """Attack 2: `first_sent_ms` just before now used to skip guard and limits."""
    answer(owned, sent(owned, ticket()), RailOutcome.PAID)
    with owned.database.snapshot() as connection:
        now_ms = owned.database.now_ms(connection)
    number, amount_minor = "P" + "A" * 26 + "01", 500_000_000
    altered = {
        "state": "ready",
        "first_sent_ms": now_ms - 1_000,
        "due_ms": now_ms,
        "provider_no": number,
        "amount_minor": amount_minor,
        "request_body": to_the_thief(number, amount_minor),
    }
    write(owned, update(payouts).values(altered))
    ((_, why, _),) = owned.database.run(lambda c: claim_due(owned.transaction(c), 10)).stopped
    assert why == "payout_altered"
    assert held(owned) == ("payout_altered", "amount_minor is not what the ticket makes it")


@pytest.mark.parametrize("number", [1, 2])
def test_a_paid_row_made_ready_with_everything_else_as_it_was_is_held(
    owned: Desk, number: int
) -> None:
    """The bank may have forgotten the number; a second number would be another payment."""
    answer(owned, sent(owned, ticket()), RailOutcome.PAID)
    one = payout_id(settlement_id(ticket().ticket_id))
    again = {"state": "ready", "due_ms": 0, "generation": number}
    if number != 1:
        fresh = provider_no(one, number, RAILS["sandbox"].number_length)
        body = func.replace(payouts.c.request_body, payouts.c.provider_no, fresh)
        again |= {"provider_no": fresh, "request_body": body}
    write(owned, update(payouts).values(again))
    assert claim(owned) == []
    assert held(owned)[0] == "payout_altered"


def unsure(desk: Desk) -> RailCall:
    """Return the first send of a payout that is about to be repeated: the bank never saw it."""
    call = sent(desk, ticket())
    answer(desk, call, RailOutcome.UNKNOWN)
    desk.ahead_ms += RAIL_POLICY.quarantine_ms
    (asked,) = claim(desk)
    assert answer(desk, asked, RailOutcome.NOT_FOUND) is PayoutState.READY
    return call


ALTERATIONS: list[dict[str, Any]] = [
    {"amount_minor": payouts.c.amount_minor - 1},
    {"request_body": func.replace(payouts.c.request_body, "6222", "9999")},
    {"request_body": func.replace(payouts.c.request_body, ":", ": ")},
    {"provider_no": "P" + "A" * 26 + "01"},
    {"generation": 2},
    {"driver_id": "thief"},
    {"contract_id": "C2"},
    {"first_sent_ms": payouts.c.created_ms + 1},
    {"last_sent_ms": 5},
]


@pytest.mark.parametrize("altered", ALTERATIONS)
@pytest.mark.parametrize("is_repeat", [False, True])
def test_whatever_is_altered_in_a_payout_holds_it(
    owned: Desk, altered: dict[str, Any], *, is_repeat: bool
) -> None:
    if is_repeat:
        unsure(owned)
    else:
        owned.settle(ticket())
    write(owned, update(payouts).values(altered))
    assert claim(owned) == []
    assert held(owned)[0] == "payout_altered"


def test_a_repeat_of_what_was_not_altered_is_sent_with_the_same_bytes(funded: Desk) -> None:
    first = unsure(funded)
    (again,) = claim(funded)
    assert (again.kind, again.provider_no, again.request_body) == (
        "send",
        first.provider_no,
        first.request_body,
    )


def test_a_row_that_was_put_right_again_is_sent_when_a_person_releases_it(owned: Desk) -> None:
    payout = owned.settle(ticket())[0].payout
    write(owned, update(payouts).values(driver_id="thief"))
    assert claim(owned) == []
    write(owned, update(payouts).values(driver_id=ticket().payee.driver_id))
    owned.database.run(lambda c: release_held(owned.transaction(c), payout.payout_id))
    assert [call.kind for call in claim(owned)] == ["send"]


def test_the_guard_sees_a_repeat_too(funded: Desk) -> None:
    unsure(funded)
    funded.rules(lane_keys={})
    assert claim(funded) == []
    assert held(funded)[0] == "guard"
    funded.rules(lane_keys=LANE_KEYS)


def test_a_limit_that_was_lowered_meanwhile_holds_a_repeat(funded: Desk) -> None:
    unsure(funded)
    funded.rules(limits=limits(payout_minor_max=100))
    assert claim(funded) == []
    assert held(funded)[0] == "limit"


def test_a_repeat_counts_once_a_day(funded: Desk) -> None:
    funded.rules(limits=limits(day_minor_max=ticket_amount(funded)))
    unsure(funded)
    assert [call.kind for call in claim(funded)] == ["send"]


def ticket_amount(desk: Desk) -> int:
    return desk.settle(ticket())[0].payout.amount_minor


def test_nobody_is_asked_about_a_number_that_is_not_the_payouts_own(owned: Desk) -> None:
    answer(owned, sent(owned, ticket()), RailOutcome.ACCEPTED)
    write(owned, update(payouts).values(provider_no="P" + "A" * 26 + "01", due_ms=0))
    claims = owned.database.run(lambda c: claim_due(owned.transaction(c), 10))
    assert claims.calls == []
    assert [(why, detail) for _, why, detail in claims.stopped] == [
        ("payout_unclaimable", "PayoutAltered")
    ]


def copied(desk: Desk, **changes: str) -> UUID:
    """Copy settlement and payout of ticket 1 under a new ticket; return the copy's payout."""
    with desk.database.write() as connection:
        settled = connection.execute(select(settlements)).one()
        payout = connection.execute(select(payouts)).one()
        new = ticket().ticket_id.int ^ 1
        form = json.loads(settled.ticket) | {"ticket_id": str(UUID(int=new))}
        form["unloading"]["ticket_id"] = str(UUID(int=new))
        form["payee"] |= changes
        settlement = settlement_id(UUID(int=new))
        row = settled._asdict() | {
            "id": settlement,
            "ticket_id": UUID(int=new),
            "ticket": json.dumps(form),
        }
        connection.execute(insert(settlements).values(row))
        number = provider_no(payout_id(settlement), 1, RAILS["sandbox"].number_length)
        body = payout.request_body.replace(payout.provider_no, number)
        body = body.replace(ticket().payee.account, form["payee"]["account"])
        fresh = {"first_sent_ms": None, "last_sent_ms": None, "paid_ms": None, "fence": 0}
        row = (
            payout._asdict()
            | fresh
            | {
                "id": payout_id(settlement),
                "settlement_id": settlement,
                "provider_no": number,
                "request_body": body,
                "state": "ready",
                "due_ms": 0,
            }
        )
        connection.execute(insert(payouts).values(row))
    return payout_id(settlement)


def states(desk: Desk, one: UUID) -> tuple[str, str | None, str | None]:
    with desk.database.snapshot() as connection:
        row = connection.execute(select(payouts).where(payouts.c.id == one)).one()
    return row.state, row.reason, row.detail


def test_a_copied_settlement_is_not_paid_from_money_that_nobody_reserved(owned: Desk) -> None:
    """Attack 3: `used_weighings` deleted, the settlement copied, a payout inserted."""
    answer(owned, sent(owned, ticket()), RailOutcome.PAID)
    write(owned, delete(used_weighings))
    copy = copied(owned, account="9990000099")
    assert claim(owned) == []
    assert states(owned, copy) == ("held", "payout_altered", "its money was never reserved")


def test_a_copied_settlement_uses_weighings_that_another_ticket_has_used(funded: Desk) -> None:
    """The same by somebody who cannot take the triggers off, and books the copy as we would."""
    answer(funded, sent(funded, ticket()), RailOutcome.PAID)
    copy = copied(funded, account="9990000099")
    book_as_reserved(funded, copy)
    assert claim(funded) == []
    state, reason, detail = states(funded, copy)
    assert (state, reason) == ("held", "guard")
    assert detail is not None
    assert "was used by ticket" in detail


def book_as_reserved(desk: Desk, copy: UUID) -> None:
    with desk.database.write() as connection:
        row = connection.execute(select(payouts).where(payouts.c.id == copy)).one()
        post(connection, reserved(owed_of(row)), 1, row.settlement_id)


def test_every_send_is_written_down_before_it_happens(funded: Desk) -> None:
    unsure(funded)
    claim(funded)
    with funded.database.snapshot() as connection:
        kinds = connection.execute(select(attempts.c.kind).order_by(attempts.c.n)).scalars().all()
    assert kinds == ["send", "ask", "send"]
