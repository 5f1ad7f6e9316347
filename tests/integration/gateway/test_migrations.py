"""The migrated database is the one that the code speaks of, on both engines."""

from importlib.resources import as_file, files

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Engine, Table, inspect, select, text, update

from gateway import migrations
from gateway.migrations import metadata, upgrade
from gateway.registry.tables import orders
from gateway.tickets.tables import stops, tickets
from taigan.engine import open_engine
from tests.integration.gateway.radio import settled
from tests.integration.gateway.yard import TAG, add_order, build_world


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


def test_tickets_that_were_answered_before_get_their_payouts_state(empty_url: str) -> None:
    engine = open_engine(empty_url)
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


HELD = (
    "INSERT INTO stops (stop_id, yard_id, lane_id, tag, order_id, state, arrival_event_id,"
    " arrived_ms, arrival_action, weighing_event_id, weight_kg, weighed_ms, reason, released_ms)"
    " VALUES (:id, 'mine', 'mine-in', :tag, :order_id, :state, :id, :ms, 'admit', :id, 16000, :ms,"
    " 'no_order', :ms)"
)
"""Of the time before trips were folded."""


def test_what_was_held_is_over_with_its_order_and_with_the_next_that_was_delivered(
    empty_url: str,
) -> None:
    engine = open_engine(empty_url)
    upgrade_to_before(engine, "0005")
    old = [
        ("before", None, "held", 1),
        ("delivered", "order-2", "left", 2),
        ("after", None, "held", 3),
        ("cancelled", "order-3", "held", 4),
        ("under way", "order-1", "left", 5),
    ]
    with engine.begin() as connection:
        build_world(connection)
        for name, status in (("2", "delivered"), ("3", "cancelled")):
            add_order(connection, name, "1")
            connection.execute(update(orders).filter_by(id=f"order-{name}").values(status=status))
        for stop_id, order_id, state, ms in old:
            values = {"id": stop_id, "order_id": order_id, "state": state, "ms": ms, "tag": TAG}
            connection.execute(text(HELD), values)
    upgrade(engine)
    with engine.begin() as connection:
        kept = connection.execute(select(stops.c.stop_id).where(stops.c.sealed_ms.is_(None)))
        found = set(kept.scalars())
    engine.dispose()
    assert found == {"after", "under way"}


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
