"""The list of facts that heads sign: written by triggers, extended later.

That its rows are only ever inserted is a rule of gateway/witness.py.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_EXISTING = (
    "SELECT 'lane', yard_id || '/' || id FROM lanes",
    "SELECT 'record', yard_id || '/' || lane_id || '/' || epoch || '/' || seq FROM records",
    "SELECT 'ticket', id FROM tickets",
    "SELECT 'told', ticket_id FROM outbox",
    "SELECT 'trail', seq FROM trail",
    "SELECT 'settlement_state', id FROM tickets WHERE settlement IS NOT NULL",
)
_NOTED = (
    ("lanes", "INSERT", "'lane', NEW.yard_id || '/' || NEW.id", None),
    ("lanes", "UPDATE", "'lane', NEW.yard_id || '/' || NEW.id", None),
    *(
        (
            "records",
            verb,
            "'record', NEW.yard_id || '/' || NEW.lane_id || '/' || NEW.epoch || '/' || NEW.seq",
            None,
        )
        for verb in ("INSERT", "UPDATE")
    ),
    ("tickets", "INSERT", "'ticket', NEW.id", None),
    ("tickets", "UPDATE", "'ticket', NEW.id", None),
    ("outbox", "INSERT", "'told', NEW.ticket_id", None),
    ("outbox", "UPDATE OF body", "'told', NEW.ticket_id", None),
    ("tickets", "INSERT", "'settlement_state', NEW.id", "NEW.settlement IS NOT NULL"),
    ("tickets", "UPDATE OF settlement", "'settlement_state', NEW.id", "NEW.settlement IS NOT NULL"),
    ("trail", "INSERT", "'trail', NEW.seq", None),
    ("trail", "UPDATE", "'trail', NEW.seq", None),
)
"""Table, write, what is noted, and when. A ticket also says what its order agreed."""
_ORDER = (
    "INSERT INTO head_changes (kind, key) SELECT 'ticket', id FROM tickets WHERE order_id = NEW.id"
)


def upgrade() -> None:
    op.create_table(
        "head_changes",
        sa.Column("id", _NUMBER, sa.Identity(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_head_changes"),
    )
    op.create_table(
        "head_entries",
        sa.Column("n", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fixed", sa.String(64), nullable=False, comment="SHA-256 of what never changes"),
        sa.Column("whole", sa.String(64), nullable=False, comment="SHA-256 of this version"),
        sa.PrimaryKeyConstraint("n", name="pk_head_entries"),
    )
    op.create_index("ix_head_entries_kind_key_n", "head_entries", ["kind", "key", "n"])
    op.create_table(
        "heads",
        sa.Column("size", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False, comment="The signed checkpoint"),
        sa.Column("peaks", sa.Text(), nullable=False, comment="JSON, the tree to go on from"),
        sa.PrimaryKeyConstraint("size", name="pk_heads"),
    )
    op.create_table(
        "heads_kept",
        sa.Column("place", sa.String(500), nullable=False),
        sa.Column("size", _NUMBER, nullable=False),
        sa.Column("kept_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("place", name="pk_heads_kept"),
    )
    for query in _EXISTING:
        op.execute(f"INSERT INTO head_changes (kind, key) {query}")
    for number, (table, verb, values, when) in enumerate(_NOTED):
        write = f"INSERT INTO head_changes (kind, key) VALUES ({values})"  # noqa: S608 - own names
        _after(f"{table}_head_{number}", table, verb, write, when)
    for column in ("terms", "contract_id", "contract_version"):
        _after(f"orders_head_{column}", "orders", f"UPDATE OF {column}", _ORDER, None)


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _after(name: str, table: str, verb: str, write: str, when: str | None) -> None:
    condition = "" if when is None else f"WHEN ({when}) "
    if _is_sqlite():
        op.execute(f"CREATE TRIGGER {name} AFTER {verb} ON {table} {condition}BEGIN {write}; END")
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {write}; RETURN NULL; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {name} AFTER {verb} ON {table} "
        f"FOR EACH ROW {condition}EXECUTE FUNCTION {name}()"
    )
