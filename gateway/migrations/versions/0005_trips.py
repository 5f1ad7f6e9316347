"""Trips are folded from crossings: what stops need for it, and tickets that move until settled."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TICKET = (
    "id", "order_id", "yard_id", "purpose", "first_event_id", "first_kg", "first_ms", "created_ms",
    "status", "second_event_id", "second_kg", "second_ms", "gross_kg", "tare_kg", "net_kg",
    "closed_ms", "sealed_ms",
)  # fmt: skip
_BY_TRIPS = (
    "wrong_yard", "no_order", "order_complete", "order_ambiguous", "already_on_another_lane",
    "net_not_positive", "net_below_minimum", "tare_implausible",
)  # fmt: skip
"""Reasons that other weighings may lift; any other stays with the stop."""

stops = sa.table(
    "stops",
    *map(sa.column, (
        "tag", "vehicle_id", "order_id", "state", "reason", "objection", "released_ms", "sealed_ms",
        "weighing_event_id", "weighing_seq", "weighed_ms", "dispatcher_action", "heard_ms",
    )),
    sa.column("is_accepted", sa.Boolean()),
)  # fmt: skip
tickets = sa.table("tickets", *map(sa.column, ("order_id", "closed_ms", "sealed_ms")))
orders = sa.table("orders", *map(sa.column, ("id", "status")))
cards = sa.table("cards", *map(sa.column, ("tag", "vehicle_id")))
records = sa.table("records", *map(sa.column, ("event_id", "seq")))


def upgrade() -> None:
    _add_columns()
    _fill()
    _add_indexes()
    _move_the_triggers()


def _add_columns() -> None:
    for column in (
        sa.Column("vehicle_id", sa.String(length=36), nullable=True),
        sa.Column("weighing_seq", sa.BigInteger(), nullable=True),
        sa.Column("is_synced", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("objection", sa.String(length=48), nullable=True),
        sa.Column("is_accepted", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("pinned_order_id", sa.String(length=36), nullable=True),
        sa.Column("is_set_aside", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("sealed_ms", sa.BigInteger(), nullable=True),
        sa.Column("heard_ms", sa.BigInteger(), nullable=True),
    ):
        op.add_column("stops", column)
    op.add_column("tickets", sa.Column("sealed_ms", sa.BigInteger(), nullable=True))


def _fill() -> None:
    """Tell of stops and tickets that are here already what is known of them.

    What was held is over with its order, and with the next that its truck delivered: it must not
    begin one that is to come.
    """
    delivered = sa.select(orders.c.id).where(orders.c.status == "delivered")
    over = sa.select(orders.c.id).where(orders.c.status.in_(("delivered", "cancelled")))
    later = stops.alias("later")
    is_past = (
        sa.select(later.c.vehicle_id)
        .where(later.c.vehicle_id == stops.c.vehicle_id, later.c.order_id.in_(delivered))
        .where(later.c.weighed_ms >= stops.c.weighed_ms)
        .exists()
    )
    of_card = sa.select(cards.c.vehicle_id).where(cards.c.tag == stops.c.tag)
    seq = sa.select(records.c.seq).where(records.c.event_id == stops.c.weighing_event_id)
    is_gone = stops.c.released_ms.is_not(None)
    for step in (
        sa.update(stops).values(vehicle_id=of_card.scalar_subquery()),
        sa.update(stops)
        .where(is_gone, stops.c.order_id.in_(over))
        .values(sealed_ms=stops.c.released_ms),
        sa.update(stops)
        .where(is_gone, stops.c.sealed_ms.is_(None), stops.c.state == "held", is_past)
        .values(sealed_ms=stops.c.released_ms),
        sa.update(tickets)
        .where(tickets.c.order_id.in_(delivered))
        .values(sealed_ms=tickets.c.closed_ms),
        sa.update(stops)
        .where(is_gone, stops.c.sealed_ms.is_(None))
        .values(weighing_seq=seq.scalar_subquery(), heard_ms=stops.c.released_ms),
        sa.update(stops)
        .where(is_gone, stops.c.sealed_ms.is_(None), stops.c.state == "held")
        .where(stops.c.reason.not_in(_BY_TRIPS))
        .values(objection=stops.c.reason),
        sa.update(stops)
        .where(stops.c.dispatcher_action == "release")
        .values(is_accepted=sa.true()),
    ):
        op.execute(step)


def _add_indexes() -> None:
    crossing = sa.text("released_ms IS NOT NULL AND sealed_ms IS NULL")
    under_way = sa.text(
        "state IN ('arrived', 'weighed', 'held') AND released_ms IS NULL AND left_ms IS NULL"
    )
    waiting = sa.text("sealed_ms IS NULL")
    _index("ix_stops_crossing", "stops", ["vehicle_id"], crossing)
    _index("ix_stops_under_way_tag", "stops", ["tag"], under_way)
    _index("ix_stops_under_way_plate", "stops", ["plate"], under_way)
    _index("ix_stops_vehicle_id_weighed_ms", "stops", ["vehicle_id", "weighed_ms"], None)
    _index("ix_tickets_unsealed", "tickets", ["order_id"], waiting)


def _index(name: str, table: str, columns: list[str], where: sa.TextClause | None) -> None:
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def _move_the_triggers() -> None:
    """What was given to settlement cannot be changed; until then a record may move a ticket."""
    sealed = "OLD.sealed_ms IS NOT NULL"
    _refuse("UPDATE", f"{sealed} AND ({_changed(_TICKET)})")
    _refuse("DELETE", sealed)


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _changed(columns: tuple[str, ...]) -> str:
    differs = "IS NOT" if _is_sqlite() else "IS DISTINCT FROM"
    return " OR ".join(f"NEW.{name} {differs} OLD.{name}" for name in columns)


def _refuse(operation: str, condition: str) -> None:
    name = f"tickets_refuse_{operation.lower()}"
    if _is_sqlite():
        op.execute(f"DROP TRIGGER {name}")
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {operation} ON tickets WHEN {condition} "
            "BEGIN SELECT RAISE(ABORT, 'tickets are evidence and cannot be changed'); END"
        )
        return
    op.execute(f"DROP TRIGGER {name} ON tickets")
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {operation} ON tickets FOR EACH ROW "
        f"WHEN ({condition}) EXECUTE FUNCTION {name}()"
    )
