"""Opens the journal's file: makes it, checks it, moves a damaged one aside, keeps others out.

The file is in SQLite's WAL mode: a commit is one write and one sync of the file `…-wal` beside it,
where a rollback journal needs five. Both files are the journal. One connection writes, and it alone
moves what is in the one into the other (SQLite before 3.51.3 may lose data when two do); whoever
else looks opens the file for reading only.
"""

import fcntl
import sqlite3
from contextlib import suppress
from importlib import resources
from pathlib import Path
from typing import Final, TextIO

from pydantic import BaseModel, ValidationError

from edge.journal.journal import FULL_ERRORS, Identity, Journal, JournalBroken, JournalFull
from edge.journal.open_faults import LATER_FAULTS, OpenFaults
from edge.messages import GENESIS_HASH, RECORD, Sha256, sha256_hex

SCHEMA_VERSION: Final = 1
CHAIN_CHECKED_AT_START: Final = 200
CHECKED_WHOLE_BYTES: Final = 200_000_000
"""A larger file is checked as a whole only after it failed at work: a year of records is read for
minutes, and a truck may stand on the deck."""
RESERVE_BYTES: Final = 256 * 1024
"""Room kept beside the journal for what SQLite needs to open it on a full disk: a box that cannot
start can tell nobody why."""
SMALL_TABLES: Final = ("meta", "outbox", "receipts", "kept")
PAGE: Final = 500
WAL_HEADER_BYTES: Final = 20
"""The last two of these say how the file is written and read, by SQLite's file format."""
SIDE_FILES: Final = ("-journal", "-wal")
"""What belongs to a journal beside its file; `-shm` is made anew."""


class JournalDamaged(Exception):
    """The file is no journal, or its chain does not hold."""


class JournalInUse(Exception):
    """Another process has this journal open."""


class WrongJournal(Exception):
    """A sound journal of another lane or another version: never moved aside, never written."""


class _Link(BaseModel):
    """What a record of any version says of its place in the chain."""

    seq: int
    previous_hash: Sha256


def open_journal(path: Path, identity: Identity, new_epoch: str) -> Journal:
    """Open a journal, or make one with `new_epoch`; a damaged file is moved aside first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = _take_lock(path)
    try:
        if not path.exists():
            _move_side_files(path, _free_target(path))
        return _opened_with_reserve(path, lock, identity, new_epoch)
    except BaseException:
        lock.close()
        raise


def suspect(path: Path) -> None:
    """Have the whole file checked at the next start: it could not be read or written at work."""
    with suppress(OSError):  # a disk that fails altogether says so at the next start as well
        _mark(path).touch()


def check_chain(connection: sqlite3.Connection, after_seq: int = 0) -> int:
    """Check numbers and hashes of all records after one; return how many there are.

    JournalDamaged names the first record that does not fit. WrongJournal names the first that fits
    and cannot be read: a program of another version wrote it.
    """
    row = connection.execute(
        "SELECT body_sha256 FROM records WHERE seq = ?", (after_seq,)
    ).fetchone()
    head, seq = (row[0] if row else GENESIS_HASH), after_seq
    while page := connection.execute(
        "SELECT seq, body, body_sha256 FROM records WHERE seq > ? ORDER BY seq LIMIT ?", (seq, PAGE)
    ).fetchall():
        for number, body, body_sha256 in page:
            seq += 1
            _check_link(number, body, expected=(seq, head))
            head = sha256_hex(body)
            if head != body_sha256:
                raise JournalDamaged(f"record {number} was changed")
            _check_version(number, body)
    return seq - after_seq


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Open a journal that may be in use, for reading only: nothing of it is written or moved.

    Except in one of an earlier version after a crash: there SQLite first has to undo what was not
    committed, as the box itself would, and needs the right to write for that.
    """
    mode = "ro" if _is_wal(path) else "rw"
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=5)
    connection.execute("PRAGMA query_only = ON")
    return connection


def _is_wal(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(WAL_HEADER_BYTES).endswith(b"\2\2")
    except OSError:
        return False  # SQLite will say why it cannot be opened


def _check_link(number: int, body: str, expected: tuple[int, str]) -> None:
    try:
        link = _Link.model_validate_json(body)
    except ValidationError as error:
        raise JournalDamaged(f"record {number} cannot be read") from error
    if (number, link.previous_hash) != expected or link.seq != number:
        raise JournalDamaged(f"record {number} does not continue the chain")


def _check_version(number: int, body: str) -> None:
    try:
        RECORD.validate_json(body)
    except ValidationError as error:
        raise WrongJournal(f"record {number} is of another version of the program") from error


def _take_lock(path: Path) -> TextIO:
    lock = path.with_name(path.name + ".lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise JournalInUse(f"{path}: another process has this journal open") from error
    return lock


def _opened_with_reserve(path: Path, lock: TextIO, identity: Identity, new_epoch: str) -> Journal:
    reserve = path.with_name(path.name + ".reserve")
    try:
        journal = _opened(path, lock, identity, new_epoch)
    except JournalFull:
        if not reserve.exists():
            raise
        reserve.unlink()
        return _opened(path, lock, identity, new_epoch)
    if not reserve.exists():
        try:
            reserve.write_bytes(bytes(RESERVE_BYTES))
        except OSError:  # no room: the lane will say so
            reserve.unlink(missing_ok=True)
    return journal


def _opened(path: Path, lock: TextIO, identity: Identity, new_epoch: str) -> Journal:
    try:
        return _prepared(path, lock, identity, new_epoch)
    except sqlite3.DatabaseError as error:
        _raise_unless_damaged(error)
    except JournalDamaged:
        pass
    moved = _move_aside(path)
    journal = _prepared(path, lock, identity, new_epoch)
    journal.moved_aside = moved
    return journal


def _raise_unless_damaged(error: sqlite3.DatabaseError) -> None:
    """Raise for a disk that is full or failing: that says nothing about the file."""
    name = error.sqlite_errorname
    if name in FULL_ERRORS:
        raise JournalFull(str(error)) from error
    if name != "SQLITE_NOTADB" and not name.startswith("SQLITE_CORRUPT"):
        raise JournalBroken(f"{name}: {error}") from error


def _prepared(path: Path, lock: TextIO, identity: Identity, new_epoch: str) -> Journal:
    is_whole = _mark(path).exists() or not _is_large(path)
    connection = sqlite3.connect(path, isolation_level=None, timeout=5)
    try:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        is_wal = connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        if not is_wal:
            # not DELETE, SQLite's own choice: a deleted file may be back after a power cut
            connection.execute("PRAGMA journal_mode = TRUNCATE")
        if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
            _create(connection, identity, new_epoch)
        _check_pages(connection, is_whole=is_whole)
        _check(connection, identity)
        if not is_wal:
            connection.execute("PRAGMA journal_mode = WAL")
        journal = Journal(connection, lock, path, identity)
    except BaseException:
        connection.close()
        raise
    _mark(path).unlink(missing_ok=True)
    return journal


def _create(connection: sqlite3.Connection, identity: Identity, epoch: str) -> None:
    schema = resources.files("edge").joinpath("journal_schema.sql").read_text()
    connection.executescript("BEGIN IMMEDIATE;" + schema)
    connection.execute(
        "INSERT INTO meta VALUES (1, ?, ?, ?)", (epoch, identity.yard, identity.lane)
    )
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.execute("COMMIT")


def _check_pages(connection: sqlite3.Connection, *, is_whole: bool) -> None:
    """Check how the file hangs together; where not as a whole, what is read while a truck waits.

    The last records are read anyway, and each of them by its hash.
    """
    for what in ("1",) if is_whole else SMALL_TABLES:
        if connection.execute(f"PRAGMA quick_check({what})").fetchone()[0] != "ok":
            raise JournalDamaged("quick_check failed")


def _check(connection: sqlite3.Connection, identity: Identity) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version != SCHEMA_VERSION:
        raise WrongJournal(f"journal has form {version}, this program knows {SCHEMA_VERSION}")
    owner = connection.execute("SELECT yard, lane FROM meta").fetchone()
    if owner != (identity.yard, identity.lane):
        raise WrongJournal(f"journal belongs to {owner}, not to this lane")
    last = connection.execute("SELECT coalesce(max(seq), 0) FROM records").fetchone()[0]
    check_chain(connection, max(0, last - CHAIN_CHECKED_AT_START))
    # the box reads these faults, also where they are before the last records
    for seq, body in connection.execute(LATER_FAULTS, (OpenFaults.kept(connection).seq,)):
        _check_version(seq, body)


def _move_aside(path: Path) -> Path:
    """Move the file first: without the other it would be an older journal that looks sound."""
    target = _free_target(path)
    path.rename(target)
    _move_side_files(path, target)
    return target


def _mark(path: Path) -> Path:
    return path.with_name(path.name + ".suspect")


def _is_large(path: Path) -> bool:
    return path.exists() and path.stat().st_size > CHECKED_WHOLE_BYTES


def _free_target(path: Path) -> Path:
    """Return a name that nothing was moved to before."""
    number = 1
    while True:
        target = path.with_name(f"{path.name}.damaged-{number}")
        if not any(target.with_name(target.name + end).exists() for end in ("", *SIDE_FILES)):
            return target
        number += 1


def _move_side_files(path: Path, target: Path) -> None:
    for end in SIDE_FILES:
        beside, moved = path.with_name(path.name + end), target.with_name(target.name + end)
        if beside.exists():
            beside.rename(moved)
    path.with_name(path.name + "-shm").unlink(missing_ok=True)
