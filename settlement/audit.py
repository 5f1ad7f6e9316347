"""The audit export: everything that explains a payment, as NDJSON lines chained by SHA-256.

Each line carries `previous_sha256`, the hash of the line before it without its line break (zeros
for the first); the last one counts the others. A line that was left out, changed or cut off shows.
After the facts comes the list of them that heads sign, and every head.
"""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection

from settlement.facts import SECTIONS, section
from settlement.tables import head_tables
from taigan.heads.facts import Chain, Line
from taigan.heads.log import log_lines, size_of

VERSION: Final = 2
"""1 had no list and no heads, and carried drivers' links."""


def export_lines(connection: Connection, at_ms: int) -> Iterator[bytes]:
    """Yield the lines of an export, without line breaks; call it on one frozen state."""
    chain = Chain()
    for line in _contents(connection, at_ms):
        yield chain.line(line)
    yield chain.end()


def _contents(connection: Connection, at_ms: int) -> Iterator[Line]:
    yield {
        "type": "export",
        "program": "settlement",
        "version": VERSION,
        "exported_ms": at_ms,
        "entries": size_of(connection, head_tables),
    }
    for kind in SECTIONS:
        yield from section(connection, kind)
    yield from log_lines(connection, head_tables)
