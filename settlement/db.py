"""The database: engines for SQLite and PostgreSQL, transactions, the database's own clock.

Knows no table. Leases and due times are compared by this clock only, so that the clocks of
several machines never matter.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from threading import Event, Lock
from typing import Any, Final, TypeVar, cast

from sqlalchemy import BigInteger, Connection, Engine, NullPool, Table, create_engine, event, select
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

Result = TypeVar("Result")

_BUSY_TIMEOUT_MS: Final = 30_000
_LOCK_TIMEOUT_MS: Final = 30_000
_IMMEDIATE: Final = "taigan_immediate"
_TRIES_MAX: Final = 5
_PASSING_SQLSTATES: Final = frozenset({"40001", "40P01", "55P03", "23505"})
"""Serialization failure, deadlock, lock timeout, lost race for a unique key.

The same transaction may succeed when repeated; after a lost race it finds the winner's row.
"""


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


class Database:
    """Opens connections; every use of it is one transaction.

    A test may pass another `clock`; all times on the money path come from it.
    """

    def __init__(self, url: str, clock: Callable[[Connection], int] = database_clock) -> None:
        self.engine = _engine(url)
        self.now_ms = clock
        self._writing: AbstractContextManager[object] = Lock() if self.is_sqlite else nullcontext()
        """SQLite waits by sleeping and trying again, which starves whoever is unlucky."""

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Commit when the block ends, roll back if it raises.

        SQLite takes its write lock at the start: a transaction that reads first and writes later
        would otherwise fail when another one wrote in between.
        """
        with self._writing, self.engine.connect() as plain:
            connection = plain.execution_options(**{_IMMEDIATE: True})
            with connection.begin():
                yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Read one consistent state of all tables; nothing may be written."""
        with self.engine.connect() as plain:
            options: dict[str, Any] = {}
            if not self.is_sqlite:
                options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
            connection = plain.execution_options(**options)
            with connection.begin():
                yield connection

    @contextmanager
    def frozen(self) -> Iterator[Connection]:
        """Read one consistent state for as long as it takes, and hold nobody up.

        PostgreSQL does that by itself. A reader of an SQLite file keeps every writer from
        committing, so there a copy is read, which is made in a fraction of the time.
        """
        if not self.is_sqlite:
            with self.snapshot() as connection:
                yield connection
            return
        database = self.engine.url.database
        beside = None if database in {None, "", ":memory:"} else Path(str(database)).parent
        with TemporaryDirectory(prefix="taigan-copy-", dir=beside) as folder:
            copy = Path(folder) / "copy.db"
            with self.engine.connect() as plain, closing(sqlite3.connect(copy)) as target:
                cast(sqlite3.Connection, plain.connection.driver_connection).backup(target)
            engine = create_engine(f"sqlite:///{copy}", hide_parameters=True, poolclass=NullPool)
            with engine.connect() as connection:
                yield connection

    def run(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` in one transaction; repeat it whole when the database asks for it.

        `work` must have no effect outside its connection. Raises the last error after five tries.
        """
        for attempt in range(1, _TRIES_MAX + 1):
            try:
                with self.write() as connection:
                    return work(connection)
            except DBAPIError as error:
                if attempt == _TRIES_MAX or not _passing(error):
                    raise
                Event().wait(_jitter_s(attempt))
        raise AssertionError("unreachable: the last try returns or raises")

    def close(self) -> None:
        self.engine.dispose()


def _passing(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlstate", None) in _PASSING_SQLSTATES


def _jitter_s(attempt: int) -> float:
    spread: float = Random().uniform(0.001, 0.01)  # noqa: S311 - spreads retries, no secret
    return spread * float(2**attempt)


def _engine(url: str) -> Engine:
    if url.startswith("sqlite:"):
        engine = create_engine(
            url,
            hide_parameters=True,  # an error in the log must not tell whose account it was about
            connect_args={"timeout": _BUSY_TIMEOUT_MS / 1000},
        )
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(
        url,
        hide_parameters=True,
        pool_size=16,
        max_overflow=32,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": 10,
            "options": f"-c lock_timeout={_LOCK_TIMEOUT_MS} -c synchronous_commit=on",
        },
    )


def _configure_sqlite(connection: Any, record: object) -> None:  # noqa: ANN401 - a driver's own type
    """Make commits survive a power cut: TRUNCATE with FULL loses nothing that was acknowledged."""
    del record
    connection.isolation_level = None
    for pragma in (
        "journal_mode=TRUNCATE",
        "synchronous=FULL",
        "foreign_keys=ON",
        "recursive_triggers=ON",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get(_IMMEDIATE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
