"""Evidence cannot be edited: the database itself refuses every writer."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_RECORD = (
    "yard_id", "lane_id", "epoch", "seq", "event_id", "kind", "body", "body_sha256", "key_id",
    "signature", "curve", "received_ms",
)  # fmt: skip
_TICKET_MADE = (
    "id",
    "order_id",
    "yard_id",
    "purpose",
    "first_event_id",
    "first_kg",
    "first_ms",
    "created_ms",
)
_TICKET_CLOSED = (
    "status",
    "second_event_id",
    "second_kg",
    "second_ms",
    "gross_kg",
    "tare_kg",
    "net_kg",
    "closed_ms",
)


def upgrade() -> None:
    _refuse("records", "UPDATE", f"OLD.verdict <> 'parked' OR {_changed(_RECORD)}")
    _refuse("records", "DELETE", "true")
    _refuse(
        "tickets",
        "UPDATE",
        f"{_changed(_TICKET_MADE)} OR (OLD.status = 'closed' AND ({_changed(_TICKET_CLOSED)}))",
    )
    _refuse("tickets", "DELETE", "true")


def _changed(columns: tuple[str, ...]) -> str:
    differs = "IS NOT" if op.get_bind().dialect.name == "sqlite" else "IS DISTINCT FROM"
    return " OR ".join(f"NEW.{name} {differs} OLD.{name}" for name in columns)


def _refuse(table: str, operation: str, condition: str) -> None:
    name = f"{table}_refuse_{operation.lower()}"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {operation} ON {table} WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{table} are evidence and cannot be changed'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION '{table} are evidence and cannot be changed' "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {operation} ON {table} FOR EACH ROW "
        f"WHEN ({condition}) EXECUTE FUNCTION {name}()"
    )
    if operation == "DELETE":
        op.execute(
            f"CREATE TRIGGER {table}_refuse_truncate BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        )
