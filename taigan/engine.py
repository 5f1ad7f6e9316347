"""One way to open a database, SQLite or PostgreSQL, for every program.

SQLite runs with a rollback journal (TRUNCATE) and FULL sync: no acknowledged commit is lost in a
power cut, and the WAL-reset defect of SQLite before 3.51.3 cannot bite (DECISIONS 5).
"""

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.pool import ConnectionPoolEntry

READING: Final = "taigan_reading"
"""Execution option of a connection that will not write: on SQLite it lets others write."""

_CONNECT_S: Final = 10
_LOCK_S: Final = 30
"""Waiting for another transaction's lock ends after this, on both engines."""
_POOL_SIZE: Final = 16
_POOL_OVERFLOW_MAX: Final = 32

_SQLITE_PRAGMAS: Final = (
    "journal_mode=TRUNCATE",
    "synchronous=FULL",
    "foreign_keys=ON",
    "recursive_triggers=ON",
)


def open_engine(url: str) -> Engine:
    """Return an engine for `url`; a transaction may write unless it is READING.

    Errors never carry parameters: whose account or session a statement was about is not for a log.
    """
    if url.startswith("sqlite"):
        engine = create_engine(url, hide_parameters=True, connect_args={"timeout": _LOCK_S})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    address = make_url(url)
    options = f"-c lock_timeout={_LOCK_S}s -c synchronous_commit=on"
    return create_engine(
        address,
        hide_parameters=True,
        pool_size=_POOL_SIZE,
        max_overflow=_POOL_OVERFLOW_MAX,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": _CONNECT_S,
            # What the address says itself, a search_path say, holds beside it.
            "options": f"{address.query.get('options', '')} {options}".strip(),
        },
    )


def count_errors(engine: Engine, count: Callable[[str], None]) -> None:
    """Call `count` with the class of each error that the database answers with, handled or not."""

    def seen(context: ExceptionContext) -> None:
        count(type(context.sqlalchemy_exception or context.original_exception).__name__)

    event.listen(engine, "handle_error", seen)


def _prepare_sqlite(connection: Any, _entry: ConnectionPoolEntry) -> None:  # noqa: ANN401 - DBAPI
    connection.isolation_level = None  # BEGIN is ours, see below
    for pragma in _SQLITE_PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    # A deferred BEGIN that later writes can fail with SQLITE_BUSY at once, timeout or not.
    is_reading = connection.get_execution_options().get(READING, False)
    connection.exec_driver_sql("BEGIN" if is_reading else "BEGIN IMMEDIATE")
