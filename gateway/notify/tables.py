"""Notices for staff: one message about some alarms, kept until it is delivered."""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text, text

from gateway.db import metadata

_WAITING: Final = text("done_ms IS NULL")

staff_notices: Final = Table(
    "staff_notices",
    metadata,
    Column("id", String(36), primary_key=True),  # the same on every try, so a receiver can dedupe
    Column("body", Text, nullable=False),  # notify.messages.AlarmNotice, sent byte for byte
    Column("created_ms", BigInteger, nullable=False),
    Column("due_ms", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    Column("done_ms", BigInteger),
    Column("last_error", String(400)),  # of a notice that is done: it was given up
    Index("ix_staff_notices_due_ms", "due_ms", sqlite_where=_WAITING, postgresql_where=_WAITING),
)
