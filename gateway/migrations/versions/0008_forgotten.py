"""Finding the tickets that settlement forgot without reading all."""

from alembic import op
from sqlalchemy import text

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    forgotten = text("settlement IS NOT NULL AND settlement_revision = 0")
    op.create_index(
        "ix_tickets_settlement_revision",
        "tickets",
        ["settlement_revision"],
        sqlite_where=forgotten,
        postgresql_where=forgotten,
    )
