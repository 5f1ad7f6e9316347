"""Trips out of crossings, one crossing after the other. Pure.

The truck is on one trip at a time. A crossing belongs to it, or begins the next one, or, when
neither can be, to none, with a reason. See `trips` for why everything is found anew each time.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from operator import attrgetter
from typing import Any, Final, Literal

from gateway.tickets.matching import (
    Limits,
    OrderFacts,
    OrderStatus,
    is_usual_tare,
    objection_to_order,
)
from gateway.tickets.reasons import Reason
from gateway.tickets.settled import Settled
from gateway.tickets.trips import IN_LANE_ORDER, Crossing, Leg, Trip, Trips, without_overlaps

ORDERED_LATER_MS: Final = 300_000
"""An order may have been entered so long after the truck was weighed: clocks are not alike."""

End = Literal["origin", "destination"]


def fold(
    orders: Iterable[OrderFacts],
    crossings: Iterable[Crossing],
    limits: Limits,
    settled: Settled | None = None,
) -> Trips:
    """Return the trips that the crossings make of the orders.

    The tares of the trips found here are known to those after them, as are those that are settled.
    """
    known = settled or Settled()
    folding = _Folding(orders, limits, known)

    def in_order(one: Crossing) -> tuple[bool, Any]:
        return (not known.is_past(one), IN_LANE_ORDER(one))

    for crossing in sorted(without_overlaps(crossings), key=in_order):
        folding.add(crossing)
    folding.check_tares(known.tares_kg)
    return folding.result()


def follow(trips: Trips, crossing: Crossing, limits: Limits) -> Trips:
    """Return the trips with one more crossing: it happens now, whatever the clocks say."""
    folding = _Folding((), limits)
    folding.resume(trips)
    folding.add(crossing)
    return folding.result()


class _Folding:
    def __init__(
        self, orders: Iterable[OrderFacts], limits: Limits, settled: Settled | None = None
    ) -> None:
        known = sorted(orders, key=attrgetter("created_ms", "order_id"))
        self._limits = limits
        self._settled = settled or Settled()
        unsettled = [order for order in known if order.status is not OrderStatus.DELIVERED]
        self._is_any_settled = len(unsettled) < len(known)
        self._trips = [self._trip_of(order) for order in unsettled]
        self._unplaced: dict[str, Reason] = {}
        self._current: Trip | None = None

    def resume(self, trips: Trips) -> None:
        """Go on from trips that were found already, without changing them."""
        self._is_any_settled = trips.is_any_settled
        self._trips = [_copy(trip) for trip in trips.trips]
        if trips.current is not None:
            self._current = self._trips[trips.trips.index(trips.current)]

    def add(self, crossing: Crossing) -> None:
        """Give the crossing to the trip it belongs to, or note why to none."""
        if not self._settled.is_past(crossing):
            self._pass_what_is_settled()
        found = self._trip_for(crossing)
        if isinstance(found, Reason):
            self._unplaced[crossing.stop_id] = found
            return
        # A weight that a person gives to an earlier trip does not take the truck back to it.
        if found.last is None:
            self._current = found
        found.leg_at(crossing.yard).crossings.append(crossing)

    def check_tares(self, tares_kg: Iterable[int]) -> None:
        """Take out of the legs what is not this truck empty; each tare is known to the next."""
        known_kg = list(tares_kg)
        for leg in self._legs():
            self._check_tare(leg, known_kg)

    def result(self) -> Trips:
        """Return what was found."""
        self._pass_what_is_settled()
        for leg in self._legs():
            self._unplaced.update({one.stop_id: why for one, why in leg.objections()})
        return Trips(tuple(self._trips), self._unplaced, self._current, self._is_any_settled)

    def _legs(self) -> Iterator[Leg]:
        return (leg for trip in self._trips for leg in trip.legs())

    def _trip_of(self, order: OrderFacts) -> Trip:
        net_min_kg = self._limits.net_min_kg
        return Trip(order, Leg("loading", net_min_kg), Leg("unloading", net_min_kg))

    def _trip_for(self, crossing: Crossing) -> Trip | Reason:
        if crossing.is_set_aside:
            return Reason.SET_ASIDE
        if crossing.objection is not None:
            return crossing.objection
        if crossing.pinned_order_id is not None:
            return self._pinned(crossing, crossing.pinned_order_id)
        current = self._current
        if current is not None and current.takes(crossing) and not self._goes_back(crossing):
            return current
        return self._begin(crossing)

    def _goes_back(self, crossing: Crossing) -> bool:
        """Return whether a truck that has unloaded is weighed here for a load back from here."""
        current = self._current
        is_done = current is not None and current.is_complete
        return is_done and any(True for _ in self._waiting(crossing, "origin"))

    def _pinned(self, crossing: Crossing, order_id: str) -> Trip | Reason:
        for trip in self._trips:
            if trip.order.order_id == order_id:
                return trip if crossing.yard in trip.yards else Reason.WRONG_YARD
        return Reason.ORDER_COMPLETE

    def _begin(self, crossing: Crossing) -> Trip | Reason:
        """Return the trip that begins with this crossing, or why none does."""
        current = self._current
        if current is not None and _was_only_visited(current, crossing):
            self._unplaced.update(dict.fromkeys(_stops(current.unloading), Reason.WRONG_YARD))
            current.unloading.crossings.clear()
            return current
        if crossing.is_late and not crossing.is_accepted:
            return Reason.AFTER_SETTLEMENT  # it cannot begin a trip that is to come
        if current is None or current.loading.pair or current.unloading.crossings:
            for trip in self._waiting(crossing, "origin"):
                objection = None if _is_let_in(crossing) else _objection(trip, crossing)
                return objection or trip
        if current is None or current.unloading.pair:
            for trip in self._waiting(crossing, "destination"):
                return trip
        return self._why_none(crossing)

    def _pass_what_is_settled(self) -> None:
        """Leave a trip that the truck was on before one that is settled, whatever it lacks."""
        last = self._current.last if self._current is not None else None
        if last is not None and self._settled.is_past(last):
            self._current = None

    def _waiting(
        self, crossing: Crossing, yard: Literal["origin", "destination"]
    ) -> Iterator[Trip]:
        """Yield the trips not begun that this yard is on the way of, oldest order first."""
        for trip in self._trips:
            is_begun = trip.loading.crossings or trip.unloading.crossings
            is_here = getattr(trip.order, yard) == crossing.yard
            if is_here and not is_begun and _was_ordered(trip.order, crossing):
                yield trip

    def _why_none(self, crossing: Crossing) -> Reason:
        if self._current is not None and _is_loaded_wrongly(self._current, crossing):
            return Reason.LOAD_WRONG_WAY
        to_come = [trip for trip in self._trips if not trip.is_complete]
        if any(_was_ordered(trip.order, crossing) for trip in to_come):
            return Reason.WRONG_YARD
        if to_come:
            return Reason.NO_ORDER
        return Reason.ORDER_COMPLETE if self._trips or self._is_any_settled else Reason.NO_ORDER

    def _check_tare(self, leg: Leg, known_kg: list[int]) -> None:
        while (pair := leg.pair) is not None:
            tare = pair.tare
            if tare.is_accepted or is_usual_tare(tare.weight_kg, known_kg, self._limits):
                known_kg.append(tare.weight_kg)
                return
            self._unplaced[tare.stop_id] = Reason.TARE_IMPLAUSIBLE
            leg.crossings.remove(tare)


def _copy(trip: Trip) -> Trip:
    return Trip(
        trip.order,
        replace(trip.loading, crossings=list(trip.loading.crossings)),
        replace(trip.unloading, crossings=list(trip.unloading.crossings)),
    )


def _stops(leg: Leg) -> tuple[str, ...]:
    return tuple(crossing.stop_id for crossing in leg.crossings)


def _was_only_visited(trip: Trip, crossing: Crossing) -> bool:
    """Return whether the truck came to the destination with nothing, and only now begins."""
    is_begun = trip.loading.crossings or trip.unloading.pair
    return crossing.yard == trip.order.origin and not is_begun


def _is_loaded_wrongly(trip: Trip, crossing: Crossing) -> bool:
    """Return whether the truck is where it should be, with a load that went the other way."""
    if crossing.yard not in trip.yards or trip.is_complete:
        return False
    leg = trip.leg_at(crossing.yard)
    return leg.pair is None and not leg.takes(crossing)


def _is_let_in(crossing: Crossing) -> bool:
    return crossing.is_admitted or crossing.is_accepted


def _objection(trip: Trip, crossing: Crossing) -> Reason | None:
    return objection_to_order(trip.order, crossing.weighed_ms)


def _was_ordered(order: OrderFacts, crossing: Crossing) -> bool:
    """Return whether the order was there by then; by a clock that is not set nobody can say."""
    in_time = order.created_ms <= crossing.weighed_ms + ORDERED_LATER_MS
    return in_time or _is_let_in(crossing) or not crossing.is_synced
