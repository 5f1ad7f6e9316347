"""Writes journals: balances first, then the entries, the journal's own row last.

The database refuses what does not balance or does not continue an account's history. Balances
change in one UPDATE each, in the global account order; nothing is read, changed and written back.
"""

from typing import Final
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from settlement.ledger.posting import Journal, account_kind, account_order, prefund
from settlement.tables import accounts, entries, journals
from taigan.sql import insert_if_absent

_MOVE: Final = (
    update(accounts)
    .where(accounts.c.id == bindparam("account"))
    .values(
        balance_minor=accounts.c.balance_minor + bindparam("amount"),
        version=accounts.c.version + 1,
    )
    .returning(accounts.c.balance_minor, accounts.c.version)
)
_OPEN: Final = insert_if_absent(accounts)
_ADD_ENTRIES: Final = insert(entries)
_CLOSE: Final = insert(journals)
_LOCK: Final = (
    select(accounts.c.balance_minor).where(accounts.c.id == bindparam("account")).with_for_update()
)


def post(
    connection: Connection, journal: Journal, now_ms: int, settlement_id: UUID | None = None
) -> None:
    """Write a journal and move the balances of its accounts.

    Raises the driver's IntegrityError when this journal was posted before.
    """
    lines = []
    for entry in sorted(journal.entries, key=lambda entry: account_order(entry.account)):
        balance, version = _move(connection, entry.account, entry.amount_minor)
        lines.append(
            {
                "journal_id": journal.id,
                "account_id": entry.account,
                "account_version": version,
                "amount_minor": entry.amount_minor,
                "balance_after_minor": balance,
            }
        )
    connection.execute(_ADD_ENTRIES, lines)
    header = {
        "id": journal.id,
        "kind": journal.kind,
        "settlement_id": settlement_id,
        "corrects": journal.corrects,
        "posted_ms": now_ms,
    }
    connection.execute(_CLOSE, header)


def lock_prefund(connection: Connection, contract_id: str) -> int:
    """Return what is free of a contract's deposit; nobody else can change it until the commit."""
    account = prefund(contract_id)
    balance = connection.execute(_LOCK, {"account": account}).scalar()
    if balance is None:
        _open(connection, account)
        balance = connection.execute(_LOCK, {"account": account}).scalar_one()
    return int(balance)


def _move(connection: Connection, account: str, amount_minor: int) -> tuple[int, int]:
    moved = _try_to_move(connection, account, amount_minor)
    if moved is None:
        _open(connection, account)
        moved = _try_to_move(connection, account, amount_minor)
    if moved is None:
        raise LookupError(f"account {account} cannot be opened")
    return moved.balance_minor, moved.version


def _try_to_move(connection: Connection, account: str, amount_minor: int) -> Row[int, int] | None:
    parameters = {"account": account, "amount": amount_minor}
    return connection.execute(_MOVE, parameters).one_or_none()


def _open(connection: Connection, account: str) -> None:
    """Insert the zero row first: an account without a row cannot be locked."""
    row = {"id": account, "kind": account_kind(account), "balance_minor": 0, "version": 0}
    connection.execute(_OPEN, row)
