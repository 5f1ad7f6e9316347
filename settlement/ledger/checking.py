"""Checks the ledger's history once, entry by entry, and remembers how far it has come.

Entries and journals are only ever inserted, so what was found sound stays sound, and history can
be read in short pieces that hold no writer up: the versions of an account name the same entries
whenever they are read. Every look compares all balances with the history that was checked.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import BindParameter, Connection, Row, bindparam, func, select

from settlement.ledger.posting import account_kind
from settlement.tables import accounts, entries, journals, payouts, settlements

BALANCES: Final = "every_balance_is_its_entries"
JOURNAL_SUMS: Final = "every_journal_sums_to_zero"
HEADS: Final = "every_entry_has_a_journal"
PAYOUTS: Final = "every_payout_is_its_settlement"

Rows = Sequence[Row[*tuple[Any, ...]]]


class Position(NamedTuple):
    """Up to where an account's history was read, and the balance that it had there."""

    version: int
    balance_minor: int


class Tally(NamedTuple):
    """What the entries of one kind of journal on one kind of account come to."""

    journals: int = 0
    """Each journal counts once, with its first account."""
    entries: int = 0
    amount_minor: int = 0


@dataclass(slots=True)
class Checkpoint:
    """How far the history was checked, what it comes to, and which checks did not hold."""

    positions: dict[str, Position] = field(default_factory=dict)
    tallies: dict[tuple[str, str], Tally] = field(default_factory=dict)
    """By kind of journal and kind of account."""
    defects: set[str] = field(default_factory=set)
    fresh_entries: int = 0
    """How many this look has checked."""
    moved: set[str] = field(default_factory=set)
    """The accounts whose position this look has changed."""

    def tally(self, journal_kind: str, kind: str) -> Tally:
        return self.tallies.get((journal_kind, kind), Tally())


_ACCOUNTS: Final = select(accounts.c.id, accounts.c.version, accounts.c.balance_minor)
_NEXT: Final = (
    select(
        entries.c.account_id,
        entries.c.account_version,
        entries.c.amount_minor,
        entries.c.balance_after_minor,
        entries.c.journal_id,
    )
    .where(
        entries.c.account_id == bindparam("account"),
        entries.c.account_version > bindparam("version"),
    )
    .order_by(entries.c.account_version)
    .limit(bindparam("most"))
)
_THESE: Final[BindParameter[Any]] = bindparam("these", expanding=True)
_SUMS: Final = (
    select(
        entries.c.journal_id,
        func.count().label("entries"),
        func.sum(entries.c.amount_minor).label("sum_minor"),
        func.min(entries.c.account_id).label("first"),
    )
    .where(entries.c.journal_id.in_(_THESE))
    .group_by(entries.c.journal_id)
)
_HEADS: Final = select(journals.c.id, journals.c.kind, journals.c.settlement_id).where(
    journals.c.id.in_(_THESE)
)
_PAYOUTS_THAT_DIFFER: Final = (
    select(settlements.c.id)
    .join(payouts, payouts.c.settlement_id == settlements.c.id, isouter=True)
    .where(
        settlements.c.id.in_(_THESE),
        func.coalesce(payouts.c.amount_minor, -1) != settlements.c.total_minor,
    )
    .limit(1)
)
_IN_AT_ONCE: Final = 400
"""Values in one IN (…): far below what either engine takes."""


def check_on(connection: Connection, checkpoint: Checkpoint, most: int) -> bool:
    """Check up to about `most` further entries; return whether that was all there are now."""
    left = most
    found: list[Row[*tuple[Any, ...]]] = []
    for account in connection.execute(_ACCOUNTS).all():
        if left <= 0:
            break
        rows = _read_on(connection, checkpoint, account, left)
        found += rows
        left -= len(rows)
    _check_journals(connection, checkpoint, found)
    checkpoint.fresh_entries += len(found)
    return left > 0


def _read_on(
    connection: Connection, checkpoint: Checkpoint, account: Row[*tuple[Any, ...]], most: int
) -> Rows:
    """Walk an account's next entries; at their end the account must be where they lead."""
    before = checkpoint.positions.get(account.id, Position(0, 0))
    now = Position(account.version, account.balance_minor)
    if before == now:
        return ()
    names = {"account": account.id, "version": before.version, "most": most}
    rows = connection.execute(_NEXT, names).all()
    position = before
    for row in rows:
        continued = Position(position.version + 1, position.balance_minor + row.amount_minor)
        position = Position(row.account_version, row.balance_after_minor)
        if position != continued:
            checkpoint.defects.add(BALANCES)
    if len(rows) < most and position != now:
        checkpoint.defects.add(BALANCES)
        position = now
    checkpoint.positions[account.id] = position
    checkpoint.moved.add(account.id)
    return rows


def _check_journals(connection: Connection, checkpoint: Checkpoint, found: Rows) -> None:
    """Check the journals of entries, and the payouts of the settlements that they are about."""
    ids = list(dict.fromkeys(row.journal_id for row in found))
    sums = {row.journal_id: row for row in _pages(connection, _SUMS, ids)}
    heads = {row.id: row for row in _pages(connection, _HEADS, ids)}
    if any(row.entries < 2 or row.sum_minor != 0 for row in sums.values()):
        checkpoint.defects.add(JOURNAL_SUMS)
    if len(heads) < len(ids):
        checkpoint.defects.add(HEADS)
    for row in found:
        head = heads.get(row.journal_id)
        kind = ("" if head is None else str(head.kind), account_kind(row.account_id))
        tally = checkpoint.tallies.get(kind, Tally())
        checkpoint.tallies[kind] = Tally(
            tally.journals + (sums[row.journal_id].first == row.account_id),
            tally.entries + 1,
            tally.amount_minor + row.amount_minor,
        )
    about = list({head.settlement_id for head in heads.values() if head.settlement_id})
    if _pages(connection, _PAYOUTS_THAT_DIFFER, about):
        checkpoint.defects.add(PAYOUTS)


def _pages(connection: Connection, query: Any, ids: list[UUID]) -> Rows:  # noqa: ANN401 - any Select
    pages: Iterable[list[UUID]] = (
        ids[start : start + _IN_AT_ONCE] for start in range(0, len(ids), _IN_AT_ONCE)
    )
    return [row for page in pages for row in connection.execute(query, {"these": page})]
