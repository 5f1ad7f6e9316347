"""Reading stays as cheap as it was: indexes of what is unfinished, a checkpoint of the ledger.

On PostgreSQL a row that is due notifies the workers, whoever wrote it.
"""

from alembic import op
from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Integer, String, text

revision = "0003"
down_revision = "0002"

_DUE = text("due_ms IS NOT NULL")
_UNPAID = text("state <> 'paid'")

_NOTIFY = (
    """
    CREATE FUNCTION notify_when_due() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_notify('taigan_due', '');
      RETURN NULL;
    END $$
    """,
    *(
        f"""
        CREATE TRIGGER {table}_notify AFTER INSERT OR UPDATE OF due_ms ON {table} FOR EACH ROW
          WHEN (NEW.due_ms <= extract(epoch FROM clock_timestamp()) * 1000)
          EXECUTE FUNCTION notify_when_due()
        """
        for table in ("payouts", "notices")
    ),
)


def upgrade() -> None:
    _indexes()
    _checkpoint()
    if op.get_bind().dialect.name == "postgresql":
        for statement in _NOTIFY:
            op.execute(statement)


def _indexes() -> None:
    op.create_index("ix_accounts_kind", "accounts", ["kind"])
    op.create_index(
        "ix_payouts_unpaid",
        "payouts",
        ["state", "created_ms", "id"],
        sqlite_where=_UNPAID,
        postgresql_where=_UNPAID,
    )
    for table, columns in {"payouts": ["due_ms"], "notices": ["channel", "due_ms"]}.items():
        op.drop_index(f"ix_{table}_due", table)
        op.create_index(f"ix_{table}_due", table, columns, sqlite_where=_DUE, postgresql_where=_DUE)


def _checkpoint() -> None:
    checks = op.create_table(
        "ledger_checks",
        Column("id", Integer, primary_key=True, autoincrement=False, comment="One row: 1"),
        Column("turn", Integer, nullable=False, comment="Grows with each stored checkpoint"),
        CheckConstraint("id = 1", name="one_row"),
    )
    op.bulk_insert(checks, [{"id": 1, "turn": 0}])
    op.create_table(
        "checked_accounts",
        Column("account_id", String(160), ForeignKey("accounts.id"), primary_key=True),
        Column("version", BigInteger, nullable=False),
        Column("balance_minor", BigInteger, nullable=False),
    )
    op.create_table(
        "checked_tallies",
        Column("journal_kind", String(32), primary_key=True),
        Column("account_kind", String(32), primary_key=True),
        Column(
            "journals", BigInteger, nullable=False, comment="Whose first account is of this kind"
        ),
        Column("entries", BigInteger, nullable=False),
        Column("amount_minor", BigInteger, nullable=False),
    )
