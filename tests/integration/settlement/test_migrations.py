"""The migrations build what the code believes in, on both engines, and may be repeated."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from settlement.migrations import upgrade
from settlement.tables import metadata
from tests.integration.settlement.conftest import Desk


def test_migrated_tables_are_the_tables_of_the_code(desk: Desk) -> None:
    with desk.database.engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), metadata)
    assert found == []


def test_a_repeated_upgrade_changes_nothing(desk: Desk) -> None:
    desk.deposit(500)
    upgrade(desk.database)
    assert desk.deposit(500).repeated


def test_the_database_is_set_to_lose_nothing_it_acknowledged(desk: Desk) -> None:
    asked = {"PRAGMA synchronous": "2", "PRAGMA journal_mode": "truncate"}
    if not desk.database.is_sqlite:
        asked = {"SHOW synchronous_commit": "on"}
    with desk.database.write() as connection:
        for statement, expected in asked.items():
            assert str(connection.execute(text(statement)).scalar()) == expected


def test_the_databases_clock_counts_milliseconds(desk: Desk) -> None:
    with desk.database.snapshot() as connection:
        first = desk.database.now_ms(connection)
    with desk.database.snapshot() as connection:
        second = desk.database.now_ms(connection)
    assert 1_700_000_000_000 < first <= second < first + 60_000
