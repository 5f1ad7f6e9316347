"""The story of a ticket, in one transaction: price it, book it, line up its payout, say so."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import bindparam, insert, select

from settlement.ledger import posting
from settlement.ledger.posting import Owed
from settlement.ledger.service import post
from settlement.messages import Load, PayoutState, Price, SettlementState, TicketToSettle
from settlement.payouts import instruction
from settlement.payouts.changes import report, tell
from settlement.payouts.funding import FUNDS, covers
from settlement.payouts.rails.sandbox import RAIL
from settlement.payouts.turn import Turn
from settlement.pricing.contracts import pin_terms
from settlement.pricing.price import price_load
from settlement.tables import payouts, settlements
from taigan.sql import insert_if_absent, insert_new

_STORED: Final = select(settlements.c.ticket).where(settlements.c.ticket_id == bindparam("ticket"))
_ADD_SETTLEMENT: Final = insert_if_absent(settlements)
_ADD_PAYOUT: Final = insert(payouts)


class TicketDiffers(Exception):
    """The ticket was settled before with other content: two trucks, one number."""


def settle_ticket(turn: Turn, ticket: TicketToSettle) -> tuple[SettlementState, bool]:
    """Settle a ticket once; a repeat answers how it stands now. True: it was settled by this call.

    Raises TicketDiffers, TermsDiffer, TotalBelowZero; then nothing has changed.
    """
    settlement_id = instruction.settlement_id(ticket.ticket_id)
    if not _is_settled(turn, ticket):
        pin_terms(turn.connection, ticket.contract, turn.now_ms)
        load = Load(load_net_kg=ticket.loading.net_kg, unload_net_kg=ticket.unloading.net_kg)
        price = price_load(load, ticket.contract)
        covered = covers(turn, ticket.contract.contract_id, price.total_minor)
        if _add_settlement(turn, settlement_id, ticket, price):
            _book(turn, settlement_id, ticket, price)
            _add_payout(turn, settlement_id, ticket, price, covered=covered)
            return tell(turn, settlement_id), True
        _is_settled(turn, ticket)
    return _report(turn, settlement_id), False


def _is_settled(turn: Turn, ticket: TicketToSettle) -> bool:
    """Return whether this very ticket is stored; raise TicketDiffers if another one is."""
    stored = turn.connection.execute(_STORED, {"ticket": ticket.ticket_id}).scalar()
    if stored is None:
        return False
    if TicketToSettle.model_validate_json(stored) != ticket:
        raise TicketDiffers(f"ticket {ticket.ticket_id} was settled with other content")
    return True


def _add_settlement(turn: Turn, settlement_id: UUID, ticket: TicketToSettle, price: Price) -> bool:
    """Insert the settlement; False if a concurrent request for the same ticket was faster."""
    row = {
        "id": settlement_id,
        "ticket_id": ticket.ticket_id,
        "order_no": ticket.order_no,
        "contract_id": ticket.contract.contract_id,
        "contract_version": ticket.contract.version,
        "driver_id": ticket.payee.driver_id,
        "plate": ticket.plate,
        "phone": ticket.payee.phone,
        "receipt_url": ticket.receipt_url,
        "ticket": ticket.model_dump_json(),
        "price": price.model_dump_json(),
        "total_minor": price.total_minor,
        "settled_ms": turn.now_ms,
        "revision": 1,
    }
    return insert_new(turn.connection, _ADD_SETTLEMENT, row)


def _book(turn: Turn, settlement_id: UUID, ticket: TicketToSettle, price: Price) -> None:
    journal = posting.settled(
        settlement_id, ticket.contract.contract_id, ticket.payee.driver_id, price
    )
    if journal is not None:
        post(turn.connection, journal, turn.now_ms, settlement_id)


def _add_payout(
    turn: Turn, settlement_id: UUID, ticket: TicketToSettle, price: Price, *, covered: bool
) -> None:
    """Insert the one payout of a settlement; reserve its money if the deposit covers it."""
    owed = Owed(
        payout_id=instruction.payout_id(settlement_id),
        generation=1,
        contract_id=ticket.contract.contract_id,
        driver_id=ticket.payee.driver_id,
        rail=RAIL,
        amount_minor=price.total_minor,
    )
    number = instruction.provider_no(owed.payout_id, owed.generation)
    row = {
        "id": owed.payout_id,
        "settlement_id": settlement_id,
        "contract_id": owed.contract_id,
        "driver_id": owed.driver_id,
        "rail": owed.rail,
        "amount_minor": owed.amount_minor,
        "generation": owed.generation,
        "provider_no": number,
        "request_body": instruction.request_body(ticket, number, owed.amount_minor),
        "fence": 0,
        "asks": 0,
        "created_ms": turn.now_ms,
        **_first_state(turn, owed.amount_minor, covered=covered),
    }
    turn.connection.execute(_ADD_PAYOUT, row)
    if row["state"] is PayoutState.READY:
        post(turn.connection, posting.reserved(owed), turn.now_ms, settlement_id)


def _first_state(turn: Turn, amount_minor: int, *, covered: bool) -> dict[str, Any]:
    """Return the columns of a new payout; one of zero has nothing to send and is done."""
    nothing = {"reason": None, "detail": None, "due_ms": None, "paid_ms": None}
    if amount_minor == 0:
        done = {"state": PayoutState.PAID, "reason": "nothing_due", "paid_ms": turn.now_ms}
        return nothing | done
    if not covered:
        detail = "the contract's deposit does not cover it"
        return nothing | {"state": PayoutState.HELD, "reason": FUNDS, "detail": detail}
    return nothing | {"state": PayoutState.READY, "due_ms": turn.now_ms}


def _report(turn: Turn, settlement_id: UUID) -> SettlementState:
    state = report(turn.connection, settlement_id)
    if state is None:
        raise LookupError(f"settlement {settlement_id} vanished inside its own transaction")
    return state
