"""What somebody does who owns the database: takes the triggers off and writes what he likes."""

from sqlalchemy import Executable, text

from tests.integration.settlement.conftest import Desk

_TRIGGERS = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
_GUARDED = (
    "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1"
)


def without_triggers(desk: Desk) -> None:
    """Take every trigger off, as only the owner of the tables can."""
    with desk.database.write() as connection:
        if desk.database.is_sqlite:
            for trigger in connection.execute(text(_TRIGGERS)).scalars().all():
                connection.execute(text(f"DROP TRIGGER {trigger}"))
        else:
            for table in connection.execute(text(_GUARDED)).scalars().all():
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))


def write(desk: Desk, *statements: Executable) -> None:
    with desk.database.write() as connection:
        for statement in statements:
            connection.execute(statement)
