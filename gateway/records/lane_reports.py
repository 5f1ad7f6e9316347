"""What lanes last said of themselves: whether a gateway may have heard all that they recorded.

Kept in memory: `state` is retained, so that a gateway that starts hears each lane's last one at
once. A lane that has told records, that some gateway has heard before and this one has not, may
have recorded anything in the meantime.

`state` is unsigned and never decides about money; it tells when to wait for a record, and when a
truck may be further on its way than is known. So it is believed for a while only: each answer says
for how long nothing has come, and whoever asks has a limit. What a lane claims to have, and what
never comes, is an alarm (`gateway.watch.lanes`).
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.engine import Connection

from edge.messages import LaneState
from gateway.records.tables import chains, lanes_heard
from gateway.registry.retiring import IS_ACTIVE
from gateway.registry.tables import lanes

LaneKey = tuple[str, str]
"""Yard and lane."""

SILENT_MS: Final = 12_000
"""A lane says its state every 5 s: then two of them are missing, long before its last will."""
CLAIM_FORGOTTEN_MS: Final = 3_600_000
"""A claim is dropped when the lane has named only smaller numbers for this long."""


class Claim(NamedTuple):
    """How many records a lane says that it has in a journal.

    It stands until so many are here. A lane's number never falls: whoever says less was not the
    lane, or was not when it said more.
    """

    epoch: str
    seq: int
    since_ms: int
    said_ms: int
    """When it was last said; `since_ms`: when it was said first."""


class Report(NamedTuple):
    is_online: bool
    epoch: str
    seq: int
    """The lane's last record."""
    heard_ms: int
    """When it was last heard itself."""
    claim: Claim


@dataclass(frozen=True, slots=True)
class Behind:
    """A lane that has recorded more than has come here, or may have."""

    yard: str
    lane: str
    still_ms: int
    """For how long nothing of it has come."""
    is_reachable: bool
    """Whether it is heard, and says that it has more."""


@dataclass(slots=True)
class _Told:
    """What a lane's journals have brought here."""

    last: dict[str, int] = field(default_factory=dict)
    """By epoch: the last record that was applied."""
    heard_ms: int | None = None
    """When a gateway last heard how it is, as far as that was written down; None: never."""

    def has(self, claim: Claim) -> bool:
        """Return whether all that the lane claims is here.

        A new journal that has told nothing replaced one that may have had more.
        """
        is_unknown = claim.epoch not in self.last and bool(self.last)
        return not is_unknown and self.last.get(claim.epoch, 0) >= claim.seq


_CHAINS: Final = (
    select(
        chains.c.yard_id,
        chains.c.lane_id,
        chains.c.epoch,
        chains.c.last_seq,
        lanes_heard.c.heard_ms,
    )
    .join(
        lanes_heard,
        (lanes_heard.c.yard_id == chains.c.yard_id) & (lanes_heard.c.lane_id == chains.c.lane_id),
        isouter=True,
    )
    .where(chains.c.yard_id.in_(bindparam("b_yards", expanding=True)))
)

_RETIRED: Final = select(lanes.c.yard_id, lanes.c.id).where(~IS_ACTIVE)


class LaneReports:
    """Filled by the MQTT thread, read by whoever judges a truck."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._reports: dict[LaneKey, Report] = {}
        self._lock = threading.Lock()

    def take(self, yard: str, lane: str, state: LaneState) -> None:
        """Keep what a lane says, or what its last will says for it."""
        with self._lock:
            now_ms = self._now_ms()
            last = self._reports.get((yard, lane))
            if state.online or last is None:
                claim = _claim(last, state, now_ms)
                said = Report(state.online, state.epoch, state.seq, now_ms, claim)
            else:
                said = last._replace(is_online=False)
            self._reports[yard, lane] = said

    def behind(self, connection: Connection, yards: Iterable[str]) -> tuple[Behind, ...]:
        """Return the lanes of these yards that may have recorded what is not here.

        Nobody waits for a lane that is retired: what it last said of itself means nothing any more.
        """
        wanted = frozenset(yards)
        told = _told(connection, wanted)
        with self._lock:
            known = {key for key in self._reports if key[0] in wanted}
            found = [self._behind(key, told.get(key, _Told())) for key in sorted({*known, *told})]
        missing = [behind for behind in found if behind is not None]
        retired = _retired(connection) if missing else frozenset()
        return tuple(one for one in missing if (one.yard, one.lane) not in retired)

    def late(self, connection: Connection, late_ms: int) -> dict[LaneKey, Claim]:
        """Return what lanes claim to have and what has not come for longer than that."""
        with self._lock:
            yards = frozenset(yard for yard, _ in self._reports)
        told, before_ms = _told(connection, yards), self._now_ms() - late_ms
        with self._lock:
            for key in self._reports:
                self._renew(key, told.get(key, _Told()))
            claims = {key: report.claim for key, report in self._reports.items()}
        return {
            key: claim
            for key, claim in claims.items()
            if claim.seq and claim.since_ms < before_ms and not told.get(key, _Told()).has(claim)
        }

    def claim_of(self, lane: LaneKey) -> Claim | None:
        """Return what a lane claims, None if it was not heard here."""
        with self._lock:
            report = self._reports.get(lane)
        return None if report is None else report.claim

    def _behind(self, key: LaneKey, told: _Told) -> Behind | None:
        now_ms = self._now_ms()
        report = self._reports.get(key)
        if report is None:
            return _unheard(key, told.heard_ms, now_ms)
        silent_ms = now_ms - report.heard_ms
        if not report.is_online or silent_ms > SILENT_MS:
            if not report.epoch and told.heard_ms is not None:  # a last will is all there was
                return _unheard(key, told.heard_ms, now_ms)
            return Behind(*key, silent_ms, is_reachable=False)
        self._renew(key, told)
        claim = self._reports[key].claim
        if told.has(claim._replace(epoch=report.epoch, seq=report.seq)):
            return None
        return Behind(*key, now_ms - claim.since_ms, is_reachable=True)

    def _renew(self, key: LaneKey, told: _Told) -> None:
        """Begin a lane's claim anew with what it said last, if all of the old one is here."""
        report = self._reports[key]
        if told.has(report.claim):
            now_ms = self._now_ms()
            anew = Claim(report.epoch, report.seq, now_ms, now_ms)
            self._reports[key] = report._replace(claim=anew)


def _unheard(key: LaneKey, heard_ms: int | None, now_ms: int) -> Behind | None:
    """Return a lane that others have heard; of one that says nothing of itself nothing is known."""
    return None if heard_ms is None else Behind(*key, max(0, now_ms - heard_ms), is_reachable=False)


def _claim(last: Report | None, state: LaneState, now_ms: int) -> Claim:
    if last is not None and last.claim.epoch == state.epoch:
        if state.seq >= last.claim.seq:
            is_back = not last.is_online or now_ms - last.heard_ms > SILENT_MS
            since_ms = now_ms if is_back else last.claim.since_ms
            return last.claim._replace(since_ms=since_ms, said_ms=now_ms)
        if now_ms - last.claim.said_ms <= CLAIM_FORGOTTEN_MS:
            return last.claim
    return Claim(state.epoch, state.seq, now_ms, now_ms)


def _told(connection: Connection, yards: frozenset[str]) -> dict[LaneKey, _Told]:
    found: dict[LaneKey, _Told] = {}
    for row in connection.execute(_CHAINS, {"b_yards": sorted(yards)}):
        told = found.setdefault((row.yard_id, row.lane_id), _Told())
        told.last[row.epoch] = row.last_seq
        told.heard_ms = row.heard_ms
    return found


def _retired(connection: Connection) -> frozenset[LaneKey]:
    return frozenset((row.yard_id, row.id) for row in connection.execute(_RETIRED))
