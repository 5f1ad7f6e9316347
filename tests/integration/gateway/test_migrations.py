"""The migrated database is the one that the code speaks of, on both engines."""

from importlib.resources import as_file, files

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Engine, Table, inspect, text

from gateway import migrations
from gateway.migrations import metadata, upgrade
from gateway.tickets.tables import tickets
from taigan.engine import open_engine
from tests.integration.gateway.radio import settled
from tests.integration.gateway.yard import build_world


def checks_of(table: Table) -> set[str]:
    return {
        str(constraint.name)
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }


def test_migrations_build_exactly_the_tables_of_the_code(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_every_check_of_the_code_is_in_the_database(engine: Engine) -> None:
    inspector = inspect(engine)
    for table in metadata.sorted_tables:
        found = {check["name"] for check in inspector.get_check_constraints(table.name)}
        assert found == checks_of(table), table.name


def test_migrating_again_changes_nothing(engine: Engine) -> None:
    before = inspect(engine).get_table_names()
    upgrade(engine)
    assert inspect(engine).get_table_names() == before


PAID_AT = ('"state": "paid"', '"state": "paid", "paid_at": "2025-10-09T08:53:21.500Z"')


def upgrade_to_before(engine: Engine, revision: str) -> None:
    with as_file(files(migrations)) as folder, engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(folder))
        config.attributes["connection"] = connection
        before = ScriptDirectory.from_config(config).get_revision(revision).down_revision
        command.upgrade(config, str(before))


def test_tickets_that_were_answered_before_get_their_payouts_state(url: str) -> None:
    engine = open_engine(url)
    upgrade_to_before(engine, "0006")
    add = text(
        "INSERT INTO tickets (id, order_id, yard_id, purpose, status, first_event_id, first_kg,"
        " first_ms, gross_kg, tare_kg, net_kg, closed_ms, created_ms, settlement)"
        " VALUES (:id, 'order-1', 'mine', :purpose, 'closed', :id, 1, 1, 3, 1, 2, 1, 1, :said)"
    )
    ids = ["6f1b0b6e-0000-4000-8000-000000000001", "6f1b0b6e-0000-4000-8000-000000000002"]
    with engine.begin() as connection:
        build_world(connection)
        for ticket_id, purpose, state in ((ids[0], "loading", "paid"), (ids[1], "unloading", None)):
            said = state and settled(ticket_id, 2, state)[1].replace(*PAID_AT)
            connection.execute(add, {"id": ticket_id, "purpose": purpose, "said": said})
    upgrade(engine)
    with engine.begin() as connection:
        found = connection.execute(tickets.select().order_by(tickets.c.id)).all()
    engine.dispose()
    assert (found[0].payout_state, found[0].payout_minor) == ("paid", 148_410)
    assert found[0].paid_ms == 1_760_000_001_500
    assert (found[1].payout_state, found[1].payout_minor, found[1].paid_ms) == (None, None, None)


def test_of_the_indexes_of_a_table_sqlite_gets_the_partial_ones_last(sqlite_engine: Engine) -> None:
    """Without statistics it takes the newest of those that look alike: see revision 0006."""
    asked = text(
        "SELECT sql LIKE '% WHERE %' FROM sqlite_master"
        " WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = :table ORDER BY rowid"
    )
    with sqlite_engine.begin() as connection:
        for table in ("stops", "tickets", "outbox"):
            partial = connection.execute(asked, {"table": table}).scalars().all()
            assert partial == sorted(partial), table
