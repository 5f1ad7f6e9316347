"""The bank's durable book: transfers, movements of money and callbacks to deliver, in one SQLite.

Every public method is one transaction, on disk before it returns: a killed bank forgets nothing.
That money moves once per id is a unique constraint.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from simulators.bank.faults import Fate, Faults
from simulators.bank.forms import (
    Callback,
    Deposit,
    Movement,
    MovementKind,
    Transfer,
    TransferOrder,
    TransferStatus,
)

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS transfers (
  id TEXT PRIMARY KEY,
  order_json TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('accepted', 'paid', 'failed')),
  reason TEXT,
  attempts INTEGER NOT NULL,
  pays_at_ms INTEGER,
  visible_from_ms INTEGER NOT NULL,
  callback_delay_ms INTEGER NOT NULL,
  callback_copies INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS movements (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL CHECK (kind IN ('transfer', 'deposit', 'return')),
  reference_id TEXT NOT NULL,
  amount_minor INTEGER NOT NULL,
  text TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  UNIQUE (kind, reference_id)
);
CREATE TABLE IF NOT EXISTS callbacks (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  webhook_id TEXT NOT NULL,
  body TEXT NOT NULL,
  due_ms INTEGER NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS callbacks_due ON callbacks (due_ms);
CREATE INDEX IF NOT EXISTS transfers_due ON transfers (pays_at_ms) WHERE pays_at_ms IS NOT NULL;
"""


class OtherContent(ValueError):
    """The id is taken by an order with other content."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A transfer that the bank has, and how often it has been sent."""

    transfer: Transfer
    attempt: int


class BankBook:
    """One account, its transfers and its callbacks; safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=TRUNCATE")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        self._db.close()

    def take(self, order: TransferOrder, fate: Fate, faults: Faults, now_ms: int) -> Taken:
        """Take an order once; raise OtherContent if its id came with another order before."""
        with self._transaction():
            row = self._db.execute(
                "SELECT order_json, attempts FROM transfers WHERE id = ?", (order.id,)
            ).fetchone()
            if row is None:
                self._insert(order, fate, faults, now_ms)
                return Taken(self._read(order.id), attempt=1)
            if row[0] != order.model_dump_json():
                raise OtherContent(f"transfer {order.id} exists with other content")
            self._db.execute(
                "UPDATE transfers SET attempts = attempts + 1 WHERE id = ?", (order.id,)
            )
            return Taken(self._read(order.id), attempt=row[1] + 1)

    def transfer(self, transfer_id: str) -> Transfer | None:
        with self._transaction():
            known = self._db.execute("SELECT 1 FROM transfers WHERE id = ?", (transfer_id,))
            return self._read(transfer_id) if known.fetchone() else None

    def deposit(self, deposit: Deposit, now_ms: int) -> bool:
        """Book money that came in; return False if this id was booked before."""
        with self._transaction():
            inserted = self._db.execute(
                "INSERT OR IGNORE INTO movements (kind, reference_id, amount_minor, text, at_ms)"
                " VALUES ('deposit', ?, ?, ?, ?)",
                (deposit.id, deposit.amount_minor, deposit.reference, now_ms),
            )
            return inserted.rowcount == 1

    def give_back(self, transfer_id: str, reason: str, now_ms: int) -> bool:
        """Book that a payment came back: the transfer is failed. Return False without a payment."""
        with self._transaction():
            inserted = self._db.execute(
                "INSERT OR IGNORE INTO movements (kind, reference_id, amount_minor, text, at_ms)"
                " SELECT 'return', reference_id, -amount_minor, ?, ? FROM movements"
                " WHERE kind = 'transfer' AND reference_id = ?",
                (reason, now_ms, transfer_id),
            )
            if inserted.rowcount == 1:
                self._decide(transfer_id, TransferStatus.FAILED, reason, now_ms)
            return inserted.rowcount == 1

    def pay_due(self, now_ms: int) -> int:
        """Move the money of accepted transfers whose time has come; return how many."""
        with self._transaction():
            due = self._db.execute(
                "SELECT id FROM transfers WHERE pays_at_ms <= ? ORDER BY pays_at_ms", (now_ms,)
            ).fetchall()
            for (transfer_id,) in due:
                self._pay(transfer_id, now_ms)
            return len(due)

    def movements(self, from_ms: int = 0, to_ms: int = 2**62) -> list[Movement]:
        """Return what moved in a time span, in the order of booking."""
        with self._transaction():
            rows = self._db.execute(
                "SELECT number, kind, reference_id, amount_minor, text, at_ms FROM movements"
                " WHERE at_ms >= ? AND at_ms < ? ORDER BY number",
                (from_ms, to_ms),
            ).fetchall()
        return [
            Movement(
                number=number,
                kind=MovementKind(kind),
                reference_id=reference_id,
                amount_minor=amount_minor,
                text=text,
                at_ms=at_ms,
            )
            for number, kind, reference_id, amount_minor, text, at_ms in rows
        ]

    def balance_minor(self, before_ms: int = 2**62) -> int:
        """Return what the account held before a moment."""
        with self._transaction():
            row = self._db.execute(
                "SELECT COALESCE(SUM(amount_minor), 0) FROM movements WHERE at_ms < ?", (before_ms,)
            ).fetchone()
        return int(row[0])

    def due_callbacks(self, now_ms: int) -> list[Callback]:
        with self._transaction():
            rows = self._db.execute(
                "SELECT number, webhook_id, body, tries FROM callbacks WHERE due_ms <= ?"
                " ORDER BY due_ms, number LIMIT 100",
                (now_ms,),
            ).fetchall()
        return [Callback(number=n, webhook_id=w, body=b, tries=t) for n, w, b, t in rows]

    def callback_done(self, number: int) -> None:
        with self._transaction():
            self._db.execute("DELETE FROM callbacks WHERE number = ?", (number,))

    def callback_failed(self, number: int, due_ms: int) -> None:
        """Try a callback again later."""
        with self._transaction():
            self._db.execute(
                "UPDATE callbacks SET due_ms = ?, tries = tries + 1 WHERE number = ?",
                (due_ms, number),
            )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def _insert(self, order: TransferOrder, fate: Fate, faults: Faults, now_ms: int) -> None:
        late_ms = round(faults.late_s * 1000) if fate.callback_late else 0
        hidden_ms = round(faults.not_found_s * 1000) if fate.hidden else 0
        self._db.execute(
            "INSERT INTO transfers VALUES (?, ?, 'accepted', NULL, 1, ?, ?, ?, ?)",
            (
                order.id,
                order.model_dump_json(),
                now_ms + round(faults.accepted_s * 1000) if fate.accepted_first else None,
                now_ms + hidden_ms,
                late_ms,
                2 if fate.callback_twice else 1,
            ),
        )
        if fate.rejected:
            self._decide(order.id, TransferStatus.FAILED, faults.reject_reason, now_ms)
        elif not fate.accepted_first:
            self._pay(order.id, now_ms)

    def _pay(self, transfer_id: str, now_ms: int) -> None:
        order = self._read(transfer_id).order
        self._db.execute(
            "INSERT INTO movements (kind, reference_id, amount_minor, text, at_ms)"
            " VALUES ('transfer', ?, ?, ?, ?)",
            (order.id, -order.amount_minor, order.reference, now_ms),
        )
        self._decide(transfer_id, TransferStatus.PAID, None, now_ms)

    def _decide(
        self, transfer_id: str, status: TransferStatus, reason: str | None, now_ms: int
    ) -> None:
        self._db.execute(
            "UPDATE transfers SET status = ?, reason = ?, pays_at_ms = NULL WHERE id = ?",
            (status, reason, transfer_id),
        )
        body = json.dumps(self._read(transfer_id).update())
        delay_ms, copies = self._db.execute(
            "SELECT callback_delay_ms, callback_copies FROM transfers WHERE id = ?", (transfer_id,)
        ).fetchone()
        self._db.executemany(
            "INSERT INTO callbacks (webhook_id, body, due_ms) VALUES (?, ?, ?)",
            [(f"msg_{transfer_id}_{status}", body, now_ms + delay_ms)] * copies,
        )

    def _read(self, transfer_id: str) -> Transfer:
        order_json, status, reason, visible_from_ms = self._db.execute(
            "SELECT order_json, status, reason, visible_from_ms FROM transfers WHERE id = ?",
            (transfer_id,),
        ).fetchone()
        return Transfer(
            order=TransferOrder.model_validate_json(order_json),
            status=TransferStatus(status),
            reason=reason,
            visible_from_ms=visible_from_ms,
        )
