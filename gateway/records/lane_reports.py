"""What lanes last said of themselves: whether a gateway may have heard all that they recorded.

Kept in memory: `state` is retained, so that a gateway that starts hears each lane's last one at
once. It is unsigned and never decides about money; it tells when to wait for a record, and when a
truck may be further on its way than is known.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.engine import Connection

from edge.messages import LaneState
from gateway.records.tables import chains

LaneKey = tuple[str, str]
"""Yard and lane."""

SILENT_MS: Final = 12_000
"""A lane says its state every 5 s: then two of them are missing, long before its last will."""


class Report(NamedTuple):
    is_online: bool
    epoch: str
    seq: int
    """The lane's last record."""
    heard_ms: int
    """When it was last heard itself."""


@dataclass(frozen=True, slots=True)
class Behind:
    """A lane that has recorded more than has come here, or may have."""

    yard: str
    lane: str
    out_of_reach_ms: int | None
    """For how long nothing could come; None when its records are on their way."""


_CHAINS: Final = select(
    chains.c.yard_id, chains.c.lane_id, chains.c.epoch, chains.c.last_seq
).where(chains.c.yard_id.in_(bindparam("b_yards", expanding=True)))


class LaneReports:
    """Filled by the MQTT thread, read by whoever judges a truck."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._reports: dict[LaneKey, Report] = {}
        self._lock = threading.Lock()

    def take(self, yard: str, lane: str, state: LaneState) -> None:
        """Keep what a lane says, or what its last will says for it."""
        with self._lock:
            last = self._reports.get((yard, lane))
            if state.online or last is None:
                said = Report(state.online, state.epoch, state.seq, self._now_ms())
            else:
                said = last._replace(is_online=False)
            self._reports[yard, lane] = said

    def behind(self, connection: Connection, yards: Iterable[str]) -> tuple[Behind, ...]:
        """Return the lanes of these yards that may have recorded what is not here."""
        wanted = frozenset(yards)
        with self._lock:
            reports = {key: each for key, each in self._reports.items() if key[0] in wanted}
        if not reports:
            return ()
        heard = _heard(connection, wanted)
        found = (self._behind(key, each, heard) for key, each in sorted(reports.items()))
        return tuple(behind for behind in found if behind is not None)

    def _behind(
        self, key: LaneKey, report: Report, heard: dict[tuple[str, str, str], int]
    ) -> Behind | None:
        silent_ms = self._now_ms() - report.heard_ms
        if not report.is_online or silent_ms > SILENT_MS:
            return Behind(*key, silent_ms)
        is_heard = report.seq <= heard.get((*key, report.epoch), 0)
        return None if is_heard else Behind(*key, None)


def _heard(connection: Connection, yards: frozenset[str]) -> dict[tuple[str, str, str], int]:
    rows = connection.execute(_CHAINS, {"b_yards": sorted(yards)})
    return {(row.yard_id, row.lane_id, row.epoch): row.last_seq for row in rows}
