"""Proposals, decisions and two founders. A notice may be about a payee alone.

That rows of the three are only ever inserted is a rule of settlement/witness.py.
"""

from alembic import op
from sqlalchemy import BigInteger, Column, ForeignKey, Integer, String, Text, Uuid

revision = "0006"
down_revision = "0005"

_SQLITE = (
    """
    CREATE TRIGGER founders_are_two BEFORE INSERT ON founders BEGIN
      SELECT RAISE(ABORT, 'the first two people are entered: propose further ones')
        WHERE (SELECT COUNT(*) FROM founders) >= 2;
    END
    """,
)
_POSTGRESQL = (
    """
    CREATE FUNCTION founders_are_two() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_advisory_xact_lock(hashtextextended('founders', 0));
      IF (SELECT COUNT(*) FROM founders) >= 2 THEN
        RAISE EXCEPTION 'the first two people are entered: propose further ones';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER founders_are_two BEFORE INSERT ON founders
      FOR EACH ROW EXECUTE FUNCTION founders_are_two()
    """,
)


def upgrade() -> None:
    op.create_table(
        "proposals",
        Column("id", Uuid, primary_key=True),
        Column("kind", String(32), nullable=False),
        Column("subject", String(96), nullable=False),
        Column("body", Text, nullable=False, comment="Proposal as it was signed"),
        Column("person", String(32), nullable=True, comment="None: a program's, without signature"),
        Column("key_id", String(16), nullable=True),
        Column("signature", String(200), nullable=True),
        Column("signers_needed", Integer, nullable=False, comment="By the settings of its day"),
        Column("cooling_off_ms", BigInteger, nullable=False),
        Column("proposed_ms", BigInteger, nullable=False),
        Column("expires_ms", BigInteger, nullable=False),
    )
    op.create_index(
        "ix_proposals_kind_subject_proposed_ms", "proposals", ["kind", "subject", "proposed_ms"]
    )
    op.create_index("ix_proposals_proposed_ms_id", "proposals", ["proposed_ms", "id"])
    op.create_table(
        "proposal_decisions",
        Column("proposal_id", Uuid, ForeignKey("proposals.id"), primary_key=True),
        Column("n", Integer, primary_key=True, autoincrement=False),
        Column("verdict", String(16), nullable=False),
        Column("person", String(32), nullable=False),
        Column("body", Text, nullable=False, comment="Decision as it was signed"),
        Column("key_id", String(16), nullable=False),
        Column("signature", String(200), nullable=False),
        Column("at_ms", BigInteger, nullable=False),
    )
    op.create_table(
        "founders",
        Column("name", String(32), primary_key=True),
        Column("key_id", String(16), nullable=False, unique=True),
        Column("public", String(44), nullable=False, comment="Base64 of the Ed25519 public key"),
        Column("entered_ms", BigInteger, nullable=False),
    )
    with op.batch_alter_table("notices") as notices:
        notices.alter_column("settlement_id", existing_type=Uuid(), nullable=True)
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _SQLITE if on_sqlite else _POSTGRESQL:
        op.execute(statement)
