"""Stops at a lane and the two-pass tickets that they make."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from gateway.db import metadata

stops: Final = Table(
    "stops",
    metadata,
    Column("stop_id", String(36), primary_key=True),
    Column("yard_id", String(32), nullable=False),
    Column("lane_id", String(32), nullable=False),
    Column("tag", String(64), nullable=False),
    Column("plate", String(16)),
    Column("plate_read", String(16)),  # by a camera; empty if it could not, NULL if none saw it
    Column("order_id", ForeignKey("orders.id")),
    Column("state", String(16), nullable=False),
    Column("arrival_event_id", String(36), nullable=False),
    Column("arrived_ms", BigInteger, nullable=False),
    Column("arrival_action", String(16), nullable=False),  # edge.messages.Action
    Column("weighing_event_id", String(36)),
    Column("weight_kg", Integer),
    Column("weighed_ms", BigInteger),
    Column("weighing_action", String(16)),
    Column("reason", String(48)),  # why it was refused, held or voided
    Column("dispatcher", String(32)),  # username of who decided instead of the rules
    Column("dispatcher_action", String(16)),
    Column("dispatcher_reason", String(48)),
    Column("dispatcher_ms", BigInteger),
    Column("ticket_id", String(36)),
    Column("released_ms", BigInteger),
    Column("released_by", String(16)),
    Column("left_ms", BigInteger),
    Column("zero_after_kg", Integer),
    Column("cycle_ms", Integer),
    Column("admit_ms", Integer),
    Column("release_ms", Integer),
    ForeignKeyConstraint(["lane_id", "yard_id"], ["lanes.id", "lanes.yard_id"]),
    CheckConstraint(
        "state IN ('arrived', 'weighed', 'released', 'left', 'refused', 'held', 'voided')",
        name="state",
    ),
    Index("ix_stops_arrived_ms", "arrived_ms"),
    Index("ix_stops_order_id", "order_id"),
    Index("ix_stops_tag_arrived_ms", "tag", "arrived_ms"),
    Index("ix_stops_yard_id_lane_id_state", "yard_id", "lane_id", "state"),
)

_FORGOTTEN: Final = text("settlement IS NOT NULL AND settlement_revision = 0")

tickets: Final = Table(
    "tickets",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("order_id", ForeignKey("orders.id"), nullable=False),
    Column("yard_id", ForeignKey("yards.id"), nullable=False),
    Column("purpose", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("first_event_id", String(36), nullable=False, unique=True),
    Column("first_kg", Integer, nullable=False),
    Column("first_ms", BigInteger, nullable=False),
    Column("second_event_id", String(36), unique=True),
    Column("second_kg", Integer),
    Column("second_ms", BigInteger),
    Column("gross_kg", Integer),
    Column("tare_kg", Integer),
    Column("net_kg", Integer),
    Column("closed_ms", BigInteger),
    Column("settlement", Text),  # JSON of settlement.messages.SettlementState, the newest revision
    Column("settlement_revision", Integer, nullable=False, server_default=text("0")),
    Column("settlement_error", String(400)),  # why settlement refused it, if it did
    Column("created_ms", BigInteger, nullable=False),
    UniqueConstraint("order_id", "purpose"),
    CheckConstraint("purpose IN ('loading', 'unloading')", name="purpose"),
    CheckConstraint("status IN ('open', 'closed')", name="status"),
    CheckConstraint(
        "status = 'open' OR (gross_kg > tare_kg AND net_kg = gross_kg - tare_kg)", name="net"
    ),
    Index("ix_tickets_created_ms", "created_ms"),
    Index(
        "ix_tickets_settlement_revision",
        "settlement_revision",
        sqlite_where=_FORGOTTEN,
        postgresql_where=_FORGOTTEN,
    ),
)
"""Two weighings of one truck at one yard. Closed by the second and by trigger never edited
afterwards: only what settlement answered (`settlement…`) is still written then."""
