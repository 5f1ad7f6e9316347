"""Which revision a database is at, and whether this version of the program can work with it."""

from dataclasses import dataclass
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Schema:
    """A database's revision (None: nothing was ever made in it) and the program's newest."""

    revision: str | None
    newest: str | None
    known: frozenset[str]

    @property
    def is_behind(self) -> bool:
        """Whether migrations are missing.

        A revision that this program does not know is a later version's, which keeps what it needs.
        """
        return self.revision is None or (
            self.revision != self.newest and self.revision in self.known
        )

    def __str__(self) -> str:
        if self.revision is None:
            return f"empty, revision {self.newest} is needed"
        if self.is_behind:
            return f"revision {self.revision}, {self.newest} is needed"
        return f"revision {self.revision}"


def read_schema(connection: Connection, migrations: Path) -> Schema:
    """Return how a database stands to a folder of migrations; changes nothing."""
    scripts = ScriptDirectory(str(migrations))
    return Schema(
        revision=MigrationContext.configure(connection).get_current_revision(),
        newest=scripts.get_current_head(),
        known=frozenset(script.revision for script in scripts.walk_revisions()),
    )
