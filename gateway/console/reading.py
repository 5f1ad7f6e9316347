"""A connection that cannot write: opening a page changes nothing, whatever its values do."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from taigan.engine import READING


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Yield a connection on which the database refuses every change."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.execution_options(**{READING: True})
            connection.exec_driver_sql("PRAGMA query_only=ON")
        else:
            connection.execution_options(postgresql_readonly=True)
        try:
            yield connection
        finally:
            connection.rollback()
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA query_only=OFF")
