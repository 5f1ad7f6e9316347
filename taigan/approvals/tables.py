"""The two tables of proposals and what was said to them; rows are only ever inserted."""

from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    Uuid,
)


class ApprovalTables(NamedTuple):
    proposals: Table
    decisions: Table


def approval_tables(metadata: MetaData) -> ApprovalTables:
    """Return the tables, made on the metadata of the program that keeps them."""
    proposals = Table(
        "proposals",
        metadata,
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
        Index(None, "kind", "subject", "proposed_ms"),
        Index(None, "proposed_ms", "id"),
    )
    decisions = Table(
        "proposal_decisions",
        metadata,
        Column("proposal_id", Uuid, ForeignKey("proposals.id"), primary_key=True),
        Column("n", Integer, primary_key=True, autoincrement=False),
        Column("verdict", String(16), nullable=False),
        Column("person", String(32), nullable=False),
        Column("body", Text, nullable=False, comment="Decision as it was signed"),
        Column("key_id", String(16), nullable=False),
        Column("signature", String(200), nullable=False),
        Column("at_ms", BigInteger, nullable=False),
    )
    return ApprovalTables(proposals, decisions)
