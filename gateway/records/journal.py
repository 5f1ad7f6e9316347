"""One lane's journal in the database: its stored records and how far it was applied."""

from typing import Final, NamedTuple

from sqlalchemy import and_, bindparam, insert, or_, select, update
from sqlalchemy.engine import Connection

from edge.messages import Record, Verdict
from gateway.records.chain import GENESIS, ChainEnd
from gateway.records.envelope import Genuine
from gateway.records.tables import chains, records
from taigan.sql import insert_if_absent

_CHAIN: Final = (
    chains.c.yard_id == bindparam("b_yard"),
    chains.c.lane_id == bindparam("b_lane"),
    chains.c.epoch == bindparam("b_epoch"),
)
_LAST: Final = select(chains.c.last_seq, chains.c.last_sha256).where(*_CHAIN).with_for_update()
_OF_LANE: Final = select(chains.c.epoch).where(_CHAIN[0], _CHAIN[1]).limit(1)
_ADVANCE: Final = (
    update(chains)
    .where(*_CHAIN)
    .values(last_seq=bindparam("b_seq"), last_sha256=bindparam("b_sha256"))
)
_BEGUN: Final = {
    "yard_id": bindparam("b_yard"),
    "lane_id": bindparam("b_lane"),
    "epoch": bindparam("b_epoch"),
    "last_seq": GENESIS.seq,
    "last_sha256": GENESIS.sha256,
    "first_received_ms": bindparam("b_now_ms"),
}
_BEGIN: Final = insert_if_absent(chains).values(_BEGUN)

_JOURNAL: Final = (
    records.c.yard_id == bindparam("b_yard"),
    records.c.lane_id == bindparam("b_lane"),
    records.c.epoch == bindparam("b_epoch"),
)
_NUMBER: Final = (*_JOURNAL, records.c.seq == bindparam("b_seq"))
_IS_PARKED: Final = records.c.verdict == Verdict.PARKED.value
_TAKEN: Final = select(records.c.seq, records.c.body_sha256, records.c.verdict).where(
    or_(and_(*_NUMBER), records.c.event_id == bindparam("b_event_id"))
)
_PARKED: Final = select(records.c.body, records.c.body_sha256).where(*_NUMBER, _IS_PARKED)
_ANY_PARKED: Final = select(records.c.seq).where(*_JOURNAL, _IS_PARKED).limit(1)
_INSERT: Final = insert(records)
_CONCLUDE: Final = (
    update(records)
    .where(*_NUMBER)
    .values(verdict=bindparam("b_verdict"), reason=bindparam("b_reason"))
)


class StoredRecord(NamedTuple):
    sha256: str
    verdict: Verdict


class Parked(NamedTuple):
    body: str
    sha256: str


class Conclusion(NamedTuple):
    verdict: Verdict
    reason: str | None


class Journal:
    """(yard, lane, epoch), locked by `lock` until the transaction is over."""

    def __init__(self, connection: Connection, record: Record) -> None:
        self._connection = connection
        self._names = {"b_yard": record.yard, "b_lane": record.lane, "b_epoch": record.epoch}

    def lock(self, now_ms: int) -> tuple[ChainEnd, bool]:
        """Return the last record applied, and whether this journal replaces another one."""
        row = self._connection.execute(_LAST, self._names).one_or_none()
        is_replacement = False
        if row is None:
            is_replacement = self._connection.execute(_OF_LANE, self._names).first() is not None
            self._connection.execute(_BEGIN, self._names | {"b_now_ms": now_ms})
            row = self._connection.execute(_LAST, self._names).one()
        return ChainEnd(row.last_seq, row.last_sha256), is_replacement

    def stored(self, record: Record) -> StoredRecord | None:
        """Return what is stored under this number, or under this event id if that is elsewhere."""
        found = self._connection.execute(
            _TAKEN, self._names | {"b_seq": record.seq, "b_event_id": str(record.event_id)}
        ).all()
        row = next((row for row in found if row.seq == record.seq), found[0] if found else None)
        return None if row is None else StoredRecord(row.body_sha256, Verdict(row.verdict))

    def insert(self, genuine: Genuine, conclusion: Conclusion, now_ms: int) -> None:
        record, sealed = genuine.record, genuine.sealed
        self._connection.execute(
            _INSERT,
            {
                "yard_id": record.yard,
                "lane_id": record.lane,
                "epoch": record.epoch,
                "seq": record.seq,
                "event_id": str(record.event_id),
                "kind": record.kind,
                "body": sealed.body,
                "body_sha256": genuine.sha256,
                "key_id": sealed.key_id,
                "signature": sealed.signature,
                "curve": sealed.curve,
                "received_ms": now_ms,
                "verdict": conclusion.verdict.value,
                "reason": conclusion.reason,
            },
        )

    def advance(self, last: ChainEnd) -> None:
        end = {"b_seq": last.seq, "b_sha256": last.sha256}
        self._connection.execute(_ADVANCE, self._names | end)

    def parked(self, seq: int) -> Parked | None:
        """Return the record that waits under this number."""
        row = self._connection.execute(_PARKED, self._names | {"b_seq": seq}).one_or_none()
        return None if row is None else Parked(row.body, row.body_sha256)

    def has_parked(self) -> bool:
        return self._connection.execute(_ANY_PARKED, self._names).first() is not None

    def conclude(self, seq: int, conclusion: Conclusion) -> None:
        """Give a parked record its final verdict."""
        values = {"b_seq": seq, "b_verdict": conclusion.verdict.value}
        self._connection.execute(_CONCLUDE, self._names | values | {"b_reason": conclusion.reason})
