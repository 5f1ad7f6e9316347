"""The lane's journal: signed, numbered, hash-chained records, and the outbox in the same file.

SQLite in WAL mode with synchronous=FULL: what `append` returned survives a power cut. One
connection, used by one thread.
"""

import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.journal.open_faults import NAME, OpenFaults
from edge.lane.effects import Write
from edge.lane.recovery import StopRecord
from edge.lane.signals import Instant
from edge.messages import (
    GENESIS_HASH,
    RECORD,
    LaneFault,
    Record,
    Sealed,
    Verdict,
    WeighingCompleted,
    sha256_hex,
)

UNCONFIRMED: Final = (
    "SELECT tag FROM outbox CROSS JOIN records USING (seq) WHERE kind LIKE 'weighing_completed.v%'"
)
"""CROSS: from the few that wait to their records, not through all records."""
REOPENED_MAX: Final = 5_000
"""The lane stands still meanwhile. The gateway asks for the next ones when it has these."""
COMMITS_UNTIDY: Final = 100
FULL_ERRORS: Final = {"SQLITE_FULL", "SQLITE_READONLY", "SQLITE_BUSY", "SQLITE_IOERR_SHMSIZE"}
"""The last is that of a full disk on which the file's `-shm` has no room."""


class JournalFull(Exception):
    """Nothing can be written now (disk full, read-only or locked); nothing was written."""


class JournalBroken(Exception):
    """The disk failed: what is on it is unknown until the box has started again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who signs: written into every record."""

    yard: str
    lane: str
    key: Ed25519PrivateKey
    boot_id: str


@dataclass(frozen=True, slots=True)
class Stored:
    """A record that is durable, as it goes to the gateway."""

    seq: int
    event_id: UUID
    sealed: Sealed


class Journal:
    """One lane's journal. Made by `edge.journal.file.open_journal`."""

    def __init__(
        self, connection: sqlite3.Connection, lock: TextIO, path: Path, identity: Identity
    ) -> None:
        self._db = connection
        self._lock = lock
        self._path = path
        self._identity = identity
        self.moved_aside: Path | None = None
        """Where a damaged journal was moved at the start."""
        self.epoch: str = connection.execute("SELECT epoch FROM meta").fetchone()[0]
        row = connection.execute(
            "SELECT seq, body_sha256 FROM records ORDER BY seq DESC LIMIT 1"
        ).fetchone()
        self.seq: int = row[0] if row else 0
        self._head: str = row[1] if row else GENESIS_HASH
        self._commits = 0
        self.depth: int = self._waiting()
        self.unconfirmed: Counter[str] = self._unconfirmed()
        """For each tag, the weighings that the gateway has not receipted."""
        self._faults = OpenFaults.on_record(connection)

    def append(self, writes: Sequence[Write], at: Instant) -> list[Stored]:
        """Sign and store records in one commit; JournalFull or JournalBroken if it did not."""
        seq, head, stored, faults = self.seq, self._head, [], self._faults
        with self._transaction():
            for write in writes:
                seq += 1
                record = self._record(write, at, seq, head)
                body = record.model_dump_json()
                sealed = Sealed.seal(body, self._identity.key, write.curve)
                head = sha256_hex(body)
                self._insert(record, sealed, head)
                faults = faults.after([record])
                stored.append(Stored(seq, record.event_id, sealed))
            if faults is not self._faults:
                self._keep(NAME, faults.model_dump_json())
        self.seq, self._head, self._faults = seq, head, faults
        self.depth += len(stored)
        self.unconfirmed.update(
            str(write.content["tag"]) for write in writes if write.form is WeighingCompleted
        )
        return stored

    def acknowledge(self, entries: Sequence[tuple[str, int, Verdict]]) -> list[int]:
        """Note the gateway's receipts in one commit; return the numbers that left the outbox.

        A fork was not stored by the gateway, so it stays. Another epoch is another journal's.
        """
        mine = [
            (seq, verdict.value)
            for epoch, seq, verdict in entries
            if epoch == self.epoch and verdict is not Verdict.FORK
        ]
        gone = []
        with self._transaction():
            for seq, verdict in mine:
                if self._db.execute("DELETE FROM outbox WHERE seq = ?", (seq,)).rowcount:
                    # the first receipt stays, also of a record that was sent again
                    self._db.execute("INSERT OR IGNORE INTO receipts VALUES (?, ?)", (seq, verdict))
                    gone.append(seq)
        self.depth -= len(gone)
        self.unconfirmed -= Counter(tag for seq in gone for tag in self._tag_of_weighing(seq))
        return gone

    def reopen(self, seq: int) -> int:
        """Put a receipted record and those after it back into the outbox; return how many.

        None, if that record still waits for its receipt or does not exist; REOPENED_MAX at a time.
        """
        with self._transaction():
            self._db.execute(
                "INSERT OR IGNORE INTO outbox SELECT seq FROM records WHERE seq >= ?"
                " AND EXISTS (SELECT 1 FROM records WHERE seq = ?)"
                " AND NOT EXISTS (SELECT 1 FROM outbox WHERE seq = ?)"
                " ORDER BY seq LIMIT ?",
                (seq, seq, seq, REOPENED_MAX),
            )
        before, self.depth = self.depth, self._waiting()
        self.unconfirmed = self._unconfirmed()
        return self.depth - before

    def unacknowledged(self, limit: int) -> list[int]:
        """Return the first numbers of the outbox, in order."""
        rows = self._db.execute("SELECT seq FROM outbox ORDER BY seq LIMIT ?", (limit,))
        return [row[0] for row in rows]

    def sealed(self, seq: int) -> Sealed:
        """Return a record as it was sealed; KeyError if there is none."""
        row = self._db.execute(
            "SELECT body, key_id, signature, curve FROM records WHERE seq = ?", (seq,)
        ).fetchone()
        if row is None:
            raise KeyError(seq)
        body, key_id, signature, curve = row
        return Sealed(body=body, key_id=key_id, signature=signature, curve=curve)

    def number_of(self, event_id: UUID) -> int | None:
        """Return a record's number."""
        row = self._db.execute(
            "SELECT seq FROM records WHERE event_id = ?", (str(event_id),)
        ).fetchone()
        return row[0] if row else None

    def last_stop(self) -> list[StopRecord]:
        """Return the records of the last stop, oldest first."""
        rows = self._db.execute(
            "SELECT body FROM records WHERE stop_id = (SELECT stop_id FROM records"
            " WHERE stop_id IS NOT NULL ORDER BY seq DESC LIMIT 1) ORDER BY seq"
        )
        records = [RECORD.validate_json(row[0]) for row in rows]
        return [one for one in records if not isinstance(one, LaneFault)]

    def open_faults(self) -> dict[str, str]:
        """Return device -> reason for each fault that is on record and not over."""
        return dict(self._faults.by_device)

    def keep(self, name: str, sealed: str) -> None:
        """Keep a document for the next start, in place of the one before."""
        with self._transaction():
            self._keep(name, sealed)

    def kept(self, name: str) -> str | None:
        """Return a kept document."""
        row = self._db.execute("SELECT sealed FROM kept WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def is_untidy(self) -> bool:
        """Tell whether enough was committed to be worth moving into the file."""
        return self._commits >= COMMITS_UNTIDY

    def tidy(self) -> None:
        """Move what was committed from the `-wal` file into the journal's, while no truck waits.

        SQLite would do it by itself, a little later, within a commit that a truck waits for.
        """
        with self._errors():
            self._db.execute("PRAGMA wal_checkpoint(PASSIVE)")
        self._commits = 0

    def free_mb(self) -> int:
        """Return the free space of the disk that holds the journal."""
        return shutil.disk_usage(self._path.parent).free // 1_000_000

    def close(self) -> None:
        """Close the file and let another process have it."""
        self._db.close()
        self._lock.close()

    def _keep(self, name: str, text: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO kept VALUES (?, ?)", (name, text))

    def _waiting(self) -> int:
        count: int = self._db.execute("SELECT count(*) FROM outbox").fetchone()[0]
        return count

    def _unconfirmed(self) -> Counter[str]:
        rows = self._db.execute(UNCONFIRMED)
        return Counter(tag for (tag,) in rows)

    def _tag_of_weighing(self, seq: int) -> list[str]:
        rows = self._db.execute(
            "SELECT tag FROM records WHERE seq = ? AND kind LIKE 'weighing_completed.v%'", (seq,)
        )
        return [row[0] for row in rows]

    def _record(self, write: Write, at: Instant, seq: int, head: str) -> Record:
        return write.form.model_validate(
            {
                "yard": self._identity.yard,
                "lane": self._identity.lane,
                "epoch": self.epoch,
                "seq": seq,
                "event_id": write.event_id,
                "previous_hash": head,
                "at": at.utc,
                "clock": at.clock,
                "mono_ms": at.mono_ms,
                "boot_id": self._identity.boot_id,
                **write.content,
            }
        )

    def _insert(self, record: Record, sealed: Sealed, body_sha256: str) -> None:
        stop_id = getattr(record, "stop_id", None)
        row = (
            record.seq,
            str(record.event_id),
            record.kind,
            str(stop_id) if stop_id else None,
            getattr(record, "tag", None),
            sealed.body,
            body_sha256,
            sealed.key_id,
            sealed.signature,
            sealed.curve,
        )
        self._db.execute("INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        self._db.execute("INSERT INTO outbox VALUES (?)", (record.seq,))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._errors():
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield
                self._db.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise
        self._commits += 1

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname in FULL_ERRORS:
                raise JournalFull(str(error)) from error
            raise JournalBroken(f"{error.sqlite_errorname}: {error}") from error

    def _roll_back(self) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")
