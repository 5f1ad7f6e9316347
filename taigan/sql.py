"""Pieces of SQL that both engines understand: the database's clock, INSERT unless it is there.

Leases and due times are compared by the database's clock only, so that the clocks of several
machines never matter.
"""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import BigInteger, Connection, Table, select
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class NowMs(FunctionElement[int]):
    """The database's wall clock in epoch milliseconds, UTC."""

    type = BigInteger()
    inherit_cache = True


@compiles(NowMs, "sqlite")
def _now_on_sqlite(element: NowMs, compiler: SQLCompiler, **options: object) -> str:
    """Whole seconds and the fraction of one and the same `now`; julianday would round."""
    del element, compiler, options
    seconds = "CAST(strftime('%s', 'now') AS INTEGER)"
    return f"({seconds} * 1000 + CAST(substr(strftime('%f', 'now'), 4) AS INTEGER))"


@compiles(NowMs, "postgresql")
def _now_on_postgresql(element: NowMs, compiler: SQLCompiler, **options: object) -> str:
    """Ask the clock, not the start of the transaction, which may have waited for a lock."""
    del element, compiler, options
    return "CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS BIGINT)"


_NOW: Final = select(NowMs())


def database_clock(connection: Connection) -> int:
    """Return the database's time in epoch milliseconds."""
    return int(connection.execute(_NOW).scalar_one())


def insert_if_absent(table: Table) -> Insert:
    """Return INSERT … ON CONFLICT DO NOTHING, which both engines spell alike."""
    return insert(table).on_conflict_do_nothing()


def insert_new(connection: Connection, statement: Insert, row: Mapping[str, object]) -> bool:
    """Insert one row by `insert_if_absent`; return False if it was there already."""
    done = connection.execute(statement, row, execution_options={"preserve_rowcount": True})
    return done.rowcount == 1
