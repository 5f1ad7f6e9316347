"""The database as a witness: `upgrade` makes the triggers of gateway/witness.py.

A table that a migration copies loses its triggers on SQLite; so they are made after each upgrade,
not here once. This revision tells a program without rights that they are missing.
"""

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change no table."""
