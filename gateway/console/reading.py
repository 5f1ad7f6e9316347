"""A connection that cannot write: opening a page changes nothing, whatever its values do."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from taigan.engine import READING


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Yield a connection on which the database refuses every change."""
    with engine.connect() as connection:
        if engine.dialect.name != "sqlite":
            yield connection.execution_options(postgresql_readonly=True)
            return  # leaving the block rolls back
        connection.execution_options(**{READING: True})
        connection.exec_driver_sql("PRAGMA query_only=ON")
        try:
            yield connection
        finally:
            # The pool must never hand out a connection that is still set so: it is thrown away.
            connection.invalidate()
