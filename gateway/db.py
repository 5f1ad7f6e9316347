"""The gateway's database: one engine, one metadata, SQLite or PostgreSQL.

Times are BIGINT milliseconds since 1970 UTC, weights INTEGER kg, money BIGINT minor units.
SQLite runs with a rollback journal (TRUNCATE) and FULL sync: no acknowledged commit is lost in a
power cut, and the WAL-reset defect of SQLite before 3.51.3 cannot bite. See DECISIONS.md.
"""

from typing import Any, Final

from sqlalchemy import Engine, MetaData, create_engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.pool import ConnectionPoolEntry

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def open_engine(url: str) -> Engine:
    """Return an engine for `url`; every transaction it begins may write."""
    if not url.startswith("sqlite"):
        return create_engine(url, hide_parameters=True, pool_pre_ping=True, pool_size=10)
    connect = {"timeout": 15, "check_same_thread": False}
    # Errors are logged, and whose account or session a statement was about is not for the log.
    engine = create_engine(url, hide_parameters=True, connect_args=connect)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _prepare_sqlite(connection: Any, _entry: ConnectionPoolEntry) -> None:  # noqa: ANN401 - DBAPI
    connection.isolation_level = None  # BEGIN is ours, see below
    for pragma in ("journal_mode=TRUNCATE", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Connection) -> None:
    # A deferred BEGIN that later writes can fail with SQLITE_BUSY at once, timeout or not.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
