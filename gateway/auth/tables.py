"""Users, their sessions, and links to set a password."""

from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Integer, String, Table

from gateway.db import metadata

users: Final = Table(
    "users",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("username", String(32), nullable=False, unique=True),
    Column("password_hash", String(200), nullable=False),
    Column("role", String(16), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("totp_secret", String(64)),  # of the authenticator app, if there is one
    Column("totp_step", BigInteger),  # of the last code that was used
    CheckConstraint("role IN ('viewer', 'dispatcher', 'finance', 'admin')", name="role"),
)

sessions: Final = Table(
    "sessions",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("used_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Column("came_from", String(200), nullable=False, server_default=""),
    Column("factors", Integer, nullable=False, server_default="1"),
)

recovery_codes: Final = Table(
    "recovery_codes",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("code_sha256", String(64), primary_key=True),
)
"""Instead of the app; one that was used is not here any more."""

password_resets: Final = Table(
    "password_resets",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
)
"""Links that set a password; one that was used is not here any more."""
