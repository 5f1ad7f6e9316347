"""Extends the list by what was written since, and makes heads over it.

Both are transactions of their own, never part of one that moves money: triggers note each write in
`head_changes`, which costs that one a row. Two programs that extend the list at once take the same
number; the database refuses the second, whose transaction is repeated.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, bindparam, delete, func, insert, select

from taigan.heads.facts import Entry, Kind, Line, entry_of
from taigan.heads.note import checkpoint, signed
from taigan.heads.tables import HeadTables
from taigan.heads.tree import Tree

_MOST: Final = 400
"""Changes in one transaction: it holds SQLite's write lock for some milliseconds."""
_AT_ONCE: Final = 1000

ReadFacts = Callable[[Connection, str, Collection[str]], Iterable[Line]]
"""Returns the facts of a kind that have these names, as an export says them."""


@dataclass(frozen=True, slots=True)
class Source:
    """Whose facts the list holds."""

    program: str
    tables: HeadTables
    kinds: Mapping[str, Kind]
    read: ReadFacts


class Head(NamedTuple):
    size: int
    made_ms: int
    note: str


@dataclass(frozen=True, slots=True)
class Signer:
    origin: str
    key: Ed25519PrivateKey


def extend(connection: Connection, source: Source) -> bool:
    """Make some changes into lines of the list; return whether there may be more."""
    changes = source.tables.changes
    waiting = connection.execute(select(changes).order_by(changes.c.id).limit(_MOST)).all()
    named: dict[str, set[str]] = {}
    for row in waiting:
        named.setdefault(row.kind, set()).add(row.key)
    for kind, keys in named.items():
        lines = source.read(connection, kind, keys)
        _append(connection, source, [entry_of(source.kinds[kind], line) for line in lines])
    if waiting:
        done = [{"b_id": row.id} for row in waiting]
        connection.execute(delete(changes).where(changes.c.id == bindparam("b_id")), done)
    return len(waiting) == _MOST


def _append(connection: Connection, source: Source, found: list[Entry]) -> None:
    """Add the versions that are new; a write that changed nothing adds nothing."""
    entries = source.tables.entries
    first = size_of(connection, source.tables)
    new = [entry for entry in found if _newest(connection, source.tables, entry) != entry.whole]
    if new:
        rows = [{"n": n, **entry._asdict()} for n, entry in enumerate(new, start=first)]
        connection.execute(insert(entries), rows)


def _newest(connection: Connection, tables: HeadTables, entry: Entry) -> str | None:
    entries = tables.entries
    query = (
        select(entries.c.whole)
        .where(entries.c.kind == entry.kind, entries.c.key == entry.key)
        .order_by(entries.c.n.desc())
        .limit(1)
    )
    return connection.execute(query).scalar()


def size_of(connection: Connection, tables: HeadTables) -> int:
    """Return how many lines the list has."""
    newest = connection.execute(select(func.max(tables.entries.c.n))).scalar()
    return 0 if newest is None else int(newest) + 1


def make_head(connection: Connection, source: Source, signer: Signer, now_ms: int) -> Head:
    """Sign the list as it is; the newest head again if nothing was added since."""
    heads = source.tables.heads
    last = connection.execute(select(heads).order_by(heads.c.size.desc()).limit(1)).one_or_none()
    before = Tree() if last is None else Tree(last.size, _peaks(last.peaks))
    leaves = (entry.text.encode() for entry in entries_from(connection, source.tables, before.size))
    tree = before.grown(leaves)
    if last is not None and tree.size == last.size:
        return Head(last.size, last.made_ms, last.note)
    at = datetime.fromtimestamp(now_ms / 1000, UTC)
    text = checkpoint(signer.origin, tree, source.program, at)
    note = signed(text, signer.origin, signer.key)
    peaks = json.dumps([peak.hex() for peak in tree.peaks])
    row = {"size": tree.size, "made_ms": now_ms, "note": note, "peaks": peaks}
    connection.execute(insert(heads), row)
    return Head(tree.size, now_ms, note)


def _peaks(text: str) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(peak) for peak in json.loads(text))


def newest_head(connection: Connection, tables: HeadTables) -> Head | None:
    """Return the last head that was made."""
    heads = tables.heads
    query = select(heads.c.size, heads.c.made_ms, heads.c.note).order_by(heads.c.size.desc())
    row = connection.execute(query.limit(1)).one_or_none()
    return None if row is None else Head(*row)


def entries_from(
    connection: Connection, tables: HeadTables, first: int, most: int | None = None
) -> Iterator[Entry]:
    """Yield the list's lines from a number on."""
    entries = tables.entries
    query = (
        select(entries.c.kind, entries.c.key, entries.c.fixed, entries.c.whole)
        .where(entries.c.n >= first)
        .order_by(entries.c.n)
        .limit(most)
    )
    for row in connection.execute(query, execution_options={"yield_per": _AT_ONCE}):
        yield Entry(*row)


def log_lines(connection: Connection, tables: HeadTables) -> Iterator[dict[str, Any]]:
    """Yield what an export says of the list: its lines, the heads, and what is about to change."""
    for n, entry in enumerate(entries_from(connection, tables, 0)):
        yield {"type": "entry", "n": n, "entry": entry.text}
    heads = tables.heads
    for row in connection.execute(select(heads.c.note).order_by(heads.c.size)).all():
        yield {"type": "head", "note": row.note}
    for row in connection.execute(tables.waiting).all():
        yield {"type": "pending", "kind": row.kind, "key": row.key}
