"""What the faults on record come to, without reading a year of them at each start."""

import sqlite3
from itertools import count
from pathlib import Path
from uuid import UUID

import pytest

from edge.journal.file import open_journal
from edge.journal.journal import Journal
from edge.journal.open_faults import LATER_FAULTS, OpenFaults
from edge.lane.effects import Write
from edge.messages import LaneFault
from tests.integration.edge.identities import IDENTITY
from tests.unit.edge.lanes import instant

_IDS = count(1)


def fault(device: str, state: str, reason: str = "reader_lost") -> Write:
    content = {"device": device, "state": state, "reason": reason}
    return Write(LaneFault, UUID(int=next(_IDS)), content)


def again(journal: Journal, path: Path) -> Journal:
    journal.close()
    return open_journal(path, IDENTITY, "b" * 16)


def test_a_start_reads_no_fault_that_is_known_already(journal: Journal, journal_path: Path) -> None:
    for state in ["raised", "cleared"] * 20:
        journal.append([fault("card", state)], instant())
    journal.append([fault("scale", "raised", "scale_silent"), fault("card", "raised")], instant())
    database = sqlite3.connect(journal_path)
    known = OpenFaults.kept(database)
    assert known.by_device == {"scale": "scale_silent", "card": "reader_lost"}
    assert database.execute(LATER_FAULTS, (known.seq,)).fetchall() == []
    [row] = database.execute(f"EXPLAIN QUERY PLAN {LATER_FAULTS}", (0,)).fetchall()
    assert "USING INDEX records_of_faults" in row[3]
    database.close()
    reopened = again(journal, journal_path)
    assert reopened.open_faults() == known.by_device
    reopened.close()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM kept",
        "UPDATE kept SET sealed = 'torn'",
        """UPDATE kept SET sealed = '{"seq": 1, "by_device": {"scale": "scale_silent"}}'""",
    ],
    ids=["a journal from before", "unreadable", "an earlier program wrote on"],
)
def test_what_is_not_known_is_read_from_the_records(
    journal: Journal, journal_path: Path, statement: str
) -> None:
    journal.append([fault("scale", "raised", "scale_silent")], instant())
    journal.append([fault("scale", "cleared", "scale_silent"), fault("card", "raised")], instant())
    journal._db.execute(statement)
    reopened = again(journal, journal_path)
    assert reopened.open_faults() == {"card": "reader_lost"}
    reopened.close()


def test_a_fault_that_was_not_written_is_not_known(journal: Journal) -> None:
    with pytest.raises(ValueError, match="reason"):
        journal.append([fault("card", "raised"), fault("scale", "raised", "NO SLUG")], instant())
    assert journal.open_faults() == {}
    assert OpenFaults.kept(journal._db) == OpenFaults()
