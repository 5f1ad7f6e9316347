"""What the lane may decide without the gateway: from its signed order list, with a cap."""

from dataclasses import dataclass
from datetime import datetime

from edge.messages import (
    ClockQuality,
    OfflineOrder,
    OfflineOrders,
    PlatePolicy,
    PlateRead,
    plate_doubt,
)


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
class OfflineDesk:
    """Everything an offline decision rests on."""

    allowed: bool
    orders: OfflineOrders | None
    unconfirmed: int
    """Stops of this truck, the present one among them, that the gateway has not receipted."""
    now: datetime
    clock: ClockQuality


def admit(desk: OfflineDesk, tag: str, plate: PlateRead | None = None) -> Allowed | Denied:
    """Decide whether a truck may drive on; what the plate must be is in the list as well."""
    decision = _known(desk, tag)
    if isinstance(decision, Allowed):
        doubt = plate_doubt(decision.order.plate, plate)
        if doubt is not None and decision.plates.stops(doubt):
            return Denied(doubt)
    return decision


def release(desk: OfflineDesk, tag: str, weight_kg: int) -> Allowed | Denied:
    """Decide whether a weighed truck may leave; above its order's gross it is held.

    Its plate was judged when it was let onto the deck.
    """
    decision = _known(desk, tag)
    if isinstance(decision, Allowed) and weight_kg > decision.order.gross_max_kg:
        return Denied("overweight")
    return decision


def _known(desk: OfflineDesk, tag: str) -> Allowed | Denied:
    if not desk.allowed or desk.orders is None:
        return Denied("offline_not_allowed")
    if desk.clock is ClockQuality.UNSET or desk.now >= desk.orders.expires_at:
        return Denied("offline_orders_expired")
    order = next((order for order in desk.orders.orders if order.tag == tag), None)
    if order is None:
        return Denied("no_order")
    if max(1, desk.unconfirmed) > desk.orders.stops_max_per_tag:
        return Denied("offline_cap_reached")
    return Allowed(order, desk.orders.plates)
