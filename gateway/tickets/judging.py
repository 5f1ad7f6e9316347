"""Facts and matching brought together: a stop in, the answer out. Writes nothing."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import NamedTuple

from sqlalchemy.engine import Connection

from edge.messages import Action
from gateway.tickets.commands import Place
from gateway.tickets.facts import (
    Carrier,
    count_arriving_loaded,
    find_carrier,
    find_orders,
    find_scale,
    find_settled,
)
from gateway.tickets.folding import fold, follow
from gateway.tickets.matching import (
    AdmitTruck,
    ArrivalFacts,
    HoldTruck,
    Limits,
    OrderFacts,
    RefuseTruck,
    ReleaseTruck,
    VehicleFacts,
    WeighingFacts,
    arrives_loaded,
    match_arrival,
    match_weighing,
    objection_to_identity,
    objection_to_weight,
)
from gateway.tickets.reasons import Reason
from gateway.tickets.settled import Settled
from gateway.tickets.stops import Stop, crossings_of, stops_elsewhere
from gateway.tickets.trips import Crossing, Trips


class JudgedArrival(NamedTuple):
    answer: AdmitTruck | RefuseTruck
    carrier: Carrier | None
    left_over: tuple[str, ...] = ()
    """The truck's stops at lanes that tell nothing of them any more."""


class JudgedWeighing(NamedTuple):
    answer: ReleaseTruck | RefuseTruck | HoldTruck
    order: OrderFacts | None
    """The order that the weight is for, if one was found."""


class ArriveLoaded(NamedTuple):
    """How many trucks a yard takes in before their loading is known."""

    max: int
    since_ms: int
    """Older ones are not counted: what is not known of them by now will not come."""


class View(NamedTuple):
    """From where a truck is judged: the rules, the moment, and what is known to be missing."""

    limits: Limits
    at_ms: int
    loaded: ArriveLoaded
    stale_before_ms: int
    """A stop that nothing was heard of since may be given up."""
    yards_behind: Callable[[frozenset[str]], frozenset[str]]
    """Of these yards, those with a lane whose records are not all here."""
    stands_by: Callable[[str, str], bool]
    """Whether all records of a lane, by yard and name, are here."""


def judge_arrival(connection: Connection, place: Place, tag: str, view: View) -> JudgedArrival:
    """Decide whether the truck with this card may drive on here."""
    carrier = find_carrier(connection, tag)
    if carrier is None:
        return JudgedArrival(RefuseTruck(Reason.CARD_UNKNOWN), None)
    # The orders are locked first: of two lanes that ask at once the second sees the first's stop.
    trips = find_trips(connection, carrier.vehicle_id, view.limits)
    behind = view.yards_behind(trips.yards() | {place.yard})
    others = stops_elsewhere(connection, place, tag, carrier.plate)
    unsure = [other for other in others if not view.stands_by(other.yard, other.lane)]
    left_over = tuple(one.stop_id for one in unsure if one.heard_ms < view.stale_before_ms)
    facts = ArrivalFacts(
        yard=place.yard,
        at_ms=view.at_ms,
        card=carrier.card,
        orders=trips.order_statuses(),
        elsewhere=len(unsure) < len(others),
        behind=behind,
    )
    answer = match_arrival(facts)
    if isinstance(answer, AdmitTruck) and arrives_loaded(answer.order, place.yard):
        arrived = count_arriving_loaded(connection, place.yard, view.loaded.since_ms)
        if arrived >= view.loaded.max:
            answer = RefuseTruck(Reason.WRONG_YARD)
    return JudgedArrival(answer, carrier, left_over)


def judge_weighing(connection: Connection, stop: Stop, view: View) -> JudgedWeighing:
    """Decide whether the truck may leave with the weight that its stop now has."""
    carrier = find_carrier(connection, stop.tag)
    if carrier is None:
        return JudgedWeighing(HoldTruck(Reason.CARD_UNKNOWN), None)
    barred = None if stop.was_admitted else objection_to_identity(carrier.card)
    if barred is not None:
        return JudgedWeighing(RefuseTruck(barred), None)
    objection = _said_before(stop)
    if objection is not None:
        return JudgedWeighing(HoldTruck(objection), None)
    trips = find_trips(connection, stop.vehicle_id or carrier.vehicle_id, view.limits)
    return _judge_load(connection, stop, carrier, (trips, view))


def _judge_load(
    connection: Connection, stop: Stop, carrier: Carrier, judged_from: tuple[Trips, View]
) -> JudgedWeighing:
    trips, view = judged_from
    crossing = crossing_of(stop)
    after = follow(trips, crossing, view.limits)
    trip = after.trip_of(stop.stop_id)
    yards = frozenset({stop.yard_id}) if trip else trips.yards()
    settled_kg = find_settled(connection, carrier.vehicle_id).tares_kg
    facts = WeighingFacts(
        weight_kg=crossing.weight_kg,
        purpose="unloading" if trip and trip.order.destination == stop.yard_id else "loading",
        is_empty=trip is not None and trip.leg_at(stop.yard_id).expects_empty(crossing),
        objection=after.unplaced.get(stop.stop_id),
        is_behind=bool(view.yards_behind(yards)),
        scale=find_scale(connection, stop.yard_id, stop.lane_id),
        vehicle=VehicleFacts(
            axles=carrier.axles,
            gross_max_kg=carrier.gross_max_kg,
            tares_kg=(*settled_kg, *trips.tares_kg()),
        ),
        limits=view.limits,
    )
    answer = match_weighing(facts)
    if trip is None and isinstance(answer, HoldTruck) and not stop.was_admitted:
        # A truck that was let onto the deck is not sent back by later data: a person decides.
        answer = RefuseTruck(answer.reason)
    return JudgedWeighing(answer, None if trip is None else trip.order)


def objection_of(connection: Connection, stop: Stop, limits: Limits) -> Reason | None:
    """Return what is wrong with a released weight whatever else becomes known.

    What the gateway or a person has decided about this truck is not asked again.
    """
    carrier = find_carrier(connection, stop.tag)
    if carrier is None:
        return Reason.CARD_UNKNOWN
    overruled = stop.may_be_released or stop.is_accepted
    if not overruled:
        barred = None if stop.was_let_in else objection_to_identity(carrier.card)
        before = barred or _said_before(stop)
        if before is not None:
            return before
    crossing = crossing_of(stop)
    facts = WeighingFacts(
        weight_kg=crossing.weight_kg,
        purpose="loading",
        is_empty=False,
        scale=find_scale(connection, stop.yard_id, stop.lane_id),
        vehicle=VehicleFacts(axles=carrier.axles, gross_max_kg=carrier.gross_max_kg),
        limits=limits,
        overruled=overruled,
    )
    return objection_to_weight(facts)


def find_trips(connection: Connection, vehicle_id: str, limits: Limits) -> Trips:
    """Return the vehicle's trips that are not settled; its orders are locked."""
    orders = find_orders(connection, vehicle_id)
    settled = find_settled(connection, vehicle_id)
    crossings = crossings_since(crossings_of(connection, vehicle_id), settled)
    return fold(orders, crossings, limits, settled)


def crossings_since(stops: Iterable[Stop], settled: Settled) -> list[Crossing]:
    """Return the weighings of stops as they count after what is settled.

    One that was held then stays held for its reason until a person assigns it: the weighings that
    spoke against it are gone, and neither a trip before them nor one to come may take it unasked.
    """
    return [
        replace(one, objection=Reason(str(stop.reason))) if is_left_over(stop, settled) else one
        for stop, one in ((stop, crossing_of(stop)) for stop in stops)
    ]


def is_left_over(stop: Stop, settled: Settled) -> bool:
    """Return whether a settled trip left this weight held."""
    is_assigned = stop.is_set_aside or stop.pinned_order_id is not None
    return stop.state == "held" and not is_assigned and settled.is_past(crossing_of(stop))


def crossing_of(stop: Stop) -> Crossing:
    """Return the weighing of a stop that has one."""
    if stop.weighing_event_id is None or stop.weight_kg is None or stop.weighed_ms is None:
        raise ValueError(f"stop {stop.stop_id} has no weighing")
    return Crossing(
        stop_id=stop.stop_id,
        event_id=stop.weighing_event_id,
        yard=stop.yard_id,
        lane=stop.lane_id,
        epoch=stop.weighing_epoch or "",
        seq=stop.weighing_seq or 0,
        arrived_ms=stop.arrived_ms,
        weighed_ms=stop.weighed_ms,
        released_ms=stop.released_ms or stop.weighed_ms,
        is_synced=stop.is_synced,
        weight_kg=stop.weight_kg,
        objection=Reason(stop.objection) if stop.objection else None,
        told_ms=stop.told_ms or 0,
        is_answered=stop.was_answered,
        is_admitted=stop.was_let_in,
        is_accepted=stop.is_accepted,
        pinned_order_id=stop.pinned_order_id,
        is_set_aside=stop.is_set_aside,
        is_late=stop.reason == Reason.AFTER_SETTLEMENT,
    )


def _said_before(stop: Stop) -> Reason | None:
    """Return the last objection to this truck that was not overruled.

    A lane that is out of reach lets in and out by an older list of orders.
    """
    if stop.was_denied:
        return Reason.HELD_BY_DISPATCHER
    if stop.objection is not None:
        return Reason(stop.objection)
    if stop.arrival_action != Action.HOLD:
        return None
    return Reason(stop.reason) if stop.reason in set(Reason) else Reason.HELD_BY_DISPATCHER
