"""The outbox's index holds only the tickets that wait, on both engines."""

from alembic import op
from sqlalchemy import text

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    waiting = text("done_ms IS NULL")
    op.drop_index("ix_outbox_due_ms", "outbox")
    op.create_index(
        "ix_outbox_due_ms", "outbox", ["due_ms"], sqlite_where=waiting, postgresql_where=waiting
    )
