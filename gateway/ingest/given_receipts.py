"""Receipts that this gateway gave lately: a repeated record is answered without a transaction.

Only a shortcut. What is not here is looked up in the database, which alone knows what was applied:
after a restart and beside other gateways nothing or little is here, and nothing goes wrong. Only
final verdicts are kept, and only for the very bytes that were verified and committed. The decision
on the last truck may have been lost on its way or have changed: its records are always looked up.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

from edge.messages import LaneFault, Record, TruckArrived, Verdict, WeighingCompleted
from gateway.records.envelope import Envelope
from gateway.records.service import Entry

KEPT_PER_LANE: Final = 100

Place = tuple[str, str]
"""Yard and lane."""


@dataclass(frozen=True, slots=True)
class _Given:
    entry: Entry
    asks: bool
    """Its lane may wait for a decision on it."""


@dataclass(slots=True)
class _Lane:
    given: OrderedDict[bytes, _Given] = field(default_factory=OrderedDict)
    """By the hash of the message's bytes."""
    epoch: str = ""
    newest: int = 0
    """The last record of a truck: with it the lane has gone on from what it asked before."""


class GivenReceipts:
    """Used by the worker's thread, but for `forget`; no larger than there are registered lanes."""

    def __init__(self) -> None:
        self._lanes: dict[Place, _Lane] = {}

    def note(self, envelope: Envelope, record: Record, receipt: tuple[Entry, ...]) -> None:
        """Remember what a genuine record was answered with, after the commit."""
        lane = self._lanes.setdefault((envelope.yard, envelope.lane), _Lane())
        if lane.epoch != record.epoch:
            lane.epoch, lane.newest = record.epoch, 0
            lane.given.clear()
        if not isinstance(record, LaneFault):
            lane.newest = max(lane.newest, record.seq)
        for entry in receipt:
            if entry[1] == record.seq and entry[2] in {Verdict.ACCEPTED, Verdict.REFUSED}:
                asks = isinstance(record, TruckArrived | WeighingCompleted)
                lane.given[_hash(envelope)] = _Given(entry, asks)
        while len(lane.given) > KEPT_PER_LANE:
            lane.given.popitem(last=False)

    def answer(self, envelope: Envelope) -> tuple[Entry, ...]:
        """Return the receipt of a record that was answered before; none if it must be looked up."""
        lane = self._lanes.get((envelope.yard, envelope.lane))
        if lane is None:
            return ()
        given = lane.given.get(_hash(envelope))
        if given is None or (given.asks and given.entry[1] >= lane.newest):
            return ()
        return (given.entry,)

    def forget(self) -> None:
        """Forget everything: what the database has may not be what it had."""
        self._lanes.clear()


def _hash(envelope: Envelope) -> bytes:
    return blake2b(envelope.payload, digest_size=16).digest()
