"""Where the list of facts stands, the heads over it, and what waits to become a line of it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Identity,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    select,
)
from sqlalchemy.sql.selectable import Select


@dataclass(frozen=True, slots=True)
class HeadTables:
    """The four tables, the same in every program that makes heads."""

    changes: Table
    """Facts written since the list was last extended: a row for each write, by trigger."""
    entries: Table
    """The list. Only ever inserted, by trigger."""
    heads: Table
    """Only ever inserted, by trigger."""
    kept: Table
    """Up to where each place has been brought the list."""

    @property
    def waiting(self) -> Select[Any]:
        """Return the query for what an export must say is about to change."""
        changes = self.changes
        return select(changes.c.kind, changes.c.key).distinct()


def add_head_tables(metadata: MetaData) -> HeadTables:
    """Add the tables to a program's metadata; its migrations have the triggers."""
    number = BigInteger().with_variant(Integer, "sqlite")
    return HeadTables(
        changes=Table(
            "head_changes",
            metadata,
            Column("id", number, Identity(), primary_key=True),
            Column("kind", String(32), nullable=False),
            Column("key", Text, nullable=False),
        ),
        entries=Table(
            "head_entries",
            metadata,
            Column("n", number, primary_key=True, autoincrement=False),
            Column("kind", String(32), nullable=False),
            Column("key", Text, nullable=False),
            Column("fixed", String(64), nullable=False, comment="SHA-256 of what never changes"),
            Column("whole", String(64), nullable=False, comment="SHA-256 of this version"),
            Index("ix_head_entries_kind_key_n", "kind", "key", "n"),
        ),
        heads=Table(
            "heads",
            metadata,
            Column("size", number, primary_key=True, autoincrement=False),
            Column("made_ms", BigInteger, nullable=False),
            Column("note", Text, nullable=False, comment="The signed checkpoint"),
            Column("peaks", Text, nullable=False, comment="JSON, the tree to go on from"),
        ),
        kept=Table(
            "heads_kept",
            metadata,
            Column("place", String(500), primary_key=True),
            Column("size", number, nullable=False),
            Column("kept_ms", BigInteger, nullable=False),
        ),
    )
