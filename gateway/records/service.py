"""Receiving a record: verify, find its place in the journal, apply it, in one transaction.

What a record *means* is not known here: the `RecordHandler` that is passed in applies it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, NamedTuple, Protocol, assert_never

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import bindparam, select
from sqlalchemy.engine import Connection

from edge.messages import RECORD, ClockQuality, Command, Record, Verdict
from gateway.keys import read_public
from gateway.records.alarm_kinds import AlarmKind
from gateway.records.alarms import Alarm, raise_alarm, resolve_alarm, resolve_alarms
from gateway.records.chain import ChainEnd, Numbered, Placement, place
from gateway.records.envelope import Envelope, Genuine, Rejected, open_sealed, read_sealed
from gateway.records.hints import Hint
from gateway.records.journal import Conclusion, Journal, StoredRecord
from gateway.registry.retiring import IS_ACTIVE
from gateway.registry.tables import lanes

Entry = tuple[str, int, Verdict]


@dataclass(frozen=True, slots=True)
class Applied:
    """What one record did."""

    verdict: Verdict = Verdict.ACCEPTED
    reason: str | None = None
    commands: tuple[Command, ...] = ()
    hints: tuple[Hint, ...] = ()
    queued: bool = False
    """A ticket waits to be sent to settlement."""


class RecordHandler(Protocol):
    """Applies records, in the order of their journal, inside the caller's transaction."""

    def prepare(self, connection: Connection, records: Sequence[Record]) -> None:
        """Lock what these records may change; all of them are then applied, in this order."""
        ...

    def apply(self, connection: Connection, record: Record, now_ms: int) -> Applied: ...

    def answer_again(
        self, connection: Connection, record: Record, now_ms: int
    ) -> tuple[Command, ...]: ...


@dataclass(frozen=True, slots=True)
class AfterCommit:
    """What to send once the transaction is committed; no receipt for what was not genuine."""

    record: Record | None = None
    """The record itself, if it was genuine."""
    receipt: tuple[Entry, ...] = ()
    commands: tuple[Command, ...] = ()
    hints: tuple[Hint, ...] = ()
    queued: bool = False
    happened_at: datetime | None = None
    """When the lane made a record that is new here, if its clock was set."""


_LANE_KEY: Final = select(lanes.c.public_key).where(
    lanes.c.yard_id == bindparam("b_yard"), lanes.c.id == bindparam("b_lane"), IS_ACTIVE
)


def receive(
    connection: Connection, envelope: Envelope, handler: RecordHandler, now_ms: int
) -> AfterCommit:
    """Take one message from a lane; taking the same message again gives the same answer.

    Raises Rejected, changing nothing, for a message that no registered lane has signed.
    """
    key = _lane_key(connection, envelope)
    genuine = open_sealed(envelope, read_sealed(envelope), key)
    after = _Reception(connection, genuine, handler, now_ms).receive()
    return replace(after, record=genuine.record)


def rejection_alarm(envelope: Envelope, error: Rejected) -> Alarm:
    """Return the alarm for a rejected message; a lane that does not exist is its subject."""
    is_unknown = error.kind is AlarmKind.LANE_UNKNOWN
    subject = f"{envelope.yard}/{envelope.lane}" if is_unknown else ""
    return Alarm.of(envelope, error.kind, str(error), subject)


def _lane_key(connection: Connection, envelope: Envelope) -> Ed25519PublicKey:
    names = {"b_yard": envelope.yard, "b_lane": envelope.lane}
    text = connection.execute(_LANE_KEY, names).scalar_one_or_none()
    if text is None:
        raise Rejected(
            AlarmKind.LANE_UNKNOWN, f"{envelope.yard}/{envelope.lane} is not registered, or retired"
        )
    return read_public(text)


class _Waiting(NamedTuple):
    """A parked record."""

    record: Record
    sha256: str


class _Reception:
    """One genuine record on its way into the database; used once."""

    def __init__(
        self, connection: Connection, genuine: Genuine, handler: RecordHandler, now_ms: int
    ) -> None:
        self._connection = connection
        self._genuine = genuine
        self._record = genuine.record
        self._handler = handler
        self._now_ms = now_ms
        self._journal = Journal(connection, genuine.record)
        self._hints: list[Hint] = []

    def receive(self) -> AfterCommit:
        last, is_replacement = self._journal.lock(self._now_ms)
        if is_replacement:
            self._alarm(AlarmKind.JOURNAL_EPOCH_NEW, f"epoch {self._record.epoch}")
        return self._place(last, self._journal.stored(self._record))

    def _place(self, last: ChainEnd, stored: StoredRecord | None) -> AfterCommit:
        record = self._record
        numbered = Numbered(
            seq=record.seq, previous_hash=record.previous_hash, sha256=self._genuine.sha256
        )
        match place(last, None if stored is None else stored.sha256, numbered):
            case Placement.ACCEPT:
                return self._accept()
            case Placement.DUPLICATE:
                assert stored is not None
                return self._answer_again(stored.verdict)
            case Placement.PARK:
                return self._park(last)
            case Placement.FORK:
                return self._fork(
                    AlarmKind.JOURNAL_FORKED, "another record has its number or its id"
                )
            case Placement.BROKEN_CHAIN:
                return self._fork(AlarmKind.CHAIN_BROKEN, f"it does not continue {last.sha256}")
            case unreachable:
                assert_never(unreachable)

    def _accept(self) -> AfterCommit:
        parked = list(self._parked_behind())
        records = (self._record, *(each.record for each in parked))
        self._handler.prepare(self._connection, records)
        first = self._apply(self._record, self._genuine.sha256)
        conclusion = Conclusion(first.verdict, first.reason)
        self._journal.insert(self._genuine, conclusion, self._now_ms)
        applied = {self._record.seq: first, **dict(self._apply_parked(parked))}
        if len(applied) > 1 and not self._journal.has_parked():
            self._gap_is_closed()
        self._records_are_taken()
        return AfterCommit(
            receipt=tuple(self._entry(seq, each.verdict) for seq, each in applied.items()),
            commands=tuple(command for each in applied.values() for command in each.commands),
            hints=tuple(self._hints),
            queued=any(each.queued for each in applied.values()),
            happened_at=self._happened_at(),
        )

    def _answer_again(self, verdict: Verdict) -> AfterCommit:
        again: tuple[Command, ...] = ()
        if verdict is Verdict.ACCEPTED:
            again = self._handler.answer_again(self._connection, self._record, self._now_ms)
        receipt = (self._entry(self._record.seq, verdict),)
        return AfterCommit(receipt=receipt, commands=again, hints=tuple(self._hints))

    def _park(self, last: ChainEnd) -> AfterCommit:
        parked = Conclusion(Verdict.PARKED, None)
        self._journal.insert(self._genuine, parked, self._now_ms)
        self._alarm(AlarmKind.RECORDS_MISSING, f"after {last.seq}, before {self._record.seq}")
        entry = self._entry(self._record.seq, Verdict.PARKED)
        return AfterCommit(
            receipt=(entry,), hints=tuple(self._hints), happened_at=self._happened_at()
        )

    def _fork(self, kind: AlarmKind, detail: str) -> AfterCommit:
        """Store nothing: which of the two journals is the true one is for people to find out."""
        self._alarm(kind, f"record {self._record.seq}, hash {self._genuine.sha256}: {detail}")
        entry = self._entry(self._record.seq, Verdict.FORK)
        return AfterCommit(receipt=(entry,), hints=tuple(self._hints))

    def _apply(self, record: Record, sha256: str) -> Applied:
        # Advanced first: whoever asks what lanes have still to tell knows that this one is here.
        self._journal.advance(ChainEnd(record.seq, sha256))
        applied = self._handler.apply(self._connection, record, self._now_ms)
        self._hints.extend(applied.hints)
        if applied.verdict is Verdict.REFUSED:
            self._alarm(AlarmKind.RECORD_REFUSED, f"{record.kind} {record.seq}: {applied.reason}")
        return applied

    def _parked_behind(self) -> Iterator[_Waiting]:
        """Return what waited behind the gap that this record fills, up to the next gap."""
        seq = self._record.seq
        while parked := self._journal.parked(seq := seq + 1):
            yield _Waiting(RECORD.validate_json(parked.body), parked.sha256)

    def _apply_parked(self, parked: Sequence[_Waiting]) -> Iterator[tuple[int, Applied]]:
        sha256 = self._genuine.sha256
        for record, next_sha256 in parked:
            if record.previous_hash != sha256:
                detail = f"parked record {record.seq} does not continue {sha256}"
                self._alarm(AlarmKind.CHAIN_BROKEN, detail)
                applied = Applied(Verdict.REFUSED, "chain_broken")
            else:
                applied = self._apply(record, next_sha256)
                sha256 = next_sha256
            self._journal.conclude(record.seq, Conclusion(applied.verdict, applied.reason))
            yield record.seq, applied
            if applied.reason == "chain_broken":
                return

    def _gap_is_closed(self) -> None:
        alarm = Alarm.of(self._record, AlarmKind.RECORDS_MISSING)
        self._hints.extend(resolve_alarm(self._connection, alarm, self._now_ms))

    def _records_are_taken(self) -> None:
        """Close what kept this lane's records out: they come in order, so it has passed."""
        passed = (AlarmKind.RECORD_FAILED, AlarmKind.RECORD_UNREADABLE)
        over = [Alarm.of(self._record, kind) for kind in passed]
        self._hints.extend(resolve_alarms(self._connection, over, self._now_ms))

    def _alarm(self, kind: AlarmKind, detail: str) -> None:
        alarm = Alarm.of(self._record, kind, detail)
        self._hints.append(raise_alarm(self._connection, alarm, self._now_ms))

    def _happened_at(self) -> datetime | None:
        return None if self._record.clock is ClockQuality.UNSET else self._record.at

    def _entry(self, seq: int, verdict: Verdict) -> Entry:
        return (self._record.epoch, seq, verdict)
