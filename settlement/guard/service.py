"""Runs the guard before every send of a payout, and remembers which weighings have paid."""

from typing import Final
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import Connection, bindparam, select

from settlement.guard.check import Doubt, Instruction, LaneKeys, check_payout
from settlement.messages import ContractTerms, TicketToSettle
from settlement.tables import contracts, settlements, used_weighings
from taigan.sql import insert_if_absent

_CASE: Final = (
    select(settlements.c.ticket, contracts.c.terms)
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


def doubt_about(
    connection: Connection,
    settlement_id: UUID,
    instruction: Instruction,
    keys: LaneKeys,
    now_ms: int,
) -> str | None:
    """Return why a payout must not go out, or None; its weighings are then used up by its ticket.

    Reads the ticket and the contract itself, from the store.
    """
    case = connection.execute(_CASE, {"settlement": settlement_id}).one()
    try:
        ticket = TicketToSettle.model_validate_json(case.ticket)
        terms = ContractTerms.model_validate_json(case.terms)
        events = check_payout(ticket, terms, instruction, keys)
        with connection.begin_nested():
            _use_up(connection, ticket.ticket_id, events, now_ms)
    except ValidationError as error:
        return f"the stored ticket cannot be read: {error.error_count()} defects"
    except Doubt as doubt:
        return str(doubt)
    return None


def _use_up(connection: Connection, ticket_id: UUID, events: tuple[UUID, ...], now_ms: int) -> None:
    rows = [{"event_id": event, "ticket_id": ticket_id, "used_ms": now_ms} for event in events]
    connection.execute(_USE, rows)
    for used in connection.execute(_USED_BY, {"events": list(events)}):
        if used.ticket_id != ticket_id:
            raise Doubt(f"weighing {used.event_id} was used by ticket {used.ticket_id}")
