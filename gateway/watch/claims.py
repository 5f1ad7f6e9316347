"""Records that lanes say they have, and that do not come: somebody must look why.

What a lane says is unsigned. A box whose records are held up says the truth; whoever else may
publish in its name need not. Either way trucks are judged more leniently meanwhile, so it is shown.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.engine import Connection

from gateway.records.alarm_kinds import AlarmKind
from gateway.records.alarms import Alarm, open_alarm, resolve_alarms
from gateway.records.hints import Hint
from gateway.records.lane_reports import CLAIM_FORGOTTEN_MS, Claim, LaneKey, LaneReports
from gateway.records.tables import alarms, chains
from gateway.registry.retiring import IS_ACTIVE
from gateway.registry.tables import lanes

_OPEN: Final = select(alarms.c.yard_id, alarms.c.lane_id, alarms.c.subject).where(
    alarms.c.kind == AlarmKind.RECORDS_LATE, alarms.c.resolved_ms.is_(None)
)
_LAST: Final = select(chains.c.last_seq).where(
    chains.c.yard_id == bindparam("b_yard"),
    chains.c.lane_id == bindparam("b_lane"),
    chains.c.epoch == bindparam("b_epoch"),
)
_REGISTERED: Final = select(lanes.c.yard_id, lanes.c.id).where(IS_ACTIVE)


class _Missing(NamedTuple):
    """What an open alarm is about: all records of a journal up to a number."""

    yard: str
    lane: str
    epoch: str
    seq: int

    @property
    def place(self) -> LaneKey:
        return (self.yard, self.lane)

    @property
    def alarm(self) -> Alarm:
        subject = f"{self.epoch}:{self.seq}"
        return Alarm(AlarmKind.RECORDS_LATE, "", self.yard, self.lane, subject)


@dataclass(frozen=True, slots=True)
class Claims:
    """What one gateway has heard lanes claim."""

    reports: LaneReports
    late_ms: int
    since_ms: int | None
    """Since when it hears every lane; None while it hears none."""


def follow_claims(connection: Connection, claims: Claims, now_ms: int) -> tuple[Hint, ...]:
    """Open and close the alarms of records that lanes claim to have and that do not come."""
    late = claims.reports.late(connection, claims.late_ms)
    known = [_missing(*row) for row in connection.execute(_OPEN)]
    if not (known or late):
        return ()
    registered = {(row.yard_id, row.id) for row in connection.execute(_REGISTERED)}
    over = [
        one.alarm
        for one in known
        if one.place not in registered or _is_over(connection, one, claims, now_ms)
    ]
    hints = list(resolve_alarms(connection, over, now_ms) if over else ())
    for lane in sorted((registered & set(late)) - {one.place for one in known}):
        hints.extend(_open(connection, lane, late[lane], now_ms))
    return tuple(hints)


def _open(connection: Connection, lane: LaneKey, claim: Claim, now_ms: int) -> tuple[Hint, ...]:
    detail = f"{claim.seq}, journal {claim.epoch}"
    alarm = Alarm(AlarmKind.RECORDS_LATE, detail, *lane, subject=f"{claim.epoch}:{claim.seq}")
    opened = open_alarm(connection, alarm, now_ms)
    return () if opened is None else (opened,)


def _is_over(connection: Connection, missing: _Missing, claims: Claims, now_ms: int) -> bool:
    """Return whether they are here, or whether nobody has claimed them for long."""
    names = {"b_yard": missing.yard, "b_lane": missing.lane, "b_epoch": missing.epoch}
    last: int | None = connection.execute(_LAST, names).scalar_one_or_none()
    if last is not None and last >= missing.seq:
        return True
    claim = claims.reports.claim_of(missing.place)
    if claim is None or (claim.epoch == missing.epoch and claim.seq >= missing.seq):
        return False
    is_sure = claims.since_ms is not None and now_ms - claims.since_ms > CLAIM_FORGOTTEN_MS
    return claim.epoch != missing.epoch or is_sure


def _missing(yard: str, lane: str, subject: str) -> _Missing:
    epoch, _, seq = subject.partition(":")
    return _Missing(yard, lane, epoch, int(seq))
