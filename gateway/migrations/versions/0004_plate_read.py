"""What a camera read of a stop's truck, beside the plate that its card belongs to."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("stops", sa.Column("plate_read", sa.String(length=16), nullable=True))
