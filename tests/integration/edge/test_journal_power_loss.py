"""The power goes at every write and sync: what the journal called durable is there afterwards."""

import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID, uuid4

import pytest

from edge.journal.file import check_chain, open_journal
from edge.lane.effects import Write
from edge.messages import TruckArrived
from tests.integration.edge.identities import IDENTITY
from tests.integration.edge.journal_at_work import CONTENT
from tests.integration.edge.power_loss import CrashState, Step, crash_states, traced
from tests.unit.edge.lanes import instant

RECORDS = 30
PER_STEP = 3
SEED = 11
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it


def steps_of(path: Path, log: Path, *pragmas: str) -> list[Step]:
    program = [sys.executable, "-m", "tests.integration.edge.journal_at_work"]
    return traced([*program, str(path), str(RECORDS), *pragmas], path.parent, log)


def of_an_earlier_version(path: Path, records: int) -> None:
    """Leave a journal as the program before this one did: with a rollback journal."""
    journal = open_journal(path, IDENTITY, "a" * 16)
    for number in range(1, records + 1):
        content = {**CONTENT, "stop_id": uuid4()}
        journal.append([Write(TruckArrived, UUID(int=number), content)], instant(number))
    journal.close()
    database = sqlite3.connect(path, isolation_level=None)
    assert database.execute("PRAGMA journal_mode = TRUNCATE").fetchone() == ("truncate",)
    database.close()


def promised(said: list[str], what: str) -> int:
    return max((int(one.split()[1]) for one in said if one.startswith(what)), default=0)


def loss(state: CrashState, folder: Path, kept: int) -> str | None:
    """Return what a box that is switched on again has lost or finds damaged, if anything."""
    for name, data in state.files.items():
        (folder / name).write_bytes(data)
    journal = open_journal(folder / "journal.db", IDENTITY, "b" * 16)
    try:
        stored = max(promised(state.said, "stored"), kept)
        filed = promised(state.said, "filed")
        if (state.said or kept) and (journal.epoch, journal.moved_aside) != ("a" * 16, None):
            return "the journal"
        if journal.seq < stored:
            return f"record {stored}"
        if filed and filed in journal.unacknowledged(999):
            return f"the receipt of {filed}"
        assert check_chain(journal._db) == journal.seq
        content = {**CONTENT, "stop_id": uuid4()}
        journal.append([Write(TruckArrived, uuid4(), content)], instant())  # and it goes on
    finally:
        journal.close()
    return None


def losses(steps: list[Step], before: dict[str, bytes], kept: int = 0) -> Iterator[str]:
    where = MEMORY if MEMORY.is_dir() else None
    for state in crash_states(before, steps, PER_STEP, SEED):
        with TemporaryDirectory(dir=where) as folder:
            found = loss(state, Path(folder), kept)
            if found is not None:
                yield f"{found} after {state.said[-1:]}"


def test_nothing_that_was_durable_is_lost_by_a_power_cut(tmp_path: Path) -> None:
    path = tmp_path / "lane" / "journal.db"
    path.parent.mkdir()
    steps = steps_of(path, tmp_path / "log")
    assert sum(step.what == "synced" for step in steps) > RECORDS
    assert list(losses(steps, {})) == []


def test_an_upgrade_of_a_journal_loses_nothing_by_a_power_cut(tmp_path: Path) -> None:
    path = tmp_path / "lane" / "journal.db"
    path.parent.mkdir()
    of_an_earlier_version(path, 12)
    before = {path.name: path.read_bytes()}
    steps = steps_of(path, tmp_path / "log")
    assert list(losses(steps, before, kept=12)) == []
    assert path.read_bytes()[18:20] == b"\2\2"


@pytest.mark.parametrize("pragma", ["synchronous = NORMAL", "synchronous = OFF"])
def test_the_replay_finds_a_journal_that_does_not_sync(tmp_path: Path, pragma: str) -> None:
    path = tmp_path / "lane" / "journal.db"
    path.parent.mkdir()
    steps = steps_of(path, tmp_path / "log", pragma)
    assert next(losses(steps, {}), None) is not None
