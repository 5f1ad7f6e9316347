"""The database as a witness, and limits by payee, hour and ten minutes beside that of the day.

`upgrade` makes the triggers of settlement/witness.py: they follow the table of states, and a table
that a migration copies loses them on SQLite; so they are made after each upgrade, not here once.
"""

from alembic import op
from sqlalchemy import BigInteger, Column, ForeignKey, Integer, String

revision = "0005"
down_revision = "0004"

_COPY_DAYS = (
    "INSERT INTO spent (rail, subject, period, payouts, amount_minor)"
    " SELECT rail, '', day, 0, sent_minor FROM rail_days"
)


def upgrade() -> None:
    op.create_table(
        "spent",
        Column("rail", String(32), ForeignKey("rails.name"), primary_key=True),
        Column(
            "subject", String(64), primary_key=True, comment="Of a payee, or empty: of the rail"
        ),
        Column(
            "period", String(40), primary_key=True, comment="A business day, an hour, ten minutes"
        ),
        Column("payouts", Integer, nullable=False),
        Column("amount_minor", BigInteger, nullable=False),
    )
    op.execute(_COPY_DAYS)
    op.drop_table("rail_days")
