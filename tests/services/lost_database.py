"""A database that does not answer, on either engine: locked by another, or away."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine, create_engine, event


@contextmanager
def locked(engine: Engine, table: str) -> Iterator[None]:
    """Let another hold `table`, on SQLite all of the file; who waits for it gives up soon."""
    is_sqlite = engine.dialect.name == "sqlite"

    def hurry(connection: Any, _entry: object) -> None:
        connection.execute("PRAGMA busy_timeout=50" if is_sqlite else "SET lock_timeout=50")
        connection.commit()

    event.listen(engine, "connect", hurry, insert=True)
    engine.dispose()
    other = create_engine(engine.url)
    with other.connect() as holding:
        holding.exec_driver_sql("BEGIN EXCLUSIVE" if is_sqlite else f"LOCK TABLE {table}")
        yield
        holding.rollback()
    other.dispose()
    event.remove(engine, "connect", hurry)
    engine.dispose()


@contextmanager
def away(engine: Engine, _table: str = "") -> Iterator[None]:
    """Let no connection be opened; those that were are ended."""
    if engine.dialect.name == "sqlite":
        file = Path(str(engine.url.database))
        kept = file.rename(file.with_suffix(".kept"))
        file.write_bytes(b"this is no database" * 100)
        engine.dispose()
        yield
        kept.replace(file)
        engine.dispose()
        return
    name = engine.url.database
    url = engine.url.set(drivername="postgresql", database="postgres")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as admin:
        admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'.encode())
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        admin.execute(end, [name])
        yield
        admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'.encode())
