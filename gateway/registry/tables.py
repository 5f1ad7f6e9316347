"""Master data: yards, lanes, vehicles, drivers, cards, contracts, orders."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from gateway.db import metadata


def _row_columns() -> tuple[Column[int], Column[int]]:
    """Return what every master row has; `revision` is its ETag and grows with each change."""
    return (
        Column("created_ms", BigInteger, nullable=False),
        Column("revision", Integer, nullable=False, server_default=text("1")),
    )


yards: Final = Table(
    "yards",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(64), nullable=False),
    *_row_columns(),
)

lanes: Final = Table(
    "lanes",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("yard_id", ForeignKey("yards.id"), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("public_key", String(44), nullable=False),  # Ed25519, 32 raw bytes in base64
    Column("e_kg", Integer, nullable=False),
    Column("max_kg", Integer, nullable=False),
    Column("status", String(16), nullable=False, server_default="active"),
    *_row_columns(),
    CheckConstraint("status IN ('active', 'retired')", name="status"),
    CheckConstraint("e_kg > 0 AND max_kg > e_kg", name="range"),
)

vehicles: Final = Table(
    "vehicles",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("plate", String(16), nullable=False, unique=True),
    Column("axles", Integer, nullable=False),
    Column("gross_max_kg", Integer, nullable=False),
    Column("status", String(16), nullable=False, server_default="active"),
    *_row_columns(),
    CheckConstraint("status IN ('active', 'blocked')", name="status"),
    CheckConstraint("gross_max_kg > 0 AND axles BETWEEN 2 AND 12", name="range"),
)

drivers: Final = Table(
    "drivers",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("phone", String(16), nullable=False),
    Column("account_name", String(70), nullable=False),
    Column("account", String(34), nullable=False),
    Column("bank_code", String(14), nullable=False),
    Column("status", String(16), nullable=False, server_default="active"),
    *_row_columns(),
    CheckConstraint("status IN ('active', 'blocked')", name="status"),
)

cards: Final = Table(
    "cards",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("tag", String(64), nullable=False, unique=True),
    Column("vehicle_id", ForeignKey("vehicles.id"), nullable=False),
    Column("driver_id", ForeignKey("drivers.id"), nullable=False),
    Column("status", String(16), nullable=False, server_default="active"),
    *_row_columns(),
    CheckConstraint("status IN ('active', 'blocked')", name="status"),
)

contracts: Final = Table(
    "contracts",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("consignor", String(64), nullable=False),
    Column("cargo", String(64), nullable=False),
    Column("origin_yard_id", ForeignKey("yards.id"), nullable=False),
    Column("destination_yard_id", ForeignKey("yards.id"), nullable=False),
    Column("valid_from_ms", BigInteger, nullable=False),
    Column("valid_to_ms", BigInteger, nullable=False),  # exclusive
    Column("terms", Text, nullable=False),  # JSON of settlement.messages.ContractTerms
    Column("status", String(16), nullable=False, server_default="active"),
    *_row_columns(),
    CheckConstraint("status IN ('active', 'suspended')", name="status"),
    CheckConstraint("valid_from_ms < valid_to_ms", name="validity"),
    CheckConstraint("origin_yard_id <> destination_yard_id", name="yards"),
)

orders: Final = Table(
    "orders",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("order_no", String(32), nullable=False, unique=True),
    Column("contract_id", ForeignKey("contracts.id"), nullable=False),
    Column("contract_version", Integer, nullable=False),
    Column("terms", Text, nullable=False),  # fixed when ordered: a later price is for later orders
    Column("vehicle_id", ForeignKey("vehicles.id"), nullable=False),
    Column("driver_id", ForeignKey("drivers.id"), nullable=False),
    Column("status", String(16), nullable=False, server_default="open"),
    *_row_columns(),
    CheckConstraint(
        "status IN ('open', 'loading', 'loaded', 'unloading', 'delivered', 'cancelled')",
        name="status",
    ),
    Index("ix_orders_vehicle_id_status", "vehicle_id", "status"),
    Index(None, "created_ms", "id"),
    Index(None, "status", "created_ms", "id"),
)
