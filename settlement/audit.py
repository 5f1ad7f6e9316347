"""The audit export: everything that explains a payment, as NDJSON lines chained by SHA-256.

Each line carries `previous_sha256`, the hash of the line before it without its line break (zeros
for the first); the last one counts the others. A line that was left out, changed or cut off shows.
Money is in fen, decimals are strings, times are epoch milliseconds.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, CursorResult, Row, Select, bindparam, select

from settlement.tables import (
    accounts,
    approvals,
    attempts,
    callbacks,
    contracts,
    deposits,
    entries,
    founders,
    journals,
    payouts,
    settlements,
)

GENESIS: Final = "0" * 64

_JSON_COLUMNS: Final = frozenset({"ticket", "price", "terms"})

_LINK: Final = "receipt_url"

_ROWS_AT_ONCE: Final = 200

_PROPOSALS, _DECISIONS = approvals
_JOURNALS: Final = select(journals).order_by(journals.c.posted_ms, journals.c.id)
_ENTRIES: Final = (
    select(entries)
    .where(entries.c.journal_id.in_(bindparam("journals", expanding=True)))
    .order_by(entries.c.account_id)
)
_SECTIONS: Final[tuple[tuple[str, Select[Any]], ...]] = (
    ("contract", select(contracts).order_by(contracts.c.contract_id, contracts.c.version)),
    ("settlement", select(settlements).order_by(settlements.c.settled_ms, settlements.c.id)),
    ("deposit", select(deposits).order_by(deposits.c.received_ms, deposits.c.id)),
    ("account", select(accounts).order_by(accounts.c.id)),
    ("payout", select(payouts).order_by(payouts.c.created_ms, payouts.c.id)),
    ("attempt", select(attempts).order_by(attempts.c.payout_id, attempts.c.n)),
    ("founder", select(founders).order_by(founders.c.entered_ms, founders.c.name)),
    ("proposal", select(_PROPOSALS).order_by(_PROPOSALS.c.proposed_ms, _PROPOSALS.c.id)),
    ("proposal_decision", select(_DECISIONS).order_by(_DECISIONS.c.proposal_id, _DECISIONS.c.n)),
    ("callback", select(callbacks).order_by(callbacks.c.received_ms, callbacks.c.event_id)),
)


def export_lines(connection: Connection, at_ms: int) -> Iterator[bytes]:
    """Yield the lines of an export, without line breaks; call it on one frozen state."""
    previous, count = GENESIS, 0
    for line in _contents(connection, at_ms):
        encoded = _encode({**line, "previous_sha256": previous})
        previous, count = hashlib.sha256(encoded).hexdigest(), count + 1
        yield encoded
    yield _encode({"type": "end", "lines": count, "previous_sha256": previous})


def _contents(connection: Connection, at_ms: int) -> Iterator[dict[str, Any]]:
    yield {"type": "export", "program": "settlement", "version": 1, "exported_ms": at_ms}
    for kind, query in _SECTIONS:
        for row in _rows(connection, query):
            yield {"type": kind, **_record(row)}
    yield from _journals(connection)


def _journals(connection: Connection) -> Iterator[dict[str, Any]]:
    """Yield each journal with its entries, some hundred journals at a time."""
    for batch in _rows(connection, _JOURNALS).partitions():
        own: dict[UUID, list[dict[str, Any]]] = {journal.id: [] for journal in batch}
        for entry in connection.execute(_ENTRIES, {"journals": list(own)}):
            own[entry.journal_id].append(_record(entry, without=("journal_id",)))
        for journal in batch:
            yield {"type": "journal", **_record(journal), "entries": own[journal.id]}


def _rows(connection: Connection, query: Select[Any]) -> CursorResult[Any]:
    """Fetch as the reader goes, not all at once."""
    return connection.execute(query, execution_options={"yield_per": _ROWS_AT_ONCE})


def _record(row: Row[*tuple[Any, ...]], without: Iterable[str] = ()) -> dict[str, Any]:
    columns = row._mapping  # noqa: SLF001 - the documented way to a row's columns
    return {name: _plain(name, value) for name, value in columns.items() if name not in without}


def _plain(name: str, value: object) -> object:
    if isinstance(value, UUID):
        return str(value)
    if name == _LINK and isinstance(value, str):
        return value.partition("?")[0]  # what is behind it opens the receipt
    if name in _JSON_COLUMNS and isinstance(value, str):
        read = json.loads(value)
        return read | {_LINK: _plain(_LINK, read[_LINK])} if _LINK in read else read
    return value


def _encode(line: dict[str, Any]) -> bytes:
    return json.dumps(line, separators=(",", ":"), ensure_ascii=False).encode()
