"""Everything that happened here, to be checked offline: newline-delimited JSON.

Each line but the first carries `previous_sha256`, the SHA-256 of the line before it without its
line break, and the last one says how many came before: a line that was left out, changed or cut off
shows. Rows are read in short transactions, so an export of years holds no lock; what is written
meanwhile stands in the list of facts at its end.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from sqlalchemy import Engine, RowMapping, select

from gateway.audit.facts import FACTS, rows, section
from gateway.audit.tables import head_tables
from gateway.http.times import at_of
from gateway.records.tables import chains
from taigan.heads.facts import Chain, Line
from taigan.heads.log import log_lines, size_of
from taigan.transactions import read_transaction

VERSION: Final = 2
"""1 had no list, no heads, no `told` and no `chain`; its tickets carried plate and cargo."""


def chained(lines: Iterable[Line]) -> Iterator[bytes]:
    """Yield each line with the hash of the one before it, and a last line that counts them."""
    chain = Chain()
    for line in lines:
        yield chain.line(line) + b"\n"
    yield chain.end() + b"\n"


def export_lines(engine: Engine, now_ms: int) -> Iterator[Line]:
    """Yield the export's lines: a head line, the facts, how far each journal goes, the list."""
    with read_transaction(engine) as connection:
        size = size_of(connection, head_tables)
    at = at_of(now_ms).isoformat()
    yield {"type": "export", "program": "gateway", "version": VERSION, "at": at, "entries": size}
    for row in rows(engine, select(chains), tuple(chains.primary_key.columns)):
        yield _chain_line(row)
    for kind in FACTS:
        yield from section(engine, kind)
    with read_transaction(engine) as connection:
        yield from log_lines(connection, head_tables)


def _chain_line(row: RowMapping) -> Line:
    """Up to where a lane has receipts: it may have thrown the records away since."""
    return {
        "type": "chain",
        "yard": row["yard_id"],
        "lane": row["lane_id"],
        "epoch": row["epoch"],
        "last_seq": row["last_seq"],
        "last_sha256": row["last_sha256"],
    }
