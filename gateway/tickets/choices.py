"""What the weight of a truck that left may be assigned to, and what each would come to.

Writes nothing: the trips are folded as they would be, and compared with what is booked.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.engine import Connection, RowMapping

from gateway.tickets.facts import find_carrier, find_orders, find_settled
from gateway.tickets.folding import fold
from gateway.tickets.judging import crossings_since, objection_of
from gateway.tickets.matching import Limits, OrderStatus, Purpose
from gateway.tickets.reasons import NO_ALARM, Reason
from gateway.tickets.stops import Stop, crossings_of
from gateway.tickets.tables import tickets
from gateway.tickets.trips import Leg, Trips


class Place(NamedTuple):
    """Where a weight is: in the tickets of an order, or in none for a reason."""

    order_id: str | None
    reason: str | None


class Weights(NamedTuple):
    """A ticket as its weighings make it; the net is None until there are two."""

    gross_kg: int | None
    tare_kg: int | None
    net_kg: int | None


class TicketChange(NamedTuple):
    order_id: str
    yard_id: str
    purpose: Purpose
    before: Weights | None
    after: Weights | None


class StopChange(NamedTuple):
    stop_id: str
    before: Place
    after: Place


class Choice(NamedTuple):
    order_id: str | None
    """None sets the weight aside."""
    place: Place
    is_possible: bool
    """False if the weight would be held for the place's reason: such an assignment is refused."""
    is_complete: bool
    """The order would have all its weighings, and be settled."""
    tickets: tuple[TicketChange, ...]
    stops: tuple[StopChange, ...]


class Choices(NamedTuple):
    stop: Stop
    place: Place
    """Where the weight is now."""
    stops: tuple[Stop, ...]
    """All weighings of the truck that are not settled, the stop's among them."""
    choices: tuple[Choice, ...]


_STANDING: Final = select(tickets).where(
    tickets.c.order_id.in_(bindparam("b_orders", expanding=True)), tickets.c.sealed_ms.is_(None)
)

_Key = tuple[str, Purpose]
_Weighed = Mapping[_Key, Weights]


def choices_of(connection: Connection, stop: Stop, limits: Limits) -> Choices:
    """Return what may be done with the weight of a stop whose truck has left.

    The vehicle's orders are locked until the transaction is over.
    """
    vehicle_id = stop.vehicle_id or _vehicle_of(connection, stop.tag)
    if vehicle_id is None:
        return _of_stranger(stop)
    orders = find_orders(connection, vehicle_id)
    settled = find_settled(connection, vehicle_id)
    others = [one for one in crossings_of(connection, vehicle_id) if one.stop_id != stop.stop_id]
    unsettled = [one.order_id for one in orders if one.status is not OrderStatus.DELIVERED]
    booked = _booked(connection, unsettled)
    choices = []
    for order_id in (*unsettled, None):
        decided = _assigned(stop, order_id)
        objection = objection_of(connection, decided, limits)
        stops = (*others, replace(decided, objection=objection))
        after = fold(orders, crossings_since(stops, settled), limits, settled)
        choices.append(_choice(order_id, (stop, *others), booked, after))
    return Choices(stop, _place(stop), (stop, *others), tuple(choices))


def _of_stranger(stop: Stop) -> Choices:
    """Return what may be done about a truck that nobody knows: there is no order to choose."""
    now, aside = _place(stop), Place(None, Reason.SET_ASIDE)
    changes = (StopChange(stop.stop_id, now, aside),)
    only = Choice(None, aside, is_possible=True, is_complete=False, tickets=(), stops=changes)
    return Choices(stop, now, (stop,), (only,))


def _vehicle_of(connection: Connection, tag: str) -> str | None:
    carrier = find_carrier(connection, tag)
    return None if carrier is None else carrier.vehicle_id


def _booked(connection: Connection, orders: list[str]) -> _Weighed:
    rows = connection.execute(_STANDING, {"b_orders": orders}).mappings()
    return {(row["order_id"], row["purpose"]): _of_ticket(row) for row in rows}


def _assigned(stop: Stop, order_id: str | None) -> Stop:
    """Return the stop as `dispatch.assign_stop` leaves it."""
    is_set_aside = order_id is None
    decided = replace(stop, pinned_order_id=order_id, is_set_aside=is_set_aside)
    return replace(decided, is_accepted=not is_set_aside, dispatcher_action=None)


def _choice(
    order_id: str | None, stops: tuple[Stop, ...], booked: _Weighed, after: Trips
) -> Choice:
    places = [(one, _place(one), _place_in(after, one.stop_id)) for one in stops]
    place = places[0][2]
    return Choice(
        order_id,
        place,
        place.order_id is not None or place.reason in NO_ALARM,
        any(trip.order.order_id == order_id and trip.is_complete for trip in after.trips),
        tuple(_ticket_changes(booked, after)),
        tuple(
            StopChange(one.stop_id, before, behind)
            for one, before, behind in places
            if before.order_id != behind.order_id or one is stops[0]
        ),
    )


def _place(stop: Stop) -> Place:
    return Place(None, stop.reason) if stop.ticket_id is None else Place(stop.order_id, None)


def _place_in(trips: Trips, stop_id: str) -> Place:
    trip = trips.trip_of(stop_id)
    return (
        Place(None, trips.unplaced.get(stop_id))
        if trip is None
        else Place(trip.order.order_id, None)
    )


def _ticket_changes(booked: _Weighed, after: Trips) -> Iterator[TicketChange]:
    for trip in after.trips:
        order = trip.order
        for yard, leg in ((order.origin, trip.loading), (order.destination, trip.unloading)):
            weights = booked.get((order.order_id, leg.purpose)), _of_leg(leg)
            if weights[0] != weights[1]:
                yield TicketChange(order.order_id, yard, leg.purpose, *weights)


def _of_ticket(row: RowMapping) -> Weights:
    if row["status"] == "closed":
        return Weights(row["gross_kg"], row["tare_kg"], row["net_kg"])
    return _first_of(row["purpose"], row["first_kg"])


def _of_leg(leg: Leg) -> Weights | None:
    pair = leg.pair
    if pair is not None:
        return Weights(pair.gross.weight_kg, pair.tare.weight_kg, pair.net_kg)
    return _first_of(leg.purpose, leg.crossings[0].weight_kg) if leg.crossings else None


def _first_of(purpose: Purpose, weight_kg: int) -> Weights:
    is_tare = purpose == "loading"
    return Weights(None, weight_kg, None) if is_tare else Weights(weight_kg, None, None)
