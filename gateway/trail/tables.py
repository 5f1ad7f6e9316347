"""One row for each thing that somebody did, or tried."""

from typing import Final

from sqlalchemy import BigInteger, Column, String, Table, Text

from gateway.db import metadata

trail: Final = Table(
    "trail",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("who", String(80), nullable=False),  # a username, or login@machine of a command
    Column("action", String(48), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("before", Text),  # JSON of what differs
    Column("after", Text),
    Column("reason", String(400)),
    Column("previous_sha256", String(64), nullable=False),
    Column("sha256", String(64), nullable=False),
)
"""Numbered without gaps; each row names the hash of the one before it."""
