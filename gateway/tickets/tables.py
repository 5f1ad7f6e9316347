"""Stops at a lane and the two-pass tickets that they make."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
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
    false,
    text,
)

from gateway.db import metadata

_UNDER_WAY: Final = (
    "state IN ('arrived', 'weighed', 'held') AND released_ms IS NULL AND left_ms IS NULL"
)
"""As in `stops.stops`, whose queries must say it in these words to get these indexes."""
_HELD: Final = text("state = 'held'")


def _partial(name: str, column: str, where: str) -> Index:
    """Return an index of the few rows that are not over: it stays small for years."""
    return Index(name, column, sqlite_where=text(where), postgresql_where=text(where))


stops: Final = Table(
    "stops",
    metadata,
    Column("stop_id", String(36), primary_key=True),
    Column("yard_id", String(32), nullable=False),
    Column("lane_id", String(32), nullable=False),
    Column("tag", String(64), nullable=False),
    Column("plate", String(16)),
    Column("vehicle_id", String(36)),  # of the card, when it was shown
    Column("plate_read", String(16)),  # by a camera; empty if it could not, NULL if none saw it
    Column("order_id", ForeignKey("orders.id")),
    Column("state", String(16), nullable=False),
    Column("arrival_event_id", String(36), nullable=False),
    Column("arrived_ms", BigInteger, nullable=False),
    Column("arrival_action", String(16), nullable=False),  # edge.messages.Action
    Column("weighing_event_id", String(36)),
    Column("weight_kg", Integer),
    Column("weighed_ms", BigInteger),
    Column("weighing_seq", BigInteger),
    Column("is_synced", Boolean, nullable=False, server_default=false()),  # the lane's clock
    Column("weighing_action", String(16)),
    Column("reason", String(48)),  # why it was refused, held or voided
    Column("dispatcher", String(32)),  # username of who decided instead of the rules
    Column("dispatcher_action", String(16)),
    Column("dispatcher_reason", String(48)),
    Column("dispatcher_ms", BigInteger),
    Column("objection", String(48)),  # what is wrong with it, whatever else becomes known
    Column("is_accepted", Boolean, nullable=False, server_default=false()),  # by a person
    Column("pinned_order_id", String(36)),  # the order that a person assigned it to
    Column("is_set_aside", Boolean, nullable=False, server_default=false()),  # by a person
    Column("ticket_id", String(36)),
    Column("sealed_ms", BigInteger),  # its trip was given to settlement
    Column("released_ms", BigInteger),
    Column("released_by", String(16)),
    Column("heard_ms", BigInteger),  # when the gateway learned of the release
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
    Index("ix_stops_held", "yard_id", "lane_id", sqlite_where=_HELD, postgresql_where=_HELD),
    Index("ix_stops_vehicle_id_weighed_ms", "vehicle_id", "weighed_ms"),
    _partial("ix_stops_crossing", "vehicle_id", "released_ms IS NOT NULL AND sealed_ms IS NULL"),
    _partial("ix_stops_under_way_tag", "tag", _UNDER_WAY),
    _partial("ix_stops_under_way_plate", "plate", _UNDER_WAY),
    Index(None, "plate", "arrived_ms", "stop_id"),
    Index(None, "state", "arrived_ms", "stop_id"),
)

_IS_OPEN: Final = text("status = 'open'")
"""Not all by their status: SQLite would go to a truck's closed tickets along everybody's."""
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
    Column("sealed_ms", BigInteger),  # given to settlement: from then on it stands
    Column("settlement", Text),  # JSON of settlement.messages.SettlementState, the newest revision
    Column("settlement_revision", Integer, nullable=False, server_default=text("0")),
    Column("settlement_error", String(400)),  # why settlement refused it, if it did
    Column("payout_state", String(16)),  # of `settlement`, for those who only count
    Column("payout_minor", BigInteger),
    Column("paid_ms", BigInteger),
    Column("receipt_revoked_ms", BigInteger),  # the driver's link opens nothing since then
    Column("created_ms", BigInteger, nullable=False),
    UniqueConstraint("order_id", "purpose"),
    CheckConstraint("purpose IN ('loading', 'unloading')", name="purpose"),
    CheckConstraint("status IN ('open', 'closed')", name="status"),
    CheckConstraint(
        "status = 'open' OR (gross_kg > tare_kg AND net_kg = gross_kg - tare_kg)", name="net"
    ),
    Index("ix_tickets_created_ms", "created_ms"),
    Index("ix_tickets_open", "created_ms", "id", sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN),
    _partial("ix_tickets_unsealed", "order_id", "sealed_ms IS NULL"),
    Index("ix_tickets_closed_ms", "closed_ms"),
    Index(
        "ix_tickets_settlement_revision",
        "settlement_revision",
        sqlite_where=_FORGOTTEN,
        postgresql_where=_FORGOTTEN,
    ),
)
"""Two weighings of one truck at one yard. A record that comes late may still move it until its trip
is given to settlement; then, by trigger, only what settlement answered (`settlement…`, `payout…`,
`paid_ms`) and the receipt's link change, with its revision."""

decisions: Final = Table(
    "decisions",
    metadata,
    Column("id", String(36), primary_key=True),  # of the command, if one was sent
    Column("stop_id", ForeignKey("stops.stop_id"), nullable=False),
    Column("action", String(16), nullable=False),  # edge.messages.Action, or of no lane
    Column("reason", String(48)),
    Column("username", String(32), nullable=False),
    Column("decided_ms", BigInteger, nullable=False),
    Column("order_id", String(36)),  # that a weight was assigned to; NULL if it was set aside
    Index("ix_decisions_decided_ms", "decided_ms"),
)
"""What people decided about stops, in the transaction of its effect; by trigger never edited. A
stop itself names only the last."""

unpaid: Final = Table(
    "unpaid",
    metadata,
    Column("ticket_id", ForeignKey("tickets.id"), primary_key=True),
    Column("since_ms", BigInteger, nullable=False),
    Column("alarmed_ms", BigInteger),  # when people were called for it
    Index("ix_unpaid_since_ms", "since_ms"),
)
"""Settled tickets whose payout has not arrived; `settlement` of the ticket says where it is."""
