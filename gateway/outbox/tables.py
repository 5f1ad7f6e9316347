"""Tickets on their way to settlement: a row written in the commit that closes the ticket."""

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text, text

from gateway.db import metadata

_WAITING: Final = text("done_ms IS NULL")

outbox: Final = Table(
    "outbox",
    metadata,
    Column("ticket_id", ForeignKey("tickets.id"), primary_key=True),
    Column("body", Text, nullable=False),  # settlement.messages.TicketToSettle, sent byte for byte
    Column("created_ms", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("due_ms", BigInteger, nullable=False),
    Column("done_ms", BigInteger),
    Column("last_error", String(400)),
    Index("ix_outbox_done_ms", "done_ms"),
    Index("ix_outbox_due_ms", "due_ms", sqlite_where=_WAITING, postgresql_where=_WAITING),
)
"""The index by time due holds only what waits: looking must not grow slower with every ticket."""
