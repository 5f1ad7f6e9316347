"""What explains a payment, fact by fact: each as the audit export says it.

Money is in fen, decimals are strings, times are epoch milliseconds. What a worker needs to know and
what explains nothing, when a payout is looked at next say, is not said; nor is a driver's link.
"""

import json
from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    Row,
    Select,
    bindparam,
    literal,
    select,
    tuple_,
)

from settlement.tables import (
    accounts,
    approvals,
    attempts,
    callbacks,
    contracts,
    deposits,
    entries,
    founders,
    head_tables,
    journals,
    payouts,
    settlements,
)
from taigan.heads.facts import Kind, Line
from taigan.heads.log import Source

_JSON_COLUMNS: Final = frozenset({"ticket", "price", "terms"})
_UNSAID: Final = frozenset({"receipt_url", "asks", "due_ms"})
_ROWS_AT_ONCE: Final = 200

_PROPOSALS, _DECISIONS = approvals
_ENTRIES: Final = (
    select(entries)
    .where(entries.c.journal_id.in_(bindparam("journals", expanding=True)))
    .order_by(entries.c.account_id)
)

KINDS: Final = {
    "contract": Kind(("contract_id", "version")),
    "settlement": Kind(("id",), frozenset({"revision"})),
    "deposit": Kind(("id",)),
    "payout": Kind(
        ("id",),
        frozenset(
            {"state", "reason", "detail", "fence", "first_sent_ms", "last_sent_ms", "paid_ms"}
        ),
    ),
    "attempt": Kind(("payout_id", "n"), frozenset({"finished_ms", "outcome", "evidence"})),
    "founder": Kind(("name",)),
    "proposal": Kind(("id",)),
    "proposal_decision": Kind(("proposal_id", "n")),
    "callback": Kind(("event_id",)),
    "journal": Kind(("id",)),
}
"""What stands in the list that heads sign. Accounts do not: they follow from the journals."""

_Place = tuple[Select[Any], tuple[ColumnElement[Any], ...]]

SECTIONS: Final[dict[str, Select[Any]]] = {
    "contract": select(contracts).order_by(contracts.c.contract_id, contracts.c.version),
    "settlement": select(settlements).order_by(settlements.c.settled_ms, settlements.c.id),
    "deposit": select(deposits).order_by(deposits.c.received_ms, deposits.c.id),
    "account": select(accounts).order_by(accounts.c.id),
    "payout": select(payouts).order_by(payouts.c.created_ms, payouts.c.id),
    "attempt": select(attempts).order_by(attempts.c.payout_id, attempts.c.n),
    "founder": select(founders).order_by(founders.c.entered_ms, founders.c.name),
    "proposal": select(_PROPOSALS).order_by(_PROPOSALS.c.proposed_ms, _PROPOSALS.c.id),
    "proposal_decision": select(_DECISIONS).order_by(_DECISIONS.c.proposal_id, _DECISIONS.c.n),
    "callback": select(callbacks).order_by(callbacks.c.received_ms, callbacks.c.event_id),
    "journal": select(journals).order_by(journals.c.posted_ms, journals.c.id),
}
"""In the order of the export."""

_KEYS: Final[dict[str, tuple[ColumnElement[Any], ...]]] = {
    "contract": (contracts.c.contract_id, contracts.c.version),
    "settlement": (settlements.c.id,),
    "deposit": (deposits.c.id,),
    "payout": (payouts.c.id,),
    "attempt": (attempts.c.payout_id, attempts.c.n),
    "founder": (founders.c.name,),
    "proposal": (_PROPOSALS.c.id,),
    "proposal_decision": (_DECISIONS.c.proposal_id, _DECISIONS.c.n),
    "callback": (callbacks.c.event_id,),
    "journal": (journals.c.id,),
}


def section(connection: Connection, kind: str) -> Iterator[Line]:
    """Yield all facts of a kind, some hundred at a time."""
    return _lines(connection, kind, SECTIONS[kind])


def read_facts(connection: Connection, kind: str, keys: Collection[str]) -> Iterator[Line]:
    """Yield the facts of a kind that triggers have named."""
    columns = _KEYS[kind]
    places = [
        tuple_(
            *(
                literal(value, c.type)
                for value, c in zip(_parts(key, columns), columns, strict=True)
            )
        )
        for key in sorted(keys)
    ]
    yield from _lines(connection, kind, SECTIONS[kind].where(tuple_(*columns).in_(places)))


def _parts(key: str, columns: tuple[ColumnElement[Any], ...]) -> list[Any]:
    """Return the values that a trigger joined by slashes; only the last may hold one."""
    texts = key.split("/", len(columns) - 1)
    return [c.type.python_type(text) for text, c in zip(texts, columns, strict=True)]


def _lines(connection: Connection, kind: str, query: Select[Any]) -> Iterator[Line]:
    rows = _rows(connection, query)
    if kind == "journal":
        yield from _journals(connection, rows)
        return
    for row in rows:
        yield {"type": kind, **_record(row)}


def _journals(connection: Connection, rows: CursorResult[Any]) -> Iterator[Line]:
    """Yield each journal with its entries, some hundred journals at a time."""
    for batch in rows.partitions():
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
    unsaid = _UNSAID.union(without)
    return {name: _plain(name, value) for name, value in columns.items() if name not in unsaid}


def _plain(name: str, value: object) -> object:
    if isinstance(value, UUID):
        return str(value)
    if name not in _JSON_COLUMNS or not isinstance(value, str):
        return value
    read = json.loads(value)
    return {key: part for key, part in read.items() if key not in _UNSAID}


SOURCE: Final = Source("settlement", head_tables, KINDS, read_facts)
"""What the list of settlement holds."""
