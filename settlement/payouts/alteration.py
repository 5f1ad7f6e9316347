"""Whether a stored payout is still what its ticket, its attempts and the books make of it.

A payout's row is a copy: number, bytes and amount follow from the settled ticket, what was sent
follows from the attempts, what was booked from the journals. Before money leaves, the worker makes
them again and compares. A row that was edited by hand is found here, whoever edited it.
"""

from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError
from sqlalchemy import Connection, Row, bindparam, func, select

from settlement.ledger.posting import JournalKind
from settlement.messages import TicketToSettle
from settlement.payouts import identity
from settlement.payouts.changes import PayoutRow
from settlement.payouts.rails import RAILS
from settlement.tables import attempts, journals, settlements

_SETTLED: Final = select(settlements).where(settlements.c.id == bindparam("settlement"))
_SENDS: Final = select(func.min(attempts.c.started_ms), func.max(attempts.c.started_ms)).where(
    attempts.c.payout_id == bindparam("payout"), attempts.c.kind == "send"
)
_BOOKED: Final = select(journals.c.kind).where(journals.c.settlement_id == bindparam("settlement"))
_OVER: Final = frozenset(
    {
        JournalKind.PAID,
        JournalKind.VOIDED,
        JournalKind.RETURNED,
        JournalKind.PAID_AFTER_FAILURE,
        JournalKind.PAID_AFTER_RETURN,
    }
)
"""A payout with one of these journals has its answer from the bank, whatever its row says."""


class PayoutAltered(Exception):
    """The row is not what it was made from; the text says where it differs."""


@dataclass(frozen=True, slots=True)
class Derived:
    """What the worker made again, and may act on."""

    ticket: TicketToSettle
    last_sent_ms: int | None
    """By the attempts: None if nothing was ever sent."""


def number_of(payout: PayoutRow) -> str:
    """Return the payout's number at the bank, made again from its settlement."""
    derived = identity.payout_id(payout.settlement_id)
    length = RAILS[payout.rail].number_length
    return identity.provider_no(derived, identity.GENERATION, length)


def derive(connection: Connection, payout: PayoutRow) -> Derived:
    """Return what a payout is about to move rests on; raise PayoutAltered if its row differs."""
    names = {"settlement": payout.settlement_id, "payout": payout.id}
    settled = connection.execute(_SETTLED, names).one()
    ticket = _ticket(settled)
    for column, derived in _columns(payout, settled, ticket).items():
        if getattr(payout, column) != derived:
            raise PayoutAltered(f"{column} is not what the ticket makes it")
    first_ms, last_ms = connection.execute(_SENDS, names).one()
    if (payout.first_sent_ms, payout.last_sent_ms) != (first_ms, last_ms):
        raise PayoutAltered("first_sent_ms, last_sent_ms are not those of its attempts")
    booked = set(connection.execute(_BOOKED, names).scalars())
    if JournalKind.RESERVED not in booked:
        raise PayoutAltered("its money was never reserved")
    if booked & _OVER:
        raise PayoutAltered(f"by the books it is over: {', '.join(sorted(booked & _OVER))}")
    return Derived(ticket, last_ms)


def _ticket(settled: Row[*tuple[Any, ...]]) -> TicketToSettle:
    try:
        return TicketToSettle.model_validate_json(settled.ticket)
    except ValidationError as error:
        raise PayoutAltered(
            f"the stored ticket cannot be read: {error.error_count()} defects"
        ) from error


def _columns(
    payout: PayoutRow, settled: Row[*tuple[Any, ...]], ticket: TicketToSettle
) -> dict[str, object]:
    """Return the columns of the payout as `settle` makes them."""
    number = number_of(payout)
    return {
        "settlement_id": identity.settlement_id(ticket.ticket_id),
        "id": identity.payout_id(payout.settlement_id),
        "generation": identity.GENERATION,
        "contract_id": ticket.contract.contract_id,
        "driver_id": ticket.payee.driver_id,
        "amount_minor": settled.total_minor,
        "provider_no": number,
        "request_body": RAILS[payout.rail].instruction(ticket, number, settled.total_minor),
    }
