"""Which weighings make which trip. Pure: a vehicle's orders and crossings in, its trips out.

A crossing is a weighing whose truck was released. A lane's records are ordered, lanes among each
other are not: one that was cut off tells last what happened first. So trips are never carried on
from what was booked, but folded anew from all crossings that are not settled yet, in the order in
which the lanes weighed them. The same crossings give the same trips, however they came.

A leg, that is what one yard does to the load, is the last weighing before its change and the
first after all of it. Any other weighing of that leg stands beside them as superseded.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Final, NamedTuple

from gateway.tickets.matching import (
    OrderFacts,
    OrderStatus,
    Purpose,
)
from gateway.tickets.reasons import Reason


class Journal(NamedTuple):
    """The records of one box at a lane, since it was new."""

    yard: str
    lane: str
    epoch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """A weighing whose truck was released, as its lane recorded it."""

    stop_id: str
    event_id: str
    yard: str
    lane: str
    epoch: str
    seq: int
    """Its number in the journal of the lane that `epoch` names; a replaced box begins another."""
    arrived_ms: int
    weighed_ms: int
    released_ms: int
    is_synced: bool
    """Whether the lane's clock was synchronised, so that its times can be compared with others'."""
    weight_kg: int
    objection: Reason | None = None
    """What is wrong with it, whatever else becomes known."""
    told_ms: int = 0
    """When the gateway learned of the weighing. Not when it was made: see `settled`."""
    is_answered: bool = False
    """Its truck waited for the gateway's word, and was let go by it."""
    is_admitted: bool = False
    """The gateway let it in, for an order that it knew."""
    is_accepted: bool = False
    """A person took the responsibility for what may be overruled."""
    pinned_order_id: str | None = None
    """The order that a person has assigned it to."""
    is_set_aside: bool = False
    """A person has decided that it belongs to no trip."""
    is_late: bool = False
    """It was told after a trip was settled that lies behind it."""

    @property
    def journal(self) -> Journal:
        """Return what `seq` counts in: two of its numbers say which weighing was first."""
        return Journal(self.yard, self.lane, self.epoch)

    @property
    def is_timeless(self) -> bool:
        """Whether its lane's clock was never set: it was made at that time or any time later.

        Its stop then has one time, see `RecordContext.happened_ms`.
        """
        return not self.is_synced and self.weighed_ms == self.arrived_ms


CLOCK_ERROR_MS: Final = 2 * 3_600_000
"""What the clocks of two lanes may differ by at most, synchronised or not."""
IN_LANE_ORDER: Final = attrgetter("weighed_ms", "yard", "lane", "seq")


class Pair(NamedTuple):
    """Two weighings of one yard with the load between them."""

    gross: Crossing
    tare: Crossing

    @property
    def net_kg(self) -> int:
        return self.gross.weight_kg - self.tare.weight_kg


@dataclass(slots=True)
class Leg:
    """What one yard did to the load."""

    purpose: Purpose
    net_min_kg: int
    crossings: list[Crossing] = field(default_factory=list)

    @property
    def pair(self) -> Pair | None:
        """Return the weighings beside the change of load, None while there is none.

        A load that was topped up is all of it: the last weight before it and the first after it.
        Of a load that some was taken off again before it left its origin, the rest counts.
        """
        neighbours = list(self._neighbours())
        gains = [pair for pair in neighbours if self._gained_kg(*pair) >= self._enough_kg(pair[1])]
        if gains:
            return _pair(gains[0][0], self._left_of(gains[-1][1]))
        for earlier, later in neighbours:
            lost_kg = -self._gained_kg(earlier, later)
            if lost_kg >= self.net_min_kg and not _surely_in_order(earlier, later):
                return _pair(earlier, later)
        return None

    @property
    def weighed(self) -> tuple[Crossing, ...]:
        """Return the weighings that the ticket is made of, in the order of weighing."""
        return tuple(sorted(self.pair or self.crossings[:1], key=IN_LANE_ORDER))

    @property
    def last(self) -> Crossing | None:
        return self.crossings[-1] if self.crossings else None

    def takes(self, crossing: Crossing) -> bool:
        """Return whether it can belong here; if not, the truck has been elsewhere meanwhile."""
        pair = self.pair
        if pair is not None:
            return self._is_weighed_again(pair, crossing)
        last = self.last
        if last is None or not _surely_in_order(last, crossing):
            return True
        return self._gained_kg(last, crossing) > -self.net_min_kg

    def expects_empty(self, crossing: Crossing) -> bool:
        """Return whether the truck should carry nothing at this crossing, its newest."""
        pair = self.pair
        if pair is not None:
            return pair.tare == crossing
        return self.purpose == "loading" and self.crossings[0] == crossing

    def objections(self) -> Iterator[tuple[Crossing, Reason]]:
        """Yield what is not part of the ticket, with the reason."""
        pair = self.pair
        if pair is not None:
            yield from ((one, Reason.SUPERSEDED) for one in self.crossings if one not in pair)
            return
        for other in self.crossings[1:]:
            gained_kg = self._gained_kg(self.crossings[0], other)
            yield (
                other,
                Reason.NET_BELOW_MINIMUM if gained_kg > 0 else Reason.NET_NOT_POSITIVE,
            )

    def _left_of(self, loaded: Crossing) -> Crossing:
        if self.purpose == "loading":
            for later in self.crossings[self.crossings.index(loaded) + 1 :]:
                lost_kg = -self._gained_kg(loaded, later)
                if lost_kg >= self.net_min_kg and _in_order_by_lanes(loaded, later):
                    loaded = later
        return loaded

    def _neighbours(self) -> Iterator[tuple[Crossing, Crossing]]:
        return zip(self.crossings, self.crossings[1:], strict=False)

    def _gained_kg(self, earlier: Crossing, later: Crossing) -> int:
        """Return by how much the load changed in the direction that this leg is for."""
        gained_kg = later.weight_kg - earlier.weight_kg
        return gained_kg if self.purpose == "loading" else -gained_kg

    def _enough_kg(self, later: Crossing) -> int:
        return 1 if later.is_accepted else self.net_min_kg

    def _is_weighed_again(self, pair: Pair, crossing: Crossing) -> bool:
        after, before = pair if self.purpose == "loading" else (pair.tare, pair.gross)
        to_after_kg = abs(crossing.weight_kg - after.weight_kg)
        return to_after_kg < abs(crossing.weight_kg - before.weight_kg)


def _pair(one: Crossing, other: Crossing) -> Pair:
    heavier_first = one.weight_kg > other.weight_kg
    return Pair(one, other) if heavier_first else Pair(other, one)


def _surely_in_order(earlier: Crossing, later: Crossing) -> bool:
    """Return whether the lanes' times may be believed; a wrong clock turns a leg round.

    What a person has taken on is paired by its weight.
    """
    if earlier.journal != later.journal and any(one.is_accepted for one in (earlier, later)):
        return False
    return _in_order_by_lanes(earlier, later)


def _in_order_by_lanes(earlier: Crossing, later: Crossing) -> bool:
    """Return whether the lanes say so by times that compare. No clock ever set is hours off."""
    if earlier.journal == later.journal:
        return earlier.seq < later.seq
    if earlier.is_timeless:
        return False
    between_ms = later.weighed_ms - earlier.weighed_ms
    is_comparable = earlier.is_synced and later.is_synced
    return between_ms > CLOCK_ERROR_MS or (is_comparable and between_ms > 0)


@dataclass(slots=True)
class Trip:
    """One order and the crossings that serve it."""

    order: OrderFacts
    loading: Leg
    unloading: Leg

    def leg_at(self, yard: str) -> Leg:
        return self.loading if yard == self.order.origin else self.unloading

    def legs(self) -> tuple[Leg, Leg]:
        return (self.loading, self.unloading)

    @property
    def yards(self) -> frozenset[str]:
        return frozenset({self.order.origin, self.order.destination})

    def stop_ids(self) -> frozenset[str]:
        return frozenset(one.stop_id for leg in self.legs() for one in leg.crossings)

    @property
    def is_complete(self) -> bool:
        return self.loading.pair is not None and self.unloading.pair is not None

    @property
    def last(self) -> Crossing | None:
        """Return the trip's latest crossing."""
        crossings = [one for leg in self.legs() for one in leg.crossings]
        return max(crossings, key=IN_LANE_ORDER, default=None)

    @property
    def end(self) -> Crossing:
        """Return the last of the weighings that a complete trip's tickets are made of."""
        weighed = [one for leg in self.legs() for one in leg.weighed]
        return max(weighed, key=IN_LANE_ORDER)

    @property
    def status(self) -> OrderStatus:
        """Return how far the trip is known to be."""
        if self.is_complete:
            return OrderStatus.DELIVERED
        if self.unloading.crossings:
            return OrderStatus.UNLOADING
        if self.loading.pair is not None:
            return OrderStatus.LOADED
        return OrderStatus.LOADING if self.loading.crossings else OrderStatus.OPEN

    def takes(self, crossing: Crossing) -> bool:
        """Return whether the crossing can be this trip's next one."""
        if crossing.yard == self.order.destination:
            return self.unloading.takes(crossing)
        at_origin = crossing.yard == self.order.origin
        return at_origin and self._is_still_loading(crossing) and self.loading.takes(crossing)

    def _is_still_loading(self, crossing: Crossing) -> bool:
        """Return whether the truck was not at the destination before, by clocks worth believing."""
        last = self.unloading.last
        if last is None:
            return True
        return self.loading.pair is None and not _surely_in_order(last, crossing)


class Trips(NamedTuple):
    """What a vehicle's crossings make."""

    trips: tuple[Trip, ...]
    """Of all orders that are not settled, served or not, oldest first."""
    unplaced: Mapping[str, Reason]
    """By stop: why its weight is in no ticket."""
    current: Trip | None
    """The trip that the truck was last on."""
    is_any_settled: bool

    def trip_of(self, stop_id: str) -> Trip | None:
        """Return the trip whose tickets this stop's weight is in, or would be."""
        if stop_id in self.unplaced:
            return None
        return next((trip for trip in self.trips if stop_id in trip.stop_ids()), None)

    def unfinished(self) -> tuple[Trip, ...]:
        """Return the trips that only a weighing which has not come can still make complete.

        The truck is past it: it was unloaded, or is on another trip.
        """
        return tuple(
            trip
            for trip in self.trips
            if trip.last is not None
            and not trip.is_complete
            and (trip is not self.current or trip.unloading.pair is not None)
        )

    def yards(self) -> frozenset[str]:
        """Return where the vehicle's orders lead."""
        return frozenset().union(*(trip.yards for trip in self.trips))

    def tares_kg(self) -> tuple[int, ...]:
        """Return the empty weights of these trips, oldest first."""
        pairs = (leg.pair for trip in self.trips for leg in trip.legs())
        return tuple(pair.tare.weight_kg for pair in pairs if pair is not None)

    def order_statuses(self) -> tuple[OrderFacts, ...]:
        """Return the orders that the truck may be here for, as far on as its trips are.

        A trip that only lacks a weighing, because the truck was unloaded or is on the next one, is
        not one of them.
        """
        return tuple(
            replace(trip.order, status=trip.status)
            for trip in self.trips
            if (trip is self.current and trip.unloading.pair is None)
            or trip.status in {OrderStatus.OPEN, OrderStatus.DELIVERED}
        )


def without_overlaps(crossings: Iterable[Crossing]) -> tuple[Crossing, ...]:
    """Return the crossings, with an objection to those of a card that was at two lanes at once."""
    known = tuple(crossings)
    twice = overlapping(known)
    return tuple(
        replace(one, objection=one.objection or Reason.ALREADY_ON_ANOTHER_LANE)
        if one.stop_id in twice and not one.is_accepted
        else one
        for one in known
    )


def overlapping(crossings: Iterable[Crossing]) -> frozenset[str]:
    """Return the stops of one card that were at two lanes at once, by clocks worth believing."""
    synced = sorted((one for one in crossings if one.is_synced), key=attrgetter("arrived_ms"))
    found: set[str] = set()
    last_at: dict[tuple[str, str], int] = {}
    """By lane: until when it had the card, of those that came before."""
    for one in synced:
        if any(until_ms > one.arrived_ms for until_ms in _elsewhere(last_at, one)):
            found.add(one.stop_id)
        lane = (one.yard, one.lane)
        last_at[lane] = max(last_at.get(lane, 0), one.released_ms)
    next_at: dict[tuple[str, str], int] = {}
    """By lane: from when it had the card, of those that came after."""
    for one in reversed(synced):
        if any(from_ms < one.released_ms for from_ms in _elsewhere(next_at, one)):
            found.add(one.stop_id)
        next_at[one.yard, one.lane] = one.arrived_ms
    return frozenset(found)


def _elsewhere(times_ms: Mapping[tuple[str, str], int], crossing: Crossing) -> Iterator[int]:
    here = (crossing.yard, crossing.lane)
    return (at_ms for lane, at_ms in times_ms.items() if lane != here)
