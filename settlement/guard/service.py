"""Runs the guard before every send of a payout, and remembers which weighings have paid."""

from typing import Final, NamedTuple
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import Connection, bindparam, select

from settlement.guard.check import Doubt, Instruction, LaneKeys, check_payout
from settlement.guard.registers import (
    AtTimes,
    check_card,
    check_contract,
    check_payee,
    is_confirmed,
)
from settlement.messages import ContractTerms, TicketToSettle
from settlement.register_forms import Kind, contract_subject
from settlement.registers.people import APPROVALS, hearing_of
from settlement.registers.suggesting import card_cases, contract_cases, payee_cases
from settlement.tables import contracts, payouts, settlements, used_weighings
from taigan.approvals.cases import Untrue
from taigan.approvals.rules import Rules
from taigan.approvals.store import Hearing
from taigan.sql import insert_if_absent

_CASE: Final = (
    select(
        settlements.c.ticket,
        settlements.c.settled_ms,
        contracts.c.terms,
        payouts.c.id.label("payout_id"),
    )
    .join(payouts, payouts.c.settlement_id == settlements.c.id)
    .join(
        contracts,
        (contracts.c.contract_id == settlements.c.contract_id)
        & (contracts.c.version == settlements.c.contract_version),
    )
    .where(settlements.c.id == bindparam("settlement"))
)
_USE: Final = insert_if_absent(used_weighings)
_USED_BY: Final = select(used_weighings.c.event_id, used_weighings.c.ticket_id).where(
    used_weighings.c.event_id.in_(bindparam("events", expanding=True))
)


class Believed(NamedTuple):
    """What the guard has from settings, and from nobody else."""

    lanes: LaneKeys
    rules: Rules
    """For what it proposes when a register lacks something."""


class _Trip(NamedTuple):
    ticket: TicketToSettle
    card: str
    payout_id: str
    amount_minor: int
    settled_ms: int


def doubt_about(
    connection: Connection,
    settlement_id: UUID,
    instruction: Instruction,
    believed: Believed,
    now_ms: int,
) -> Doubt | None:
    """Return why a payout must not go out, or None; its weighings are then used up by its ticket.

    Reads ticket, contract and registers itself, from the store. What the registers lack is proposed
    to the people, once the weighings are found to be true.
    """
    case = connection.execute(_CASE, {"settlement": settlement_id}).one()
    try:
        ticket = TicketToSettle.model_validate_json(case.ticket)
        terms = ContractTerms.model_validate_json(case.terms)
        proven = check_payout(ticket, terms, instruction, believed.lanes)
        with connection.begin_nested():
            _use_up(connection, ticket.ticket_id, proven.events, now_ms)
        hearing = hearing_of(connection, now_ms)
        trip = _Trip(
            ticket, proven.card, str(case.payout_id), instruction.amount_minor, case.settled_ms
        )
        _check_registers(hearing, trip, believed.rules)
    except ValidationError as error:
        return Doubt(f"the stored ticket cannot be read: {error.error_count()} defects")
    except Untrue as untrue:
        return Doubt(f"a register cannot be believed: {untrue}")
    except Doubt as doubt:
        return doubt
    return None


def _check_registers(hearing: Hearing, trip: _Trip, rules: Rules) -> None:
    """Raise Doubt or Untrue. What is missing is proposed before, so that people see all of it."""
    ticket, now_ms = trip.ticket, hearing.now_ms
    signed, payees, cards, agreed = APPROVALS.about_each(
        hearing,
        [
            (Kind.PAYOUT, trip.payout_id),
            (Kind.PAYEE, ticket.payee.driver_id),
            (Kind.CARD, trip.card),
            (Kind.CONTRACT, contract_subject(ticket.contract)),
        ],
    )
    if is_confirmed(ticket, trip.amount_minor, signed, now_ms):
        return
    payees = payee_cases(hearing, ticket, payees, rules)
    cards = card_cases(hearing, ticket, trip.card, cards, rules)
    agreed = contract_cases(hearing, ticket, agreed, rules)
    check_payee(ticket.payee, payees, AtTimes(settled_ms=trip.settled_ms, now_ms=now_ms))
    check_card(trip.card, ticket, cards, now_ms)
    check_contract(ticket.contract, agreed, now_ms)


def _use_up(connection: Connection, ticket_id: UUID, events: tuple[UUID, ...], now_ms: int) -> None:
    rows = [{"event_id": event, "ticket_id": ticket_id, "used_ms": now_ms} for event in events]
    connection.execute(_USE, rows)
    for used in connection.execute(_USED_BY, {"events": list(events)}):
        if used.ticket_id != ticket_id:
            raise Doubt(f"weighing {used.event_id} was used by ticket {used.ticket_id}")
