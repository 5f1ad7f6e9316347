"""Which device faults are on record and not over.

A lane writes a hundred thousand faults in a bad year, and a start must not read them all while a
truck waits: what they came to is kept beside them, and only later ones are read.
"""

import sqlite3
from collections.abc import Iterable
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from edge.messages import RECORD, LaneFault, Record

NAME: Final = "faults"
"""The kept document's name in the journal."""
LATER_FAULTS: Final = (
    "SELECT seq, body FROM records WHERE kind LIKE 'lane_fault.v%' AND seq > ? ORDER BY seq"
)


class OpenFaults(BaseModel):
    """What all faults up to `seq` came to."""

    model_config = ConfigDict(frozen=True)

    seq: int = 0
    by_device: dict[str, str] = {}
    """Device -> reason."""

    @classmethod
    def kept(cls, database: sqlite3.Connection) -> Self:
        """Return what the journal keeps: of none, if that was never kept or cannot be read."""
        row = database.execute("SELECT sealed FROM kept WHERE name = ?", (NAME,)).fetchone()
        try:
            return cls() if row is None else cls.model_validate_json(row[0])
        except ValidationError:
            return cls()

    @classmethod
    def on_record(cls, database: sqlite3.Connection) -> Self:
        """Return what all faults of the journal came to."""
        known = cls.kept(database)
        later = database.execute(LATER_FAULTS, (known.seq,))
        return known.after(RECORD.validate_json(body) for _, body in later)

    def after(self, records: Iterable[Record]) -> Self:
        """Return what they and these came to."""
        seq, open_faults = self.seq, dict(self.by_device)
        for record in records:
            if isinstance(record, LaneFault):
                seq = record.seq
                open_faults.pop(record.device, None)
                if record.state == "raised":
                    open_faults[record.device] = record.reason
        return self if seq == self.seq else type(self)(seq=seq, by_device=open_faults)
