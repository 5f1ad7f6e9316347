"""Which accounts each event of a settlement moves: pure, balanced by construction.

Debits are negative, credits positive. What each account's balance means:

    prefund:<contract>         credit: the consignor's deposit that is still free; never negative
    driver_payable:<driver>    credit: owed to the driver and not yet on its way
    freight_cost:<contract>    debit: freight that no deposit has covered yet
    bank_in_transit:<rail>     credit: reserved for payouts the bank has not confirmed; ages to zero
    bank:<rail>                debit: money at the bank
    suspense                   debit: money that left although the payout had failed

The other lines of a price move the accounts that `settlement/price_lines.py` names.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid5

from settlement.messages import Price
from settlement.price_lines import LINES

_NAMESPACE: Final = UUID("3f0b6a52-7c1d-5e0e-9a3b-6d1c0f6f7a11")
"""Journal ids derive from their subject, so that one event can be posted only once."""


class JournalKind(StrEnum):
    DEPOSITED = "deposited"
    SETTLED = "settled"
    RESERVED = "reserved"
    PAID = "paid"
    VOIDED = "voided"
    RETURNED = "returned"
    PAID_AFTER_FAILURE = "paid_after_failure"
    PAID_AFTER_RETURN = "paid_after_return"


class Unbalanced(ValueError):
    """The entries of a journal do not sum to zero, are fewer than two, or name an account twice."""


class UnknownAccount(LookupError):
    """No journal of ours moves an account of this kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    account: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """Entries that sum to zero; an unbalanced one cannot be made."""

    id: UUID
    kind: JournalKind
    entries: tuple[Entry, ...]
    corrects: UUID | None = None
    """The journal that this one posts, voids or reverses."""

    def __post_init__(self) -> None:
        accounts = {entry.account for entry in self.entries}
        if len(self.entries) < 2 or len(accounts) != len(self.entries):
            raise Unbalanced(f"{self.kind} needs two or more entries on different accounts")
        if any(entry.amount_minor == 0 for entry in self.entries):
            raise Unbalanced(f"{self.kind} has an entry of zero")
        if (total := sum(entry.amount_minor for entry in self.entries)) != 0:
            raise Unbalanced(f"{self.kind} is off by {total} minor units")


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """Whose money a payout moves: the parties and the amount that all its journals share."""

    payout_id: UUID
    generation: int
    contract_id: str
    driver_id: str
    rail: str
    amount_minor: int


def prefund(contract_id: str) -> str:
    """Return the account that holds a contract's deposit."""
    return f"prefund:{contract_id}"


def deposited(deposit_id: UUID, contract_id: str, rail: str, amount_minor: int) -> Journal:
    """Book money of the consignor that arrived at the bank."""
    if amount_minor <= 0:
        raise ValueError(f"amount_minor of a deposit must be positive, got {amount_minor}")
    return _journal(
        JournalKind.DEPOSITED,
        f"deposit:{deposit_id}",
        {f"bank:{rail}": -amount_minor, prefund(contract_id): amount_minor},
    )


def settled(settlement_id: UUID, contract_id: str, driver_id: str, price: Price) -> Journal | None:
    """Book each line on its account and the total as a debt to the driver; None for zeros alone.

    Raises UnknownLine, before anything is booked, for a line that has no row in the table.
    """
    amounts: dict[str, int] = {f"driver_payable:{driver_id}": price.total_minor}
    for line in price.lines:
        account = f"{line.kind.account}:{contract_id}"
        amounts[account] = amounts.get(account, 0) - line.amount_minor
    if not any(amounts.values()):
        return None
    return _journal(JournalKind.SETTLED, f"settlement:{settlement_id}", amounts)


def reserved(owed: Owed) -> Journal:
    """Book that the deposit covers the payout: the debt is on its way."""
    return _payout_journal(JournalKind.RESERVED, owed, _reserved_amounts(owed))


def paid(owed: Owed) -> Journal:
    """Book that the bank confirmed the payment."""
    amounts = {
        f"bank_in_transit:{owed.rail}": -owed.amount_minor,
        f"bank:{owed.rail}": owed.amount_minor,
    }
    return _payout_journal(JournalKind.PAID, owed, amounts, corrects=JournalKind.RESERVED)


def voided(owed: Owed) -> Journal:
    """Book a final refusal: debt and deposit stand as before the reservation."""
    amounts = {account: -amount for account, amount in _reserved_amounts(owed).items()}
    return _payout_journal(JournalKind.VOIDED, owed, amounts, corrects=JournalKind.RESERVED)


def returned(owed: Owed) -> Journal:
    """Book money sent back: bank, debt and deposit stand as before the payment."""
    amounts = {account: -amount for account, amount in _reserved_amounts(owed).items()}
    del amounts[f"bank_in_transit:{owed.rail}"]
    amounts[f"bank:{owed.rail}"] = -owed.amount_minor
    return _payout_journal(JournalKind.RETURNED, owed, amounts, corrects=JournalKind.PAID)


def paid_after_failure(owed: Owed) -> Journal:
    """Book money that left although the payout had failed: a person must explain it."""
    return _suspended(JournalKind.PAID_AFTER_FAILURE, owed, corrects=JournalKind.VOIDED)


def paid_after_return(owed: Owed) -> Journal:
    """Book money that left although it had been sent back: a person must explain it."""
    return _suspended(JournalKind.PAID_AFTER_RETURN, owed, corrects=JournalKind.RETURNED)


def _suspended(kind: JournalKind, owed: Owed, corrects: JournalKind) -> Journal:
    amounts = {"suspense": -owed.amount_minor, f"bank:{owed.rail}": owed.amount_minor}
    return _payout_journal(kind, owed, amounts, corrects=corrects)


def _reserved_amounts(owed: Owed) -> dict[str, int]:
    amount = owed.amount_minor
    return {
        prefund(owed.contract_id): -amount,
        f"{LINES['freight'].account}:{owed.contract_id}": amount,
        f"driver_payable:{owed.driver_id}": -amount,
        f"bank_in_transit:{owed.rail}": amount,
    }


def _payout_journal(
    kind: JournalKind, owed: Owed, amounts: dict[str, int], corrects: JournalKind | None = None
) -> Journal:
    subject = f"payout:{owed.payout_id}:{owed.generation}"
    named = None if corrects is None else _journal_id(corrects, subject)
    return _journal(kind, subject, amounts, corrects=named)


def _journal(
    kind: JournalKind, subject: str, amounts: dict[str, int], corrects: UUID | None = None
) -> Journal:
    return Journal(
        id=_journal_id(kind, subject),
        kind=kind,
        entries=tuple(_entries(amounts.items())),
        corrects=corrects,
    )


def _entries(amounts: Iterable[tuple[str, int]]) -> Iterable[Entry]:
    ordered = sorted(amounts, key=lambda item: account_order(item[0]))
    return (Entry(account=name, amount_minor=amount) for name, amount in ordered if amount != 0)


def _journal_id(kind: JournalKind, subject: str) -> UUID:
    return uuid5(_NAMESPACE, f"{kind}:{subject}")


_LOCK_ORDER: Final = (
    "prefund",
    "driver_payable",
    *dict.fromkeys(kind.account for kind in LINES.values()),
    "suspense",
    "bank_in_transit",
    "bank",
)
"""Every transaction touches accounts in this order, so that two of them never wait in a ring.

The contract's own accounts come first, the ones that all contracts share are held the shortest.
"""


def account_kind(account: str) -> str:
    """Return the part before the colon."""
    return account.partition(":")[0]


def account_order(account: str) -> tuple[int, str]:
    """Return the sort key of the global lock order; raise UnknownAccount."""
    kind = account_kind(account)
    if kind not in _LOCK_ORDER:
        raise UnknownAccount(f"account {account} has no place in the lock order")
    return _LOCK_ORDER.index(kind), account
