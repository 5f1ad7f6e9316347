"""Prefunding: a contract's deposit, what waits for it, and who gets it first."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid5

from sqlalchemy import Row, bindparam, insert, select, union_all

from settlement.ledger import posting
from settlement.ledger.service import lock_prefund, post
from settlement.messages import PayoutState
from settlement.payouts.changes import PayoutRow, change
from settlement.payouts.money_transaction import MoneyTransaction
from settlement.payouts.states import Event
from settlement.tables import contracts, deposits, payouts

FUNDS: Final = "funds"
"""The reason of a payout that its contract's deposit does not cover yet."""

_NAMESPACE: Final = UUID("5d0c7d9e-0f53-5f27-8b41-3a9b6a4f0d04")

_OLDEST_WAITING: Final = (
    select(payouts)
    .where(
        payouts.c.contract_id == bindparam("contract"),
        payouts.c.reason == FUNDS,
        payouts.c.state == PayoutState.HELD,
    )
    .order_by(payouts.c.created_ms, payouts.c.id)
    .limit(1)
    .with_for_update()
)
_KNOWN: Final = select(deposits).where(deposits.c.idempotency_key == bindparam("key"))
_ADD: Final = insert(deposits)
_HEARD_OF: Final = union_all(
    select(deposits.c.contract_id).where(deposits.c.contract_id == bindparam("contract")),
    select(contracts.c.contract_id).where(contracts.c.contract_id == bindparam("contract")),
).limit(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """Money that a consignor paid in for a contract."""

    contract_id: str
    amount_minor: int
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositReceipt:
    deposit_id: UUID
    free_minor: int
    """What is left of the contract's deposits after everything that waited took its share."""
    released: int
    repeated: bool
    """The key was used before with the same content: nothing was booked again."""


class UnknownContract(Exception):
    """Nothing is known here of the contract that a deposit names."""


class KeyReused(Exception):
    """The idempotency key belongs to a deposit with other content."""


def covers(tx: MoneyTransaction, contract_id: str, amount_minor: int) -> bool:
    """Lock the contract's deposit and return whether a new payout may take its amount.

    The oldest is served first: a small new payout does not overtake a large old one.
    """
    free = lock_prefund(tx.connection, contract_id)
    return free >= amount_minor and _oldest_waiting(tx, contract_id) is None


def deposit(
    tx: MoneyTransaction, key: str, paid_in: Deposit, *, opens_contract: bool = False
) -> DepositReceipt:
    """Book a deposit once per key and release what waited for it. Raises KeyReused.

    UnknownContract for a contract that has had no ticket and no deposit yet, unless the deposit is
    said to open it: money on a name that was mistyped could not be taken back.
    """
    lock_prefund(tx.connection, paid_in.contract_id)
    known = tx.connection.execute(_KNOWN, {"key": key}).one_or_none()
    if known is not None:
        return _repeat(tx, known, paid_in)
    names = {"contract": paid_in.contract_id}
    if not opens_contract and tx.connection.execute(_HEARD_OF, names).first() is None:
        raise UnknownContract(
            f"contract_id: {paid_in.contract_id} has had no ticket and no deposit yet; if it is"
            " spelt right, say that this is a new contract"
        )
    deposit_id = uuid5(_NAMESPACE, key)
    journal = posting.deposited(
        deposit_id, paid_in.contract_id, tx.policy.default_rail, paid_in.amount_minor
    )
    post(tx.connection, journal, tx.now_ms)
    row = {
        "id": deposit_id,
        "idempotency_key": key,
        "contract_id": paid_in.contract_id,
        "amount_minor": paid_in.amount_minor,
        "reference": paid_in.reference,
        "journal_id": journal.id,
        "received_ms": tx.now_ms,
    }
    tx.connection.execute(_ADD, row)
    released = release_funded(tx, paid_in.contract_id)
    free = lock_prefund(tx.connection, paid_in.contract_id)
    return DepositReceipt(deposit_id=deposit_id, free_minor=free, released=released, repeated=False)


def release_funded(tx: MoneyTransaction, contract_id: str) -> int:
    """Reserve the free deposit for those who wait, oldest first; return how many were released."""
    released = 0
    while (waiting := _oldest_waiting(tx, contract_id)) is not None:
        if lock_prefund(tx.connection, contract_id) < waiting.amount_minor:
            break
        change(tx, waiting, Event.FUNDED, due_ms=tx.now_ms)
        released += 1
    return released


def _oldest_waiting(tx: MoneyTransaction, contract_id: str) -> PayoutRow | None:
    return tx.connection.execute(_OLDEST_WAITING, {"contract": contract_id}).one_or_none()


def _repeat(
    tx: MoneyTransaction, known: Row[*tuple[object, ...]], paid_in: Deposit
) -> DepositReceipt:
    stored = Deposit(
        contract_id=known.contract_id, amount_minor=known.amount_minor, reference=known.reference
    )
    if stored != paid_in:
        raise KeyReused("this Idempotency-Key was used for another deposit")
    free = lock_prefund(tx.connection, paid_in.contract_id)
    return DepositReceipt(deposit_id=known.id, free_minor=free, released=0, repeated=True)
