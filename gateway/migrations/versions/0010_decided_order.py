"""Which order a person has assigned a weight to, with the decision."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("decisions", sa.Column("order_id", sa.String(length=36), nullable=True))
