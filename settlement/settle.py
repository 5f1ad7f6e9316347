"""Settles a ticket in one transaction: price it, book it, add its payout, queue the notices."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import bindparam, insert, select

from settlement.ledger import posting
from settlement.ledger.posting import Owed
from settlement.ledger.service import post
from settlement.messages import PayoutState, Price, SettlementState, TicketToSettle
from settlement.payouts import identity
from settlement.payouts.changes import announce_settlement, find_settlement
from settlement.payouts.funding import FUNDS, covers
from settlement.payouts.money_transaction import MoneyTransaction
from settlement.payouts.rails import RAILS
from settlement.pricing.contracts import pin_terms
from settlement.pricing.price import price_load
from settlement.tables import payouts, settlements
from taigan.sql import insert_if_absent, insert_new

_STORED: Final = select(settlements.c.ticket).where(settlements.c.ticket_id == bindparam("ticket"))
_ADD_SETTLEMENT: Final = insert_if_absent(settlements)
_ADD_PAYOUT: Final = insert(payouts)


class TicketDiffers(Exception):
    """The ticket was settled before with other content: two trucks, one number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A priced ticket on its way into the books."""

    settlement_id: UUID
    ticket: TicketToSettle
    price: Price

    @property
    def contract_id(self) -> str:
        return self.ticket.contract.contract_id

    @property
    def driver_id(self) -> str:
        return self.ticket.payee.driver_id


def settle_ticket(tx: MoneyTransaction, ticket: TicketToSettle) -> tuple[SettlementState, bool]:
    """Settle a ticket once; a repeat returns its state now. True: this call settled it.

    Raises TicketDiffers, TermsDiffer, TotalBelowZero, Unpriceable; then nothing has changed.
    """
    settlement_id = identity.settlement_id(ticket.ticket_id)
    if not _is_settled(tx, ticket):
        pin_terms(tx.connection, ticket.contract, tx.now_ms)
        price = price_load(ticket.load, ticket.contract)
        case = Case(settlement_id=settlement_id, ticket=ticket, price=price)
        covered = covers(tx, case.contract_id, price.total_minor)
        if _add_settlement(tx, case):
            _book(tx, case)
            _add_payout(tx, case, covered=covered)
            return announce_settlement(tx, settlement_id), True
        _is_settled(tx, ticket)
    return _state_now(tx, settlement_id), False


def _is_settled(tx: MoneyTransaction, ticket: TicketToSettle) -> bool:
    """Return whether this very ticket is stored; raise TicketDiffers if another one is."""
    stored = tx.connection.execute(_STORED, {"ticket": ticket.ticket_id}).scalar()
    if stored is None:
        return False
    if TicketToSettle.model_validate_json(stored) != ticket:
        raise TicketDiffers(f"ticket {ticket.ticket_id} was settled with other content")
    return True


def _add_settlement(tx: MoneyTransaction, case: Case) -> bool:
    """Insert the settlement; False if a concurrent request for the same ticket was faster."""
    ticket = case.ticket
    row = {
        "id": case.settlement_id,
        "ticket_id": ticket.ticket_id,
        "order_no": ticket.order_no,
        "contract_id": case.contract_id,
        "contract_version": ticket.contract.version,
        "driver_id": case.driver_id,
        "plate": ticket.plate,
        "phone": ticket.payee.phone,
        "receipt_url": ticket.receipt_url,
        "ticket": ticket.model_dump_json(),
        "price": case.price.model_dump_json(),
        "total_minor": case.price.total_minor,
        "settled_ms": tx.now_ms,
        "revision": 1,
    }
    return insert_new(tx.connection, _ADD_SETTLEMENT, row)


def _book(tx: MoneyTransaction, case: Case) -> None:
    journal = posting.settled(case.settlement_id, case.contract_id, case.driver_id, case.price)
    if journal is not None:
        post(tx.connection, journal, tx.now_ms, case.settlement_id)


def _add_payout(tx: MoneyTransaction, case: Case, *, covered: bool) -> None:
    """Insert the one payout of a settlement; reserve its money if the deposit covers it."""
    owed = Owed(
        payout_id=identity.payout_id(case.settlement_id),
        generation=identity.GENERATION,
        contract_id=case.contract_id,
        driver_id=case.driver_id,
        rail=tx.policy.default_rail,
        amount_minor=case.price.total_minor,
    )
    rail = RAILS[owed.rail]
    number = identity.provider_no(owed.payout_id, owed.generation, rail.number_length)
    row = {
        "id": owed.payout_id,
        "settlement_id": case.settlement_id,
        "contract_id": owed.contract_id,
        "driver_id": owed.driver_id,
        "rail": owed.rail,
        "amount_minor": owed.amount_minor,
        "generation": owed.generation,
        "provider_no": number,
        "request_body": rail.instruction(case.ticket, number, owed.amount_minor),
        "fence": 0,
        "asks": 0,
        "created_ms": tx.now_ms,
        **_first_state(tx, owed.amount_minor, covered=covered),
    }
    tx.connection.execute(_ADD_PAYOUT, row)
    if row["state"] is PayoutState.READY:
        post(tx.connection, posting.reserved(owed), tx.now_ms, case.settlement_id)


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


def _state_now(tx: MoneyTransaction, settlement_id: UUID) -> SettlementState:
    state = find_settlement(tx.connection, settlement_id)
    if state is None:
        raise LookupError(f"settlement {settlement_id} vanished inside its own transaction")
    return state
