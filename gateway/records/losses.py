"""Records that lanes have receipts for and that are not here: a backup was restored.

A lane says in its `state` how many records it has and how many wait for their receipts. That is
not signed: it is a reason to ask the lane, never a proof. What it then sends again is signed.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from sqlalchemy import bindparam, func, select
from sqlalchemy.engine import Connection

from gateway.records.alarm_kinds import AlarmKind
from gateway.records.tables import alarms, chains, records
from gateway.registry.retiring import IS_ACTIVE
from gateway.registry.tables import lanes

Place = tuple[str, str]
"""Yard and lane."""


class Claim(NamedTuple):
    """What a lane that is online says of its journal."""

    yard: str
    lane: str
    epoch: str
    seq: int
    receipted: int
    """How many of its records the gateway has confirmed: at least so many must be here."""

    @property
    def place(self) -> Place:
        return (self.yard, self.lane)


class Loss(NamedTuple):
    """Records `first` to `last` of a journal, which its lane need not send again by itself."""

    yard: str
    lane: str
    epoch: str
    last: int
    first: int = 0
    """0 where it is not known any more."""

    @property
    def place(self) -> Place:
        return (self.yard, self.lane)

    @property
    def subject(self) -> str:
        """Return the name that its alarm has."""
        return f"{self.epoch}:{self.last}"


_ENDS: Final = select(chains.c.yard_id, chains.c.lane_id, chains.c.epoch, chains.c.last_seq)
_REGISTERED: Final = select(lanes.c.yard_id, lanes.c.id).where(IS_ACTIVE)
_BEYOND: Final = select(func.count()).where(
    records.c.yard_id == bindparam("b_yard"),
    records.c.lane_id == bindparam("b_lane"),
    records.c.epoch == bindparam("b_epoch"),
    records.c.seq > bindparam("b_end"),
    records.c.seq <= bindparam("b_last"),
)
_OPEN: Final = select(alarms.c.yard_id, alarms.c.lane_id, alarms.c.subject).where(
    alarms.c.kind == AlarmKind.RECORDS_FORGOTTEN, alarms.c.resolved_ms.is_(None)
)


class StoredRecords:
    """How far the journals are here, at one moment."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lanes = {(row.yard_id, row.id) for row in connection.execute(_REGISTERED)}
        self._ends = {
            (row.yard_id, row.lane_id, row.epoch): int(row.last_seq)
            for row in connection.execute(_ENDS)
        }

    def losses(self, claims: Iterable[Claim]) -> list[Loss]:
        """Return what registered lanes have receipts for and is not here."""
        found = []
        for claim in claims:
            end = self._ends.get((claim.yard, claim.lane, claim.epoch), 0)
            if claim.receipted <= end or claim.place not in self._lanes:
                continue
            loss = Loss(claim.yard, claim.lane, claim.epoch, claim.receipted, end + 1)
            if end + self._beyond(loss, end, claim.seq) < claim.receipted:
                found.append(loss)
        return found

    def has(self, loss: Loss) -> bool:
        """Tell whether all of it is here again, applied or parked."""
        end = self._ends.get((loss.yard, loss.lane, loss.epoch), 0)
        return end >= loss.last or end + self._beyond(loss, end, loss.last) >= loss.last

    def _beyond(self, loss: Loss, end: int, last: int) -> int:
        """Count what is here and not applied: parked, or behind a broken chain."""
        names = {"b_yard": loss.yard, "b_lane": loss.lane, "b_epoch": loss.epoch}
        count = self._connection.execute(_BEYOND, names | {"b_end": end, "b_last": last})
        return int(count.scalar_one())


def open_losses(connection: Connection) -> list[Loss]:
    """Return the losses whose alarms are open: they outlast a restart of the gateway."""
    rows = connection.execute(_OPEN)
    return [_loss(row.yard_id, row.lane_id, row.subject) for row in rows]


def _loss(yard: str, lane: str, subject: str) -> Loss:
    epoch, _, last = subject.partition(":")
    return Loss(yard, lane, epoch, int(last))
