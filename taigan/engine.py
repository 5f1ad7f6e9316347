"""One way to open a database, SQLite or PostgreSQL, for every program.

SQLite runs with a rollback journal (TRUNCATE) and FULL sync: no acknowledged commit is lost in a
power cut, and the WAL-reset defect of SQLite before 3.51.3 cannot bite (DECISIONS 5).
"""

import select
import time
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

READING: Final = "taigan_reading"
"""Execution option of a connection that will not write: on SQLite it lets others write."""

_CONNECT_S: Final = 10
_LOCK_S: Final = 30
"""Waiting for another transaction's lock ends after this, on both engines."""
_POOL_SIZE: Final = 16
_POOL_OVERFLOW_MAX: Final = 32
_RESTED_S: Final = 30.0
"""After that a firewall may have dropped a connection without telling anybody."""
_KEPT_ALIVE: Final = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""A server that vanished without a word is noticed within a minute, not after hours."""
_USED_S: Final = "taigan_used_s"

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
    engine = create_engine(
        address,
        hide_parameters=True,
        pool_size=_POOL_SIZE,
        max_overflow=_POOL_OVERFLOW_MAX,
        connect_args={
            "connect_timeout": _CONNECT_S,
            **_KEPT_ALIVE,
            # What the address says itself, a search_path say, holds beside it.
            "options": f"{address.query.get('options', '')} {options}".strip(),
        },
    )
    _ask_after_rest(engine)
    return engine


def _ask_after_rest(engine: Engine) -> None:
    """Ask a connection whether it lives only where there is doubt, not before every transaction.

    A server that ended it, or restarted, has written so to its socket: looking there costs no round
    trip. One that breaks later breaks its transaction, which `transactions.run` repeats.
    """

    @event.listens_for(engine, "checkin")
    def note(_connection: Any, entry: ConnectionPoolEntry) -> None:  # noqa: ANN401 - DBAPI
        entry.info[_USED_S] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def ask(connection: Any, entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection) -> None:  # noqa: ANN401 - DBAPI
        used_s = entry.info.get(_USED_S)
        if used_s is None:  # new
            return
        try:
            if time.monotonic() - used_s >= _RESTED_S or _has_word(connection):
                engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError(f"the server ended the connection: {error}") from error


def _has_word(connection: Any) -> bool:  # noqa: ANN401 - DBAPI
    """Return whether an idle connection has something to read: as a rule, that it was ended."""
    socket = select.poll()
    socket.register(connection.fileno(), select.POLLIN)
    return bool(socket.poll(0))


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
