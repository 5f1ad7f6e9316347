"""A year of records: a start reads what is needed while a truck waits, and all after an error."""

import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from edge.box.box import Box
from edge.box.parts import Parts
from edge.box.runner import Runner
from edge.journal.file import open_journal, suspect
from edge.journal.journal import UNCONFIRMED, Journal, JournalBroken
from edge.messages import Verdict
from tests.integration.edge.conftest import MakeSettings
from tests.integration.edge.identities import IDENTITY
from tests.integration.edge.test_journal import arrival
from tests.unit.edge.lanes import instant

PAGE_BYTES = 4096
RECORDS = 500


@pytest.fixture(autouse=True)
def every_journal_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.journal.file.CHECKED_WHOLE_BYTES", 0)


@pytest.fixture
def full(journal: Journal, journal_path: Path) -> Path:
    """Return a journal at rest with many records, all receipted."""
    numbers = range(1, RECORDS + 1)
    journal.append([arrival(number) for number in numbers], instant())
    journal.acknowledge([(journal.epoch, seq, Verdict.ACCEPTED) for seq in numbers])
    journal.close()
    return journal_path


def damage(path: Path, seq: int) -> None:
    """Overwrite the page with a record."""
    raw = bytearray(path.read_bytes())
    body = f'"seq":{seq},"event_id"'.encode()
    page = raw.index(body) // PAGE_BYTES * PAGE_BYTES
    raw[page : page + PAGE_BYTES] = b"\xa5" * PAGE_BYTES
    path.write_bytes(raw)


def opened(path: Path) -> tuple[bool, int]:
    """Return whether it was moved aside, and the number of the next record."""
    journal = open_journal(path, IDENTITY, "b" * 16)
    [stored] = journal.append([arrival(9_999)], instant())
    journal.close()
    return journal.moved_aside is not None, stored.seq


def test_old_damage_keeps_no_lane_from_going_on(full: Path) -> None:
    damage(full, 3)
    assert opened(full) == (False, RECORDS + 1)


def test_a_journal_that_failed_at_work_is_checked_as_a_whole(full: Path) -> None:
    damage(full, 3)
    suspect(full)
    assert opened(full) == (True, 1)
    assert not full.with_name("journal.db.suspect").exists()


def test_what_waits_is_found_without_reading_every_record(journal: Journal) -> None:
    plan = [row[3] for row in journal._db.execute(f"EXPLAIN QUERY PLAN {UNCONFIRMED}")]
    assert [step.split()[:2] for step in plan] == [["SCAN", "outbox"], ["SEARCH", "records"]]


def test_damage_of_what_is_read_at_work_is_found(full: Path) -> None:
    damage(full, RECORDS - 3)
    assert opened(full) == (True, 1)


def test_a_suspect_that_is_sound_goes_on(full: Path) -> None:
    suspect(full)
    assert opened(full) == (False, RECORDS + 1)
    assert not full.with_name("journal.db.suspect").exists()


def test_what_the_gateway_has_lost_is_taken_up_a_part_at_a_time(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gateway that has lost everything must not make a lane stand still for minutes."""
    monkeypatch.setattr("edge.journal.journal.REOPENED_MAX", 3)
    journal.append([arrival(number) for number in range(1, 9)], instant())
    receipts = [(journal.epoch, seq, Verdict.ACCEPTED) for seq in range(1, 9)]
    journal.acknowledge(receipts[:7])
    assert (journal.reopen(2), journal.unacknowledged(9)) == (3, [2, 3, 4, 8])
    journal.acknowledge(receipts[1:3])
    assert (journal.reopen(4), journal.unacknowledged(9)) == (0, [4, 8]), "it is on its way"
    journal.acknowledge(receipts[3:4])
    assert (journal.reopen(5), journal.unacknowledged(9)) == (3, [5, 6, 7, 8])


def test_a_box_whose_journal_fails_has_it_checked_at_the_next_start(
    make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise JournalBroken("SQLITE_IOERR: disk I/O error")

    monkeypatch.setattr(Runner, "run", fail)
    monkeypatch.setattr(Parts, "all", lambda _: [])
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    settings = make_settings()
    with pytest.raises(JournalBroken):
        Box(settings).run()
    assert settings.journal.path.with_name("journal.db.suspect").exists()
