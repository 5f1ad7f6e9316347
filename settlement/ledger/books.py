"""The books at a glance, and the checks that must hold in every read of them.

Reading them costs what is unfinished and what is new, never the whole history: that was checked
once, and its checkpoint says what it came to. `everything=True` checks it all again.
"""

from typing import Final
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Connection, case, func, select, true

from settlement.ledger import checkpoints
from settlement.ledger.checking import (
    BALANCES,
    HEADS,
    JOURNAL_SUMS,
    PAYOUTS,
    Checkpoint,
    check_on,
)
from settlement.ledger.posting import JournalKind
from settlement.ledger.whole_tables import NO_ENTRIES, check_tables
from settlement.messages import PayoutState
from settlement.tables import UNPAID, accounts, payouts, settlements
from taigan.transactions import Database

_UNRESOLVED: Final = (
    PayoutState.READY,
    PayoutState.SENDING,
    PayoutState.ACCEPTED,
    PayoutState.UNKNOWN,
    PayoutState.HELD,
    PayoutState.MANUAL,
)
_EXAMPLES_MAX: Final = 100
_PIECE_ENTRIES: Final = 2_000
"""Checked in one short read, so that no writer waits for the whole."""
_STORED_FROM_ENTRIES: Final = 1_000
"""Fewer than these are sooner checked again than their checkpoint is written."""
_TOTALS: Final = "entries_sum_to_zero"
_RESERVED_CHECK: Final = "in_transit_is_what_is_reserved"


class AccountBalance(BaseModel):
    id: str
    kind: str
    balance_minor: int
    """Debits negative, credits positive."""


class PayoutSum(BaseModel):
    state: PayoutState
    reason: str | None
    count: int
    amount_minor: int


class Unresolved(BaseModel):
    payout_id: UUID
    ticket_id: UUID
    state: PayoutState
    reason: str | None
    amount_minor: int
    created_ms: int


class Books(BaseModel):
    """One consistent state of the ledger. `balanced` is true when every check holds."""

    balanced: bool
    checks: dict[str, bool]
    checked_entries: int
    """Of how many entries the history was checked for this answer; the others were before."""
    journals: int
    entries: int
    entries_sum_minor: int
    deposited_minor: int
    settled_minor: int
    bank_minor: int
    """Money at the bank according to the books; positive when there is some."""
    in_transit_minor: int
    paid_minor: int
    accounts: list[AccountBalance]
    payouts: list[PayoutSum]
    """Those that are paid are counted by their journals: one of zero has none."""
    unresolved: list[Unresolved]
    """At most 100, oldest first."""


_RESERVED: Final = case(
    (payouts.c.state.in_([PayoutState.READY, PayoutState.SENDING]), true()),
    (payouts.c.state.in_([PayoutState.ACCEPTED, PayoutState.UNKNOWN]), true()),
    ((payouts.c.state == PayoutState.HELD) & (payouts.c.reason != "funds"), true()),
    (
        (payouts.c.state == PayoutState.MANUAL)
        & func.coalesce(payouts.c.reason, "").not_like("%after%"),
        true(),
    ),
    else_=~true(),
)
_UNRESOLVED_LIST: Final = (
    select(
        payouts.c.id.label("payout_id"),
        settlements.c.ticket_id,
        payouts.c.state,
        payouts.c.reason,
        payouts.c.amount_minor,
        payouts.c.created_ms,
    )
    .join(settlements, settlements.c.id == payouts.c.settlement_id)
    .where(UNPAID, payouts.c.state.in_(_UNRESOLVED))
    # Not by the column itself: along its index either engine would pass all that was ever paid.
    .order_by(payouts.c.created_ms + 0, payouts.c.id)
    .limit(_EXAMPLES_MAX)
)
_UNPAID_SUMS: Final = (
    select(
        payouts.c.state,
        payouts.c.reason,
        func.count().label("count"),
        func.sum(payouts.c.amount_minor).label("amount_minor"),
    )
    .where(UNPAID)
    .group_by(payouts.c.state, payouts.c.reason)
    .order_by(payouts.c.state, payouts.c.reason)
)
_RESERVED_SUM: Final = select(func.sum(payouts.c.amount_minor)).where(UNPAID, _RESERVED)


def open_books(database: Database, *, everything: bool = False) -> Books:
    """Check the history from the last checkpoint on, or from its beginning, and read the books.

    The pieces are short reads; what they found sound is kept for the next time.
    """
    with database.snapshot() as connection:
        kept, turn = checkpoints.load(connection)
    checkpoint = Checkpoint() if everything else kept
    if everything:
        check_tables(database, checkpoint, _PIECE_ENTRIES)
    is_all = False
    while not is_all:
        with database.snapshot() as connection:
            is_all = check_on(connection, checkpoint, _PIECE_ENTRIES)
    with database.snapshot() as connection:
        books = read_books(connection, checkpoint)
    if checkpoint.fresh_entries >= _STORED_FROM_ENTRIES and not checkpoint.defects:
        database.run(lambda connection: checkpoints.store(connection, checkpoint, turn))
    return books


def read_books(connection: Connection, checkpoint: Checkpoint | None = None) -> Books:
    """Check what is left behind the checkpoint and read the books; call it in one snapshot."""
    if checkpoint is None:
        checkpoint, _ = checkpoints.load(connection)
    while not check_on(connection, checkpoint, _PIECE_ENTRIES):
        continue
    kinds = _sums_by_kind(connection)
    in_transit = kinds.get("bank_in_transit", 0)
    reserved = int(connection.execute(_RESERVED_SUM).scalar() or 0)
    failed = set(checkpoint.defects)
    if sum(kinds.values()) != 0:
        failed.add(_TOTALS)
    if in_transit != reserved:
        failed.add(_RESERVED_CHECK)
    paid = _paid(checkpoint)
    unresolved = connection.execute(_UNRESOLVED_LIST)
    return Books(
        balanced=not failed,
        checks={name: name not in failed for name in _CHECKS},
        checked_entries=checkpoint.fresh_entries,
        journals=sum(tally.journals for tally in checkpoint.tallies.values()),
        entries=sum(tally.entries for tally in checkpoint.tallies.values()),
        entries_sum_minor=sum(tally.amount_minor for tally in checkpoint.tallies.values()),
        deposited_minor=-checkpoint.tally(JournalKind.DEPOSITED, "bank").amount_minor,
        settled_minor=checkpoint.tally(JournalKind.SETTLED, "driver_payable").amount_minor,
        bank_minor=-kinds.get("bank", 0),
        in_transit_minor=in_transit,
        paid_minor=paid.amount_minor,
        accounts=_accounts(connection),
        payouts=[*_unpaid(connection), *([paid] if paid.count else [])],
        unresolved=[Unresolved.model_validate(row._mapping) for row in unresolved],  # noqa: SLF001 - the documented way to a row's columns
    )


_CHECKS: Final = (
    _TOTALS,
    JOURNAL_SUMS,
    NO_ENTRIES,
    HEADS,
    BALANCES,
    PAYOUTS,
    _RESERVED_CHECK,
)


def _paid(checkpoint: Checkpoint) -> PayoutSum:
    """Return what is paid and did not come back, as the ledger has it."""
    sent = checkpoint.tally(JournalKind.PAID, "bank")
    back = checkpoint.tally(JournalKind.RETURNED, "bank")
    return PayoutSum(
        state=PayoutState.PAID,
        reason=None,
        count=sent.entries - back.entries,
        amount_minor=sent.amount_minor + back.amount_minor,
    )


def _unpaid(connection: Connection) -> list[PayoutSum]:
    found = connection.execute(_UNPAID_SUMS)
    return [PayoutSum.model_validate(row._mapping) for row in found]  # noqa: SLF001 - as above


def _accounts(connection: Connection) -> list[AccountBalance]:
    rows = connection.execute(select(accounts).order_by(accounts.c.id))
    return [
        AccountBalance(id=row.id, kind=row.kind, balance_minor=row.balance_minor) for row in rows
    ]


def _sums_by_kind(connection: Connection) -> dict[str, int]:
    query = select(accounts.c.kind, func.sum(accounts.c.balance_minor)).group_by(accounts.c.kind)
    return {kind: int(total) for kind, total in connection.execute(query)}
