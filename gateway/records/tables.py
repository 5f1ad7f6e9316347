"""What lanes sent: signed records, where each lane's chain stands, and alarms."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from gateway.db import metadata

records: Final = Table(
    "records",
    metadata,
    Column("yard_id", String(32), primary_key=True),
    Column("lane_id", String(32), primary_key=True),
    Column("epoch", String(16), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("event_id", String(36), nullable=False, unique=True),
    Column("kind", String(32), nullable=False),
    Column("body", Text, nullable=False),
    Column("body_sha256", String(64), nullable=False),
    Column("key_id", String(16), nullable=False),
    Column("signature", String(100), nullable=False),
    Column("curve", Text),
    Column("received_ms", BigInteger, nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("reason", String(48)),
    ForeignKeyConstraint(["lane_id", "yard_id"], ["lanes.id", "lanes.yard_id"]),
    CheckConstraint("verdict IN ('accepted', 'parked', 'refused')", name="verdict"),
    CheckConstraint("seq > 0", name="seq"),
)
"""Inserted once, by trigger: only `verdict` and `reason` move, from parked to their final value."""

chains: Final = Table(
    "chains",
    metadata,
    Column("yard_id", String(32), primary_key=True),
    Column("lane_id", String(32), primary_key=True),
    Column("epoch", String(16), primary_key=True),
    Column("last_seq", BigInteger, nullable=False),
    Column("last_sha256", String(64), nullable=False),
    Column("first_received_ms", BigInteger, nullable=False),
    ForeignKeyConstraint(["lane_id", "yard_id"], ["lanes.id", "lanes.yard_id"]),
)
"""Up to where a lane's journal was applied without a gap. Locked while a record is applied."""

_UNTOLD: Final = text("told_ms IS NOT NULL AND told_end_ms IS NULL")

alarms: Final = Table(
    "alarms",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("kind", String(48), nullable=False),
    Column("yard_id", String(32)),
    Column("lane_id", String(32)),
    Column("subject", String(80), nullable=False, server_default=""),
    Column("detail", String(400), nullable=False),
    Column("count", Integer, nullable=False),
    Column("first_ms", BigInteger, nullable=False),
    Column("last_ms", BigInteger, nullable=False),
    Column("resolved_ms", BigInteger),
    Column("resolved_by", String(32)),  # username of who closed it; NULL if it closed by itself
    Column("resolved_reason", String(400)),
    Column("open_key", String(200), unique=True),  # records.alarms.Alarm.open_key; NULL once closed
    Column("told_ms", BigInteger),  # when staff were last told that it is open
    Column("told_end_ms", BigInteger),  # when they were told that it is over
    Index("ix_alarms_last_ms", "last_ms"),
    Index("ix_alarms_kind_resolved_ms", "kind", "resolved_ms"),
    Index("ix_alarms_end_untold", "resolved_ms", sqlite_where=_UNTOLD, postgresql_where=_UNTOLD),
    Index(None, "resolved_ms", "last_ms"),
)
"""One row per happening: a repeat before it is resolved raises `count`."""

lanes_heard: Final = Table(
    "lanes_heard",
    metadata,
    Column("yard_id", String(32), primary_key=True),
    Column("lane_id", String(32), primary_key=True),
    Column("heard_ms", BigInteger),  # NULL: never
    Column("called_ms", BigInteger),  # when people were called for its silence; NULL once heard
    ForeignKeyConstraint(["lane_id", "yard_id"], ["lanes.id", "lanes.yard_id"]),
)
"""When any gateway last heard a lane, to some seconds. A lane without a row was never heard."""
