"""Facts and matching brought together: a stop in, the answer out. Writes nothing."""

from typing import NamedTuple

from sqlalchemy.engine import Connection

from edge.messages import Action
from gateway.tickets.commands import Place
from gateway.tickets.facts import (
    Carrier,
    find_carrier,
    find_first_kg,
    find_orders,
    find_scale,
    find_vehicle,
    lock_order,
)
from gateway.tickets.matching import (
    AdmitTruck,
    ArrivalFacts,
    HoldTruck,
    Limits,
    OrderFacts,
    RefuseTruck,
    ReleaseTruck,
    WeighingFacts,
    match_arrival,
    match_weighing,
)
from gateway.tickets.reasons import Reason
from gateway.tickets.stops import Stop, is_elsewhere


class JudgedArrival(NamedTuple):
    answer: AdmitTruck | RefuseTruck
    carrier: Carrier | None


class Weighed(NamedTuple):
    """A stop with its weight, and whether a person or the rules have released it already."""

    stop: Stop
    weight_kg: int
    at_ms: int
    overruled: bool = False


class JudgedWeighing(NamedTuple):
    answer: ReleaseTruck | RefuseTruck | HoldTruck
    order: OrderFacts | None
    """The order that the weight is for, if one was found."""


def judge_arrival(connection: Connection, place: Place, tag: str, at_ms: int) -> JudgedArrival:
    """Decide whether the truck with this card may drive on here."""
    carrier = find_carrier(connection, tag)
    if carrier is None:
        return JudgedArrival(RefuseTruck(Reason.CARD_UNKNOWN), None)
    # The orders are locked first: of two lanes that ask at once the second sees the first's stop.
    orders = find_orders(connection, carrier.vehicle_id)
    facts = ArrivalFacts(
        yard=place.yard,
        at_ms=at_ms,
        card=carrier.card,
        orders=orders,
        elsewhere=is_elsewhere(connection, place, tag, carrier.plate),
    )
    return JudgedArrival(match_arrival(facts), carrier)


def _objection(weighed: Weighed) -> Reason | None:
    """Return the last objection to this truck that was not overruled.

    A lane that is out of reach lets in and out by an older list of orders.
    """
    stop = weighed.stop
    if weighed.overruled:
        return None
    held_at_entry = stop.arrival_action == Action.HOLD
    if held_at_entry and stop.reason in set(Reason):
        return Reason(stop.reason)
    said_no = stop.dispatcher_action in {Action.HOLD, Action.REFUSE}
    return Reason.HELD_BY_DISPATCHER if held_at_entry or said_no else None


def judge_weighing(connection: Connection, weighed: Weighed, limits: Limits) -> JudgedWeighing:
    """Decide what the weight does to the order's ticket, or why the truck must not go with it."""
    carrier = find_carrier(connection, weighed.stop.tag)
    if carrier is None:
        return JudgedWeighing(HoldTruck(Reason.CARD_UNKNOWN), None)
    found = _find_order(connection, weighed, carrier)
    if isinstance(found, RefuseTruck):
        # A truck that was let onto the deck is not sent back by later data: a person decides.
        admitted = weighed.stop.was_admitted
        return JudgedWeighing(HoldTruck(found.reason) if admitted else found, None)
    stop, order = weighed.stop, found.order
    objection = _objection(weighed)
    if objection is not None:
        return JudgedWeighing(HoldTruck(objection), order)
    facts = WeighingFacts(
        weight_kg=weighed.weight_kg,
        order_status=order.status,
        first_kg=find_first_kg(connection, order.order_id),
        scale=find_scale(connection, stop.yard_id, stop.lane_id),
        vehicle=find_vehicle(connection, carrier),
        limits=limits,
        overruled=weighed.overruled,
    )
    return JudgedWeighing(match_weighing(facts), order)


def _find_order(
    connection: Connection, weighed: Weighed, carrier: Carrier
) -> AdmitTruck | RefuseTruck:
    """Keep the order the truck was admitted for; look for one if it had none."""
    stop = weighed.stop
    if stop.was_admitted and stop.order_id is not None:
        orders: tuple[OrderFacts, ...] = (lock_order(connection, stop.order_id),)
    else:
        orders = find_orders(connection, carrier.vehicle_id)
    facts = ArrivalFacts(
        yard=stop.yard_id,
        at_ms=weighed.at_ms,
        card=carrier.card,
        orders=orders,
        elsewhere=is_elsewhere(connection, stop.place, stop.tag, carrier.plate),
        overruled=weighed.overruled or stop.was_admitted,
    )
    return match_arrival(facts)
