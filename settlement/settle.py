"""The story of a ticket, in one transaction: price it, book it, line up its payout, say so."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import bindparam, insert, select

from settlement.db import insert_if_absent, insert_new
from settlement.ledger import posting
from settlement.ledger.posting import Owed
from settlement.ledger.service import post
from settlement.messages import Load, PayoutState, Price, SettlementState, TicketToSettle
from settlement.payouts import identity
from settlement.payouts.changes import announce_settlement, find_settlement
from settlement.payouts.funding import FUNDS, covers
from settlement.payouts.money_transaction import MoneyTransaction
from settlement.payouts.rails.sandbox import RAIL
from settlement.pricing.contracts import pin_terms
from settlement.pricing.price import price_load
from settlement.tables import payouts, settlements

_STORED: Final = select(settlements.c.ticket).where(settlements.c.ticket_id == bindparam("ticket"))
_ADD_SETTLEMENT: Final = insert_if_absent(settlements)
_ADD_PAYOUT: Final = insert(payouts)


class TicketDiffers(Exception):
    """The ticket was settled before with other content: two trucks, one number."""


def settle_ticket(tx: MoneyTransaction, ticket: TicketToSettle) -> tuple[SettlementState, bool]:
    """Settle a ticket once; a repeat answers how it stands now. True: it was settled by this call.

    Raises TicketDiffers, TermsDiffer, TotalBelowZero; then nothing has changed.
    """
    settlement_id = identity.settlement_id(ticket.ticket_id)
    if not _is_settled(tx, ticket):
        pin_terms(tx.connection, ticket.contract, tx.now_ms)
        load = Load(load_net_kg=ticket.loading.net_kg, unload_net_kg=ticket.unloading.net_kg)
        price = price_load(load, ticket.contract)
        covered = covers(tx, ticket.contract.contract_id, price.total_minor)
        if _add_settlement(tx, settlement_id, ticket, price):
            _book(tx, settlement_id, ticket, price)
            _add_payout(tx, settlement_id, ticket, price, covered=covered)
            return announce_settlement(tx, settlement_id), True
        _is_settled(tx, ticket)
    return _report(tx, settlement_id), False


def _is_settled(tx: MoneyTransaction, ticket: TicketToSettle) -> bool:
    """Return whether this very ticket is stored; raise TicketDiffers if another one is."""
    stored = tx.connection.execute(_STORED, {"ticket": ticket.ticket_id}).scalar()
    if stored is None:
        return False
    if TicketToSettle.model_validate_json(stored) != ticket:
        raise TicketDiffers(f"ticket {ticket.ticket_id} was settled with other content")
    return True


def _add_settlement(
    tx: MoneyTransaction, settlement_id: UUID, ticket: TicketToSettle, price: Price
) -> bool:
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
        "settled_ms": tx.now_ms,
        "revision": 1,
    }
    return insert_new(tx.connection, _ADD_SETTLEMENT, row)


def _book(tx: MoneyTransaction, settlement_id: UUID, ticket: TicketToSettle, price: Price) -> None:
    journal = posting.settled(
        settlement_id, ticket.contract.contract_id, ticket.payee.driver_id, price
    )
    if journal is not None:
        post(tx.connection, journal, tx.now_ms, settlement_id)


def _add_payout(
    tx: MoneyTransaction,
    settlement_id: UUID,
    ticket: TicketToSettle,
    price: Price,
    *,
    covered: bool,
) -> None:
    """Insert the one payout of a settlement; reserve its money if the deposit covers it."""
    owed = Owed(
        payout_id=identity.payout_id(settlement_id),
        generation=1,
        contract_id=ticket.contract.contract_id,
        driver_id=ticket.payee.driver_id,
        rail=RAIL,
        amount_minor=price.total_minor,
    )
    number = identity.provider_no(owed.payout_id, owed.generation)
    row = {
        "id": owed.payout_id,
        "settlement_id": settlement_id,
        "contract_id": owed.contract_id,
        "driver_id": owed.driver_id,
        "rail": owed.rail,
        "amount_minor": owed.amount_minor,
        "generation": owed.generation,
        "provider_no": number,
        "request_body": identity.request_body(ticket, number, owed.amount_minor),
        "fence": 0,
        "asks": 0,
        "created_ms": tx.now_ms,
        **_first_state(tx, owed.amount_minor, covered=covered),
    }
    tx.connection.execute(_ADD_PAYOUT, row)
    if row["state"] is PayoutState.READY:
        post(tx.connection, posting.reserved(owed), tx.now_ms, settlement_id)


def _first_state(tx: MoneyTransaction, amount_minor: int, *, covered: bool) -> dict[str, Any]:
    """Return the columns of a new payout; one of zero has nothing to send and is done."""
    nothing = {"reason": None, "detail": None, "due_ms": None, "paid_ms": None}
    if amount_minor == 0:
        done = {"state": PayoutState.PAID, "reason": "nothing_due", "paid_ms": tx.now_ms}
        return nothing | done
    if not covered:
        detail = "the contract's deposit does not cover it"
        return nothing | {"state": PayoutState.HELD, "reason": FUNDS, "detail": detail}
    return nothing | {"state": PayoutState.READY, "due_ms": tx.now_ms}


def _report(tx: MoneyTransaction, settlement_id: UUID) -> SettlementState:
    state = find_settlement(tx.connection, settlement_id)
    if state is None:
        raise LookupError(f"settlement {settlement_id} vanished inside its own transaction")
    return state
