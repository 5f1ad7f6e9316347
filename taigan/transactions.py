"""Transactions: commit or roll back, consistent reads, and repeating what the database asks for.

A transaction whose connection broke is repeated too, unless it broke at the commit: then nobody
knows whether it happened, and only the caller can know whether doing it twice is harmless.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from threading import Event, Lock
from typing import Any, Final, TypeVar, cast

from sqlalchemy import Connection, Engine, NullPool, create_engine
from sqlalchemy.exc import DBAPIError

from taigan.engine import READING, open_engine
from taigan.sql import database_clock

Result = TypeVar("Result")

TRIES_MAX: Final = 5
_PASSING_SQLSTATES: Final = frozenset({"40001", "40P01", "55P03", "23505"})
"""Serialization failure, deadlock, lock timeout, lost race for a unique key.

The same transaction may succeed when repeated; after a lost race it finds the winner's row.
"""
_PASSING_SQLITE_CODES: Final = frozenset(
    {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}
)


@contextmanager
def read_transaction(engine: Engine) -> Iterator[Connection]:
    """Read one consistent state of all tables and take no write lock; nothing may be written.

    On SQLite a reader still keeps writers from committing: let it be short.
    """
    options: dict[str, Any] = {READING: True}
    if engine.dialect.name != "sqlite":
        options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect() as plain:
        connection = plain.execution_options(**options)
        with connection.begin():
            yield connection


def run(engine: Engine, work: Callable[[Connection], Result]) -> Result:
    """Run `work` in one transaction; repeat it whole when the database asks for it.

    `work` must have no effect outside its connection. Raises the last error after five tries, and
    at once the error of a connection that broke at the commit.
    """
    return _repeat(engine.begin, work)


class Database:
    """Opens connections; every use of it is one transaction.

    A test may pass another `clock`; all times on the money path come from it.
    """

    def __init__(self, url: str, clock: Callable[[Connection], int] = database_clock) -> None:
        self.engine = open_engine(url)
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
        with self._writing, self.engine.begin() as connection:
            yield connection

    def snapshot(self) -> AbstractContextManager[Connection]:
        """Read one consistent state of all tables; nothing may be written."""
        return read_transaction(self.engine)

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

        `work` must have no effect outside its connection. Raises the last error after five tries,
        and at once the error of a connection that broke at the commit.
        """
        return _repeat(self.write, work)

    def close(self) -> None:
        self.engine.dispose()


def _repeat(
    transaction: Callable[[], AbstractContextManager[Connection]],
    work: Callable[[Connection], Result],
) -> Result:
    for attempt in range(1, TRIES_MAX + 1):
        at_commit = False
        try:
            with transaction() as connection:
                result = work(connection)
                at_commit = True
        except DBAPIError as error:
            broken = error.connection_invalidated and not at_commit
            if attempt == TRIES_MAX or not (broken or _passing(error)):
                raise
            Event().wait(_jitter_s(attempt))
        else:
            return result
    raise AssertionError("unreachable: the last try returns or raises")


def _passing(error: DBAPIError) -> bool:
    return (
        getattr(error.orig, "sqlstate", None) in _PASSING_SQLSTATES
        or getattr(error.orig, "sqlite_errorcode", None) in _PASSING_SQLITE_CODES
    )


def _jitter_s(attempt: int) -> float:
    spread: float = Random().uniform(0.001, 0.01)  # noqa: S311 - spreads retries, no secret
    return spread * float(2**attempt)
