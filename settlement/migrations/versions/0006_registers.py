"""Proposals, decisions and founders: only ever inserted. A notice may be about a payee alone."""

from alembic import op
from sqlalchemy import BigInteger, Column, ForeignKey, Integer, String, Text, Uuid

revision = "0006"
down_revision = "0004"

_KEYS = {
    "proposals": ("id",),
    "proposal_decisions": ("proposal_id", "n"),
    "founders": ("name",),
}


def _sqlite() -> list[str]:
    statements = [
        """
        CREATE TRIGGER founders_are_two BEFORE INSERT ON founders BEGIN
          SELECT RAISE(ABORT, 'the first two people are entered: propose further ones')
            WHERE (SELECT COUNT(*) FROM founders) >= 2;
        END
        """
    ]
    for table, key in _KEYS.items():
        same = " AND ".join(f"{column} = NEW.{column}" for column in key)
        # It stops INSERT OR REPLACE, which deletes unseen by triggers.
        statements.append(
            f"""
            CREATE TRIGGER {table}_refuse_replace BEFORE INSERT ON {table} BEGIN
              SELECT RAISE(ABORT, '{table} are only ever inserted')
                WHERE EXISTS (SELECT 1 FROM {table} WHERE {same});
            END
            """  # noqa: S608 - its names are those above
        )
        statements += [
            f"""
            CREATE TRIGGER {table}_refuse_{verb.lower()} BEFORE {verb} ON {table} BEGIN
              SELECT RAISE(ABORT, '{table} are only ever inserted');
            END
            """
            for verb in ("UPDATE", "DELETE")
        ]
    return statements


def _postgresql() -> list[str]:
    return [
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
        *(
            f"""
            CREATE TRIGGER {table}_refuse_{verb.lower()} BEFORE {verb} ON {table}
              FOR EACH {"STATEMENT" if verb == "TRUNCATE" else "ROW"}
              EXECUTE FUNCTION refuse_change()
            """
            for table in _KEYS
            for verb in ("UPDATE", "DELETE", "TRUNCATE")
        ),
    ]


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
    for statement in _sqlite() if on_sqlite else _postgresql():
        op.execute(statement)
