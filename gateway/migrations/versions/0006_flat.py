"""Reading stays as cheap as it was: indexes of the lists, and what the money's state is in columns.

A payout's state, amount and time stand beside the answer that they were in, so that a day's numbers
are one query; tickets that were answered before get theirs here.
"""

import json
from datetime import datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy import column, table

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_AT_ONCE = 500
_IS_OPEN = sa.text("status = 'open'")

_TICKETS = table(
    "tickets",
    column("id"),
    column("settlement"),
    column("payout_state"),
    column("payout_minor"),
    column("paid_ms"),
)
_NEXT = (
    sa.select(_TICKETS.c.id, _TICKETS.c.settlement)
    .where(_TICKETS.c.id > sa.bindparam("after"), _TICKETS.c.settlement.is_not(None))
    .order_by(_TICKETS.c.id)
    .limit(_AT_ONCE)
)
_FILL = (
    sa.update(_TICKETS)
    .where(_TICKETS.c.id == sa.bindparam("of_ticket"))
    .values(
        payout_state=sa.bindparam("state"),
        payout_minor=sa.bindparam("minor"),
        paid_ms=sa.bindparam("paid"),
    )
)


def upgrade() -> None:
    op.add_column("tickets", sa.Column("payout_state", sa.String(length=16), nullable=True))
    op.add_column("tickets", sa.Column("payout_minor", sa.BigInteger(), nullable=True))
    op.add_column("tickets", sa.Column("paid_ms", sa.BigInteger(), nullable=True))
    _fill(op.get_bind())
    for name, of, columns in (
        ("ix_stops_plate_arrived_ms_stop_id", "stops", ["plate", "arrived_ms", "stop_id"]),
        ("ix_stops_state_arrived_ms_stop_id", "stops", ["state", "arrived_ms", "stop_id"]),
        ("ix_orders_created_ms_id", "orders", ["created_ms", "id"]),
        ("ix_orders_status_created_ms_id", "orders", ["status", "created_ms", "id"]),
        ("ix_alarms_resolved_ms_last_ms", "alarms", ["resolved_ms", "last_ms"]),
        ("ix_tickets_closed_ms", "tickets", ["closed_ms"]),
        ("ix_outbox_done_ms", "outbox", ["done_ms"]),
    ):
        op.create_index(name, of, columns)
    op.create_index(
        "ix_tickets_open",
        "tickets",
        ["created_ms", "id"],
        sqlite_where=_IS_OPEN,
        postgresql_where=_IS_OPEN,
    )
    if op.get_bind().dialect.name == "sqlite":
        _renew_partial_indexes()


def _renew_partial_indexes() -> None:
    """Make them the newest: of two indexes on a column that look alike, SQLite takes that one.

    It keeps no statistics of its own accord, and would go through a truck's whole history although
    an index of what is under way serves the same query.
    """
    asked = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'"
    for name, sql in op.get_bind().exec_driver_sql(asked).all():
        op.execute(f"DROP INDEX {name}")
        op.execute(sql)


def _fill(connection: sa.Connection) -> None:
    after = ""
    while rows := connection.execute(_NEXT, {"after": after}).all():
        connection.execute(_FILL, [_columns(row.id, row.settlement) for row in rows])
        after = rows[-1].id


def _columns(ticket_id: str, settlement: str) -> dict[str, object]:
    payout = json.loads(settlement)["payout"]
    paid_at = payout["paid_at"]
    return {
        "of_ticket": ticket_id,
        "state": payout["state"],
        "minor": payout["amount_minor"],
        "paid": paid_at and round(datetime.fromisoformat(paid_at).timestamp() * 1000),
    }
