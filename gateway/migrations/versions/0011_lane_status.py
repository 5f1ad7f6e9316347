"""A registered lane can be retired, and its records stay."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The same words on both engines; SQLite would copy the table for a constraint of its own.
    op.execute(
        "ALTER TABLE lanes ADD COLUMN status VARCHAR(16) DEFAULT 'active' NOT NULL "
        "CONSTRAINT ck_lanes_status CHECK (status IN ('active', 'retired'))"
    )
