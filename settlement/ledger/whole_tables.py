"""Checks that no entry leads to: every row of two tables, page by page in short reads.

Only a look that checks everything does this; it takes as long as the history is.
"""

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BindParameter, Select, bindparam, func, literal, select

from settlement.ledger.checking import PAYOUTS, Checkpoint
from settlement.tables import entries, journals, payouts, settlements
from taigan.transactions import Database

NO_ENTRIES: Final = "every_journal_has_entries"

_AFTER: Final[BindParameter[UUID]] = bindparam("after")
_TO: Final[BindParameter[UUID]] = bindparam("to")
_JOURNAL_PAGE: Final = select(journals.c.id).where(journals.c.id > _AFTER).order_by(journals.c.id)
_WITHOUT_ENTRIES: Final = select(journals.c.id).where(
    journals.c.id > _AFTER,
    journals.c.id <= _TO,
    ~select(literal(1)).where(entries.c.journal_id == journals.c.id).exists(),
)
_SETTLEMENT_PAGE: Final = (
    select(settlements.c.id).where(settlements.c.id > _AFTER).order_by(settlements.c.id)
)
_DIFFERENT: Final = (
    select(settlements.c.id)
    .join(payouts, payouts.c.settlement_id == settlements.c.id, isouter=True)
    .where(
        settlements.c.id > _AFTER,
        settlements.c.id <= _TO,
        func.coalesce(payouts.c.amount_minor, -1) != settlements.c.total_minor,
    )
)
_WHOLE_TABLES: Final = (
    (NO_ENTRIES, _JOURNAL_PAGE, _WITHOUT_ENTRIES),
    (PAYOUTS, _SETTLEMENT_PAGE, _DIFFERENT),
)


def check_tables(database: Database, checkpoint: Checkpoint, page_rows: int) -> None:
    """Add to the checkpoint's defects what any row of journals and settlements shows."""
    for check, page, defects in _WHOLE_TABLES:
        for after, to in _pages(database, page, page_rows):
            with database.snapshot() as connection:
                if connection.execute(defects.limit(1), {"after": after, "to": to}).first():
                    checkpoint.defects.add(check)


def _pages(database: Database, query: Select[Any], page_rows: int) -> Iterator[tuple[UUID, UUID]]:
    """Yield the bounds of one page of ids after the other; the lower one is not in it."""
    after = UUID(int=0)
    while True:
        with database.snapshot() as connection:
            ids = connection.execute(query.limit(page_rows), {"after": after}).scalars().all()
        if not ids:
            return
        yield after, ids[-1]
        after = ids[-1]
