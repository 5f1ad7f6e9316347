"""What the lane may decide without the gateway: from its signed order list, with a cap."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from edge.messages import (
    ClockQuality,
    OfflineOrder,
    OfflineOrders,
    PlatePolicy,
    PlateRead,
    plate_doubt,
)

VALID_MAX: Final = timedelta(days=32)
"""No gateway's list is valid for longer: one that seems to be has its time from a wrong clock."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """The truck may go on."""

    order: OfflineOrder
    plates: PlatePolicy = PlatePolicy.OFF


@dataclass(frozen=True, slots=True)
class Denied:
    """The truck waits for the gateway; `reason` is what the display says."""

    reason: str


@dataclass(frozen=True, slots=True)
class OfflineFacts:
    """Everything an offline decision rests on."""

    allowed: bool
    orders: OfflineOrders | None
    unconfirmed: int
    """The present stop, and earlier ones of this truck whose weighing was not receipted."""
    now: datetime
    clock: ClockQuality


def admit(facts: OfflineFacts, tag: str, plate: PlateRead | None = None) -> Allowed | Denied:
    """Decide whether a truck may drive on; what the plate must be is in the list as well."""
    decision = _known(facts, tag)
    if isinstance(decision, Allowed):
        doubt = plate_doubt(decision.order.plate, plate)
        if doubt is not None and decision.plates.stops(doubt):
            return Denied(doubt)
    return decision


def release(
    facts: OfflineFacts, tag: str, weight_kg: int, late_plate: str | None = None
) -> Allowed | Denied:
    """Decide whether a weighed truck may leave; above its order's gross it is held.

    Its plate was judged when it was let onto the deck; `late_plate` is another one, read since.
    """
    decision = _known(facts, tag)
    if isinstance(decision, Denied):
        return decision
    foreign = late_plate is not None and late_plate != decision.order.plate
    if foreign and decision.plates.stops("plate_mismatch"):
        return Denied("plate_mismatch")
    return Denied("overweight") if weight_kg > decision.order.gross_max_kg else decision


def is_of_future(orders: OfflineOrders, now: datetime) -> bool:
    """Tell whether a list was made by a clock that was far ahead."""
    return orders.expires_at - now > VALID_MAX


def _known(facts: OfflineFacts, tag: str) -> Allowed | Denied:
    if not facts.allowed or facts.orders is None:
        return Denied("offline_not_allowed")
    is_expired = facts.now >= facts.orders.expires_at or is_of_future(facts.orders, facts.now)
    if facts.clock is ClockQuality.UNSET or is_expired:
        return Denied("offline_orders_expired")
    order = next((order for order in facts.orders.orders if order.tag == tag), None)
    if order is None:
        return Denied("no_order")
    if max(1, facts.unconfirmed) > facts.orders.stops_max_per_tag:
        return Denied("offline_cap_reached")
    return Allowed(order, facts.orders.plates)
