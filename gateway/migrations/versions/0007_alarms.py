"""Alarms that close by hand and are told of, lanes that are heard, drivers who are not paid.

Of alarms that two gateways opened for one happening, only the older one stays open.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

CLOSE_TWINS = (
    "UPDATE alarms SET resolved_ms = last_ms WHERE resolved_ms IS NULL AND EXISTS ("
    " SELECT 1 FROM alarms AS older WHERE older.kind = alarms.kind"
    " AND older.subject = alarms.subject AND older.resolved_ms IS NULL"
    " AND coalesce(older.yard_id, '') = coalesce(alarms.yard_id, '')"
    " AND coalesce(older.lane_id, '') = coalesce(alarms.lane_id, '')"
    " AND (older.first_ms, older.id) < (alarms.first_ms, alarms.id))"
)
KEY_OPEN_ONES = (
    "UPDATE alarms SET open_key = kind || '|' || coalesce(yard_id, '') || '|'"
    " || coalesce(lane_id, '') || '|' || subject WHERE resolved_ms IS NULL"
)
FIND_UNPAID = (
    "INSERT INTO unpaid (ticket_id, since_ms) SELECT id, closed_ms FROM tickets"
    """ WHERE settlement IS NOT NULL AND settlement NOT LIKE '%"state":"paid"%'"""
)


def upgrade() -> None:
    _alarms()
    _lanes_heard()
    _unpaid()
    _staff_notices()
    held = sa.text("state = 'held'")
    op.create_index(
        "ix_stops_held", "stops", ["yard_id", "lane_id"], sqlite_where=held, postgresql_where=held
    )


def _alarms() -> None:
    with op.batch_alter_table("alarms") as alarms:
        alarms.add_column(sa.Column("resolved_by", sa.String(length=32), nullable=True))
        alarms.add_column(sa.Column("resolved_reason", sa.String(length=400), nullable=True))
        alarms.add_column(sa.Column("open_key", sa.String(length=200), nullable=True))
        alarms.add_column(sa.Column("told_ms", sa.BigInteger(), nullable=True))
        alarms.add_column(sa.Column("told_end_ms", sa.BigInteger(), nullable=True))
        alarms.create_unique_constraint(op.f("uq_alarms_open_key"), ["open_key"])
    untold = sa.text("told_ms IS NOT NULL AND told_end_ms IS NULL")
    op.create_index(
        "ix_alarms_end_untold",
        "alarms",
        ["resolved_ms"],
        sqlite_where=untold,
        postgresql_where=untold,
    )
    op.execute(CLOSE_TWINS)
    op.execute(KEY_OPEN_ONES)


def _lanes_heard() -> None:
    op.create_table(
        "lanes_heard",
        sa.Column("yard_id", sa.String(length=32), nullable=False),
        sa.Column("lane_id", sa.String(length=32), nullable=False),
        sa.Column("heard_ms", sa.BigInteger(), nullable=True),
        sa.Column("called_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["lane_id", "yard_id"],
            ["lanes.id", "lanes.yard_id"],
            name=op.f("fk_lanes_heard_lane_id_lanes"),
        ),
        sa.PrimaryKeyConstraint("yard_id", "lane_id", name=op.f("pk_lanes_heard")),
    )


def _unpaid() -> None:
    op.create_table(
        "unpaid",
        sa.Column("ticket_id", sa.String(length=36), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.Column("alarmed_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_unpaid_ticket_id_tickets")
        ),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_unpaid")),
    )
    op.create_index("ix_unpaid_since_ms", "unpaid", ["since_ms"])
    op.execute(FIND_UNPAID)


def _staff_notices() -> None:
    op.create_table(
        "staff_notices",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("done_ms", sa.BigInteger(), nullable=True),
        sa.Column("last_error", sa.String(length=400), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_notices")),
    )
    waiting = sa.text("done_ms IS NULL")
    op.create_index(
        "ix_staff_notices_due_ms",
        "staff_notices",
        ["due_ms"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
