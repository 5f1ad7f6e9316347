"""The migrations build what the code believes in, on both engines, and may be repeated."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import inspect, select, text

from settlement import migrations
from settlement.migrations import upgrade
from settlement.payouts.controls import add_rails
from settlement.payouts.rails import RAILS
from settlement.tables import metadata, spent
from settlement.witness import OF_MIGRATIONS, RULES
from taigan.transactions import Database
from taigan.witness import faults, hold
from tests.integration.settlement.conftest import Desk
from tests.services.postgres import fresh_database


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


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Yield a database without any table, once on each engine."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
        yield database
        database.close()
        return
    with fresh_database(request.getfixturevalue("postgres_address")) as url:
        database = Database(url)
        yield database
        database.close()


def upgrade_to(database: Database, revision: str) -> None:
    """Bring the tables of an earlier version, without what `upgrade` adds to them."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def test_an_installation_of_before_the_triggers_gets_them_and_keeps_its_days(
    empty: Database,
) -> None:
    upgrade_to(empty, "0004")
    with empty.write() as connection:
        add_rails(connection, RAILS)
        day = "INSERT INTO rail_days (rail, day, sent_minor) VALUES ('sandbox', '2026-11-30', 700)"
        connection.execute(text(day))
    upgrade(empty)
    with empty.write() as connection:
        assert connection.execute(select(spent)).all() == [("sandbox", "", "2026-11-30", 0, 700)]
        assert faults(connection, RULES, OF_MIGRATIONS) == []


def test_triggers_make_way_for_a_migration_and_come_back(empty: Database) -> None:
    """A later migration may copy a table, which SQLite refuses while triggers name it."""
    upgrade_to(empty, "0005")
    with empty.write() as connection:
        known = set(inspect(connection).get_table_names())
        assert hold(connection, [rule for rule in RULES if rule.table in known])
    upgrade(empty)
    with empty.write() as connection:
        assert faults(connection, RULES, OF_MIGRATIONS) == []
