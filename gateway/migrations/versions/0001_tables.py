"""All tables: master data, records, stops, tickets, outbox and users."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _alarms()
    _drivers()
    _users()
    _vehicles()
    _yards()
    _cards()
    _contracts()
    _idempotency_keys()
    _lanes()
    _sessions()
    _chains()
    _orders()
    _records()
    _stops()
    _tickets()
    _outbox()


def _alarms() -> None:
    op.create_table(
        "alarms",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=48), nullable=False),
        sa.Column("yard_id", sa.String(length=32), nullable=True),
        sa.Column("lane_id", sa.String(length=32), nullable=True),
        sa.Column("subject", sa.String(length=80), server_default="", nullable=False),
        sa.Column("detail", sa.String(length=400), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("first_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_ms", sa.BigInteger(), nullable=False),
        sa.Column("resolved_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarms")),
    )
    op.create_index("ix_alarms_kind_resolved_ms", "alarms", ["kind", "resolved_ms"])
    op.create_index("ix_alarms_last_ms", "alarms", ["last_ms"])


def _drivers() -> None:
    op.create_table(
        "drivers",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("phone", sa.String(length=16), nullable=False),
        sa.Column("account_name", sa.String(length=70), nullable=False),
        sa.Column("account", sa.String(length=34), nullable=False),
        sa.Column("bank_code", sa.String(length=14), nullable=False),
        sa.Column("status", sa.String(length=16), server_default="active", nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("status IN ('active', 'blocked')", name=op.f("ck_drivers_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drivers")),
    )


def _users() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("username", sa.String(length=32), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "role IN ('viewer', 'dispatcher', 'finance', 'admin')", name=op.f("ck_users_role")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("username", name=op.f("uq_users_username")),
    )


def _vehicles() -> None:
    op.create_table(
        "vehicles",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("plate", sa.String(length=16), nullable=False),
        sa.Column("axles", sa.Integer(), nullable=False),
        sa.Column("gross_max_kg", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), server_default="active", nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("status IN ('active', 'blocked')", name=op.f("ck_vehicles_status")),
        sa.CheckConstraint(
            "gross_max_kg > 0 AND axles BETWEEN 2 AND 12", name=op.f("ck_vehicles_range")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vehicles")),
        sa.UniqueConstraint("plate", name=op.f("uq_vehicles_plate")),
    )


def _yards() -> None:
    op.create_table(
        "yards",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_yards")),
    )


def _cards() -> None:
    op.create_table(
        "cards",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("tag", sa.String(length=64), nullable=False),
        sa.Column("vehicle_id", sa.String(length=36), nullable=False),
        sa.Column("driver_id", sa.String(length=36), nullable=False),
        sa.Column("status", sa.String(length=16), server_default="active", nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("status IN ('active', 'blocked')", name=op.f("ck_cards_status")),
        sa.ForeignKeyConstraint(["driver_id"], ["drivers.id"], name=op.f("fk_cards_driver_id")),
        sa.ForeignKeyConstraint(["vehicle_id"], ["vehicles.id"], name=op.f("fk_cards_vehicle_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cards")),
        sa.UniqueConstraint("tag", name=op.f("uq_cards_tag")),
    )


def _contracts() -> None:
    op.create_table(
        "contracts",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("consignor", sa.String(length=64), nullable=False),
        sa.Column("cargo", sa.String(length=64), nullable=False),
        sa.Column("origin_yard_id", sa.String(length=32), nullable=False),
        sa.Column("destination_yard_id", sa.String(length=32), nullable=False),
        sa.Column("valid_from_ms", sa.BigInteger(), nullable=False),
        sa.Column("valid_to_ms", sa.BigInteger(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=16), server_default="active", nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("status IN ('active', 'suspended')", name=op.f("ck_contracts_status")),
        sa.CheckConstraint(
            "origin_yard_id <> destination_yard_id", name=op.f("ck_contracts_yards")
        ),
        sa.CheckConstraint("valid_from_ms < valid_to_ms", name=op.f("ck_contracts_validity")),
        sa.ForeignKeyConstraint(
            ["destination_yard_id"], ["yards.id"], name=op.f("fk_contracts_destination_yard_id")
        ),
        sa.ForeignKeyConstraint(
            ["origin_yard_id"], ["yards.id"], name=op.f("fk_contracts_origin_yard_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contracts")),
    )


def _idempotency_keys() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("request_sha256", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_idempotency_keys_user_id")
        ),
        sa.PrimaryKeyConstraint("user_id", "key", name=op.f("pk_idempotency_keys")),
    )


def _lanes() -> None:
    op.create_table(
        "lanes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("yard_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("public_key", sa.String(length=44), nullable=False),
        sa.Column("e_kg", sa.Integer(), nullable=False),
        sa.Column("max_kg", sa.Integer(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("e_kg > 0 AND max_kg > e_kg", name=op.f("ck_lanes_range")),
        sa.ForeignKeyConstraint(["yard_id"], ["yards.id"], name=op.f("fk_lanes_yard_id")),
        sa.PrimaryKeyConstraint("id", "yard_id", name=op.f("pk_lanes")),
    )


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id")),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_sessions")),
    )


def _chains() -> None:
    op.create_table(
        "chains",
        sa.Column("yard_id", sa.String(length=32), nullable=False),
        sa.Column("lane_id", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.String(length=16), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_sha256", sa.String(length=64), nullable=False),
        sa.Column("first_received_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["lane_id", "yard_id"],
            ["lanes.id", "lanes.yard_id"],
            name=op.f("fk_chains_lane_id_yard_id"),
        ),
        sa.PrimaryKeyConstraint("yard_id", "lane_id", "epoch", name=op.f("pk_chains")),
    )


def _orders() -> None:
    op.create_table(
        "orders",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("order_no", sa.String(length=32), nullable=False),
        sa.Column("contract_id", sa.String(length=64), nullable=False),
        sa.Column("contract_version", sa.Integer(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("vehicle_id", sa.String(length=36), nullable=False),
        sa.Column("driver_id", sa.String(length=36), nullable=False),
        sa.Column("status", sa.String(length=16), server_default="open", nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "status IN ('open', 'loading', 'loaded', 'unloading', 'delivered', 'cancelled')",
            name=op.f("ck_orders_status"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.id"], name=op.f("fk_orders_contract_id")
        ),
        sa.ForeignKeyConstraint(["driver_id"], ["drivers.id"], name=op.f("fk_orders_driver_id")),
        sa.ForeignKeyConstraint(["vehicle_id"], ["vehicles.id"], name=op.f("fk_orders_vehicle_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("order_no", name=op.f("uq_orders_order_no")),
    )
    op.create_index("ix_orders_vehicle_id_status", "orders", ["vehicle_id", "status"])


def _records() -> None:
    op.create_table(
        "records",
        sa.Column("yard_id", sa.String(length=32), nullable=False),
        sa.Column("lane_id", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.String(length=16), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("signature", sa.String(length=100), nullable=False),
        sa.Column("curve", sa.Text(), nullable=True),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=48), nullable=True),
        sa.CheckConstraint(
            "verdict IN ('accepted', 'parked', 'refused')", name=op.f("ck_records_verdict")
        ),
        sa.CheckConstraint("seq > 0", name=op.f("ck_records_seq")),
        sa.ForeignKeyConstraint(
            ["lane_id", "yard_id"],
            ["lanes.id", "lanes.yard_id"],
            name=op.f("fk_records_lane_id_yard_id"),
        ),
        sa.PrimaryKeyConstraint("yard_id", "lane_id", "epoch", "seq", name=op.f("pk_records")),
        sa.UniqueConstraint("event_id", name=op.f("uq_records_event_id")),
    )


def _stops() -> None:
    op.create_table(
        "stops",
        sa.Column("stop_id", sa.String(length=36), nullable=False),
        sa.Column("yard_id", sa.String(length=32), nullable=False),
        sa.Column("lane_id", sa.String(length=32), nullable=False),
        sa.Column("tag", sa.String(length=64), nullable=False),
        sa.Column("plate", sa.String(length=16), nullable=True),
        sa.Column("order_id", sa.String(length=36), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("arrival_event_id", sa.String(length=36), nullable=False),
        sa.Column("arrived_ms", sa.BigInteger(), nullable=False),
        sa.Column("arrival_action", sa.String(length=16), nullable=False),
        sa.Column("weighing_event_id", sa.String(length=36), nullable=True),
        sa.Column("weight_kg", sa.Integer(), nullable=True),
        sa.Column("weighed_ms", sa.BigInteger(), nullable=True),
        sa.Column("weighing_action", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.String(length=48), nullable=True),
        sa.Column("dispatcher", sa.String(length=32), nullable=True),
        sa.Column("dispatcher_action", sa.String(length=16), nullable=True),
        sa.Column("dispatcher_reason", sa.String(length=48), nullable=True),
        sa.Column("dispatcher_ms", sa.BigInteger(), nullable=True),
        sa.Column("ticket_id", sa.String(length=36), nullable=True),
        sa.Column("released_ms", sa.BigInteger(), nullable=True),
        sa.Column("released_by", sa.String(length=16), nullable=True),
        sa.Column("left_ms", sa.BigInteger(), nullable=True),
        sa.Column("zero_after_kg", sa.Integer(), nullable=True),
        sa.Column("cycle_ms", sa.Integer(), nullable=True),
        sa.Column("admit_ms", sa.Integer(), nullable=True),
        sa.Column("release_ms", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state IN ('arrived', 'weighed', 'released', 'left', 'refused', 'held', 'voided')",
            name=op.f("ck_stops_state"),
        ),
        sa.ForeignKeyConstraint(
            ["lane_id", "yard_id"],
            ["lanes.id", "lanes.yard_id"],
            name=op.f("fk_stops_lane_id_yard_id"),
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_stops_order_id")),
        sa.PrimaryKeyConstraint("stop_id", name=op.f("pk_stops")),
    )
    op.create_index("ix_stops_arrived_ms", "stops", ["arrived_ms"])
    op.create_index("ix_stops_order_id", "stops", ["order_id"])
    op.create_index("ix_stops_tag_arrived_ms", "stops", ["tag", "arrived_ms"])
    op.create_index("ix_stops_yard_id_lane_id_state", "stops", ["yard_id", "lane_id", "state"])


def _tickets() -> None:
    op.create_table(
        "tickets",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("order_id", sa.String(length=36), nullable=False),
        sa.Column("yard_id", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("first_event_id", sa.String(length=36), nullable=False),
        sa.Column("first_kg", sa.Integer(), nullable=False),
        sa.Column("first_ms", sa.BigInteger(), nullable=False),
        sa.Column("second_event_id", sa.String(length=36), nullable=True),
        sa.Column("second_kg", sa.Integer(), nullable=True),
        sa.Column("second_ms", sa.BigInteger(), nullable=True),
        sa.Column("gross_kg", sa.Integer(), nullable=True),
        sa.Column("tare_kg", sa.Integer(), nullable=True),
        sa.Column("net_kg", sa.Integer(), nullable=True),
        sa.Column("closed_ms", sa.BigInteger(), nullable=True),
        sa.Column("settlement", sa.Text(), nullable=True),
        sa.Column("settlement_revision", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("settlement_error", sa.String(length=400), nullable=True),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("purpose IN ('loading', 'unloading')", name=op.f("ck_tickets_purpose")),
        sa.CheckConstraint(
            "status = 'open' OR (gross_kg > tare_kg AND net_kg = gross_kg - tare_kg)",
            name=op.f("ck_tickets_net"),
        ),
        sa.CheckConstraint("status IN ('open', 'closed')", name=op.f("ck_tickets_status")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_tickets_order_id")),
        sa.ForeignKeyConstraint(["yard_id"], ["yards.id"], name=op.f("fk_tickets_yard_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
        sa.UniqueConstraint("first_event_id", name=op.f("uq_tickets_first_event_id")),
        sa.UniqueConstraint("order_id", "purpose", name=op.f("uq_tickets_order_id_purpose")),
        sa.UniqueConstraint("second_event_id", name=op.f("uq_tickets_second_event_id")),
    )
    op.create_index("ix_tickets_created_ms", "tickets", ["created_ms"])


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("ticket_id", sa.String(length=36), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
        sa.Column("done_ms", sa.BigInteger(), nullable=True),
        sa.Column("last_error", sa.String(length=400), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_outbox_ticket_id")),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_due_ms", "outbox", ["due_ms"])
