"""Raw SQL that somebody with a prompt would try: every column of a row, and the row itself."""

# ruff: noqa: S608 - the attacks are raw SQL on purpose

from collections.abc import Iterator
from contextlib import suppress

from sqlalchemy import Boolean, Column, Connection, Engine, Integer, Table, Uuid, text
from sqlalchemy.exc import DBAPIError


def other_values(column: Column[object], *, is_sqlite: bool) -> list[str]:
    """Return SQL for values that a column does not have."""
    name = column.name
    if isinstance(column.type, Boolean):
        return [f"NOT {name}"]
    if isinstance(column.type, Integer):
        return [f"COALESCE({name}, 0) + 1", f"COALESCE({name}, 0) - 1"]
    if isinstance(column.type, Uuid):
        return [f"'{'0' * 31}9'" if is_sqlite else f"'{'0' * 31}9'::uuid"]
    return [f"substr('x' || COALESCE({name}, ''), 1, 8)"]


def updates(table: Table, *, is_sqlite: bool, where: str) -> Iterator[tuple[str, str]]:
    """Yield (column, statement) for every column and every way to change it."""
    for column in table.columns:
        for value in other_values(column, is_sqlite=is_sqlite):
            yield column.name, f"UPDATE {table.name} SET {column.name} = {value} WHERE {where}"


def deletions(table: Table, *, is_sqlite: bool) -> list[str]:
    """Return the ways to get rid of rows; the last of SQLite deletes in passing."""
    name = table.name
    if not is_sqlite:
        return [f"DELETE FROM {name}", f"TRUNCATE {name} CASCADE"]
    return [f"DELETE FROM {name}"]


def said_to(engine: Engine, statement: str) -> str | None:
    """Return why the database refuses a statement, None if it does it; nothing stays done."""
    with suppress(_Undone), engine.begin() as connection:
        try:
            done = connection.execute(text(statement)).rowcount
        except DBAPIError as error:
            return str(error.orig)
        assert done != 0, f"met no row: {statement}"
        raise _Undone
    return None


class _Undone(Exception):
    """Rolls back what was accepted."""


def replaced(connection: Connection, table: Table) -> bool:
    """Return whether INSERT OR REPLACE changes the rows of a table on SQLite."""
    before = connection.execute(table.select()).all()
    assert before, table.name
    key = {column.name for column in table.primary_key}
    plain = [c for c in table.columns if c.name not in key and not c.foreign_keys]
    changed = {c.name: other_values(c, is_sqlite=True)[0] for c in plain[-1:]}
    values = ", ".join(changed.get(column.name, column.name) for column in table.columns)
    names = ", ".join(column.name for column in table.columns)
    statement = f"INSERT OR REPLACE INTO {table.name} ({names}) SELECT {values} FROM {table.name}"
    with suppress(DBAPIError), connection.begin_nested():
        connection.execute(text(statement))
    return connection.execute(table.select()).all() != before
