"""The files of a journal: one while it rests, two while it is in use, and what a reader may do."""

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

import edge.journal.file
from edge.journal.file import (
    RESERVE_BYTES,
    _move_aside,
    check_chain,
    open_for_reading,
    open_journal,
)
from edge.journal.journal import COMMITS_UNTIDY, Journal
from edge.messages import Verdict
from tests.integration.edge.identities import IDENTITY
from tests.integration.edge.test_journal import arrival, fill
from tests.unit.edge.lanes import instant


def crashed_copy(path: Path, folder: Path) -> Path:
    """Copy a journal in use as a power cut would leave it."""
    copy = folder / "crashed" / path.name
    copy.parent.mkdir()
    for end in ("", "-wal", "-journal"):
        if path.with_name(path.name + end).exists():
            shutil.copy(f"{path}{end}", f"{copy}{end}")
    return copy


def test_a_commit_needs_one_file_and_a_closed_journal_is_one_file(
    journal: Journal, journal_path: Path
) -> None:
    fill(journal, 2)
    assert journal._db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert journal_path.with_name("journal.db-wal").stat().st_size > 0
    journal.close()
    assert not journal_path.with_name("journal.db-wal").exists()
    assert sqlite3.connect(journal_path).execute("SELECT count(*) FROM records").fetchone() == (2,)


def test_who_looks_at_a_crashed_journal_changes_none_of_its_files(
    journal: Journal, journal_path: Path, tmp_path: Path
) -> None:
    fill(journal, 3)
    crashed = crashed_copy(journal_path, tmp_path)
    log = crashed.with_name(crashed.name + "-wal")
    before = crashed.read_bytes(), log.read_bytes()
    reader = open_for_reading(crashed)
    assert check_chain(reader) == 3
    for statement in ("PRAGMA wal_checkpoint(TRUNCATE)", "DELETE FROM records"):
        with pytest.raises(sqlite3.OperationalError):
            reader.execute(statement)
    reader.close()
    assert (crashed.read_bytes(), log.read_bytes()) == before


def test_who_looks_at_a_running_journal_does_not_disturb_it(
    journal: Journal, journal_path: Path
) -> None:
    fill(journal, 2)
    reader = open_for_reading(journal_path)
    journal.append([arrival(3)], instant())
    assert check_chain(reader) == 3
    reader.close()
    assert journal.append([arrival(4)], instant())[0].seq == 4
    assert journal_path.with_name("journal.db-wal").stat().st_size > 0


def test_a_journal_tidies_up_when_there_is_enough_to_tidy(
    journal: Journal, journal_path: Path
) -> None:
    fill(journal, COMMITS_UNTIDY - 1)
    assert not journal.is_untidy()
    journal.append([arrival(COMMITS_UNTIDY)], instant())
    assert journal.is_untidy()
    before = journal_path.stat().st_size
    journal.tidy()
    assert journal_path.stat().st_size > before
    assert not journal.is_untidy()
    fill_more = journal.append([arrival(9_999)], instant())
    assert fill_more[0].seq == COMMITS_UNTIDY + 1


def test_a_journal_of_an_earlier_version_goes_on_with_all_its_records(
    journal: Journal, journal_path: Path
) -> None:
    fill(journal, 5)
    journal.acknowledge([(journal.epoch, 1, Verdict.ACCEPTED)])
    journal.close()
    earlier = sqlite3.connect(journal_path)
    assert earlier.execute("PRAGMA journal_mode = TRUNCATE").fetchone() == ("truncate",)
    earlier.close()
    again = open_journal(journal_path, IDENTITY, "c" * 16)
    assert (again.epoch, again.seq, again.depth, again.moved_aside) == ("a" * 16, 5, 4, None)
    assert again._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert again.append([arrival(6)], instant())[0].seq == 6
    again.close()


def test_a_journal_of_an_earlier_version_can_be_checked_after_a_crash(
    journal: Journal, journal_path: Path, tmp_path: Path
) -> None:
    fill(journal, 2)
    journal.close()
    writer = sqlite3.connect(journal_path, isolation_level=None)
    writer.execute("PRAGMA journal_mode = TRUNCATE")
    writer.execute("PRAGMA cache_size = 1")
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("CREATE TABLE spilled AS SELECT zeroblob(1000000)")
    crashed = tmp_path / "crashed.db"
    for end in ("", "-journal"):  # as a power cut would leave them
        shutil.copy(f"{journal_path}{end}", f"{crashed}{end}")
    writer.close()
    reader = open_for_reading(crashed)
    assert check_chain(reader) == 2
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute("DELETE FROM records")
    reader.close()


@pytest.mark.parametrize("end", ["-journal", "-wal"])
def test_what_is_beside_a_journal_moves_with_it(journal_path: Path, end: str) -> None:
    beside = journal_path.with_name(journal_path.name + end)
    journal_path.touch()
    beside.touch()
    moved = _move_aside(journal_path)
    assert moved.exists()
    assert moved.with_name(moved.name + end).exists()
    assert not beside.exists()


def test_what_a_lost_journal_left_beside_it_is_kept_and_not_read(
    journal: Journal, journal_path: Path
) -> None:
    fill(journal, 3)
    beside = journal_path.with_name("journal.db-wal").read_bytes()
    journal.close()
    journal_path.unlink()
    journal_path.with_name("journal.db-wal").write_bytes(beside)
    again = open_journal(journal_path, IDENTITY, "b" * 16)
    assert (again.epoch, again.seq) == ("b" * 16, 0)
    assert journal_path.with_name("journal.db.damaged-1-wal").read_bytes() == beside
    again.close()
    journal_path.write_bytes(b"rubbish" * 1_000)
    third = open_journal(journal_path, IDENTITY, "c" * 16)
    assert third.moved_aside == journal_path.with_name("journal.db.damaged-2")
    third.close()


def test_a_journal_on_a_full_disk_is_opened_with_the_room_that_was_kept_for_it(
    journal: Journal, journal_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an orderly stop `-wal` and `-shm` are gone, and the box must say why it serves none."""
    fill(journal, 2)
    journal.close()
    reserve = journal_path.with_name("journal.db.reserve")
    assert reserve.stat().st_size == RESERVE_BYTES
    check = edge.journal.file._check_pages

    def no_room(*given: Any, **named: Any) -> None:
        if reserve.exists():
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorname = "SQLITE_IOERR_SHMSIZE"
            raise error
        check(*given, **named)

    monkeypatch.setattr(edge.journal.file, "_check_pages", no_room)
    again = open_journal(journal_path, IDENTITY, "b" * 16)
    assert (again.seq, reserve.exists()) == (2, False)
    again.close()
    monkeypatch.undo()
    open_journal(journal_path, IDENTITY, "b" * 16).close()
    assert reserve.exists()
