"""The list of facts that heads sign: written by triggers, extended later.

That its rows are only ever inserted is a rule of settlement/witness.py.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_FACTS = (
    ("contract", "contracts", "contract_id || '/' || version", ("INSERT", "UPDATE")),
    ("settlement", "settlements", "id", ("INSERT", "UPDATE")),
    ("deposit", "deposits", "id", ("INSERT", "UPDATE")),
    ("payout", "payouts", "id", ("INSERT", "UPDATE")),
    ("attempt", "attempts", "payout_id || '/' || n", ("INSERT", "UPDATE")),
    ("founder", "founders", "name", ("INSERT", "UPDATE")),
    ("proposal", "proposals", "id", ("INSERT", "UPDATE")),
    (
        "proposal_decision",
        "proposal_decisions",
        "proposal_id || '/' || n",
        ("INSERT", "UPDATE"),
    ),
    ("callback", "callbacks", "event_id", ("INSERT", "UPDATE")),
    ("journal", "journals", "id", ("INSERT",)),
)
"""Kind, table, name of a row, and what is noted. Also a change of what may not change: if somebody
gets past what forbids it, the list shows both versions. Journals are refused one by themselves."""


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
    for kind, table, name, _ in _FACTS:
        rows = f"SELECT '{kind}', {name} FROM {table}"  # noqa: S608 - own names
        op.execute(f"INSERT INTO head_changes (kind, key) {rows}")
    for kind, table, name, verbs in _FACTS:
        _note(kind, table, name, verbs)


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _note(kind: str, table: str, name: str, verbs: tuple[str, ...]) -> None:
    """Note every write; columns are named as the new row's."""
    new = " || ".join(
        part if part.startswith("'") else f"NEW.{part}" for part in name.split(" || ")
    )
    write = f"INSERT INTO head_changes (kind, key) VALUES ('{kind}', {new})"  # noqa: S608 - own names
    if _is_sqlite():
        for verb in verbs:
            op.execute(
                f"CREATE TRIGGER {table}_head_{verb.lower()} AFTER {verb} ON {table} "
                f"BEGIN {write}; END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_head() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {write}; RETURN NULL; END $$"
    )
    for verb in verbs:
        op.execute(
            f"CREATE TRIGGER {table}_head_{verb.lower()} AFTER {verb} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_head()"
        )
