"""An index of the payouts that are stopped: looking for them must not read all that were paid."""

from alembic import op
from sqlalchemy import text

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    stopped = text("state IN ('held', 'manual')")
    op.create_index(
        "ix_payouts_stopped",
        "payouts",
        ["state", "reason"],
        sqlite_where=stopped,
        postgresql_where=stopped,
    )
