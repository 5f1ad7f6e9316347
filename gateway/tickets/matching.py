"""Whether this truck may be weighed here, and what its weight means. Pure: facts in, answer out.

Arrival: card -> vehicle -> order -> contract and yard. Weighing: scale -> pass -> limits -> net.
The first thing that is wrong is the answer, named; what a dispatcher overrules is passed over.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal

from edge.messages import PlatePolicy, PlateRead, plate_doubt
from gateway.tickets.reasons import OVERRIDABLE, Reason

Status = Literal["active", "blocked"]
Purpose = Literal["loading", "unloading"]


class OrderStatus(StrEnum):
    """A trip: weighed empty and loaded at the origin, loaded and empty at the destination."""

    OPEN = "open"
    LOADING = "loading"
    LOADED = "loaded"
    UNLOADING = "unloading"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


UNDER_WAY: Final = frozenset({OrderStatus.LOADING, OrderStatus.LOADED, OrderStatus.UNLOADING})

NEXT: Final = {
    OrderStatus.OPEN: OrderStatus.LOADING,
    OrderStatus.LOADING: OrderStatus.LOADED,
    OrderStatus.LOADED: OrderStatus.UNLOADING,
    OrderStatus.UNLOADING: OrderStatus.DELIVERED,
}
"""Each accepted weighing takes an order one step on."""

_AT_ORIGIN: Final = frozenset({OrderStatus.OPEN, OrderStatus.LOADING})
_STARTS_TICKET: Final = frozenset({OrderStatus.OPEN, OrderStatus.LOADED})
_EMPTY: Final = frozenset({OrderStatus.OPEN, OrderStatus.UNLOADING})

SCALE_MIN_INTERVALS: Final = 20
"""Class III scales do not weigh below 20 e (OIML R 76, JJG 539)."""

GROSS_CEILING_KG: Final = {2: 18_000, 3: 27_000, 4: 37_000, 5: 43_000}
"""China, Order 62 of 2016 of the Ministry of Transport, article 3, with GB 1589: the most that any
vehicle of so many axles may weigh. What one vehicle may is its own `gross_max_kg`."""

GROSS_CEILING_SIX_AXLES_KG: Final = 49_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    status: Status
    vehicle_status: Status
    driver_status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    order_id: str
    status: OrderStatus
    created_ms: int
    driver_status: Status
    origin: str
    destination: str
    contract_status: Literal["active", "suspended"]
    valid_from_ms: int
    valid_to_ms: int
    """Exclusive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalFacts:
    """All that is known about a truck when its card is read."""

    yard: str
    at_ms: int
    card: CardFacts | None
    orders: tuple[OrderFacts, ...] = ()
    """Of the card's vehicle, in any status."""
    elsewhere: bool = False
    """The truck or its card has a stop on another lane that is not over."""
    overruled: bool = False
    """A dispatcher takes the responsibility for what may be overruled."""


@dataclass(frozen=True, slots=True)
class AdmitTruck:
    order: OrderFacts


@dataclass(frozen=True, slots=True)
class RefuseTruck:
    reason: Reason


@dataclass(frozen=True, slots=True)
class HoldTruck:
    reason: Reason


def match_arrival(facts: ArrivalFacts) -> AdmitTruck | RefuseTruck:
    """Find the order that this truck is here for, or the reason to turn it away."""
    if facts.card is None:
        return RefuseTruck(Reason.CARD_UNKNOWN)
    found = _pick(facts.orders, facts.yard)
    return _first(_identity(facts, facts.card, found), overruled=facts.overruled) or _admit(found)


def match_plate(expected: str, seen: PlateRead | None, policy: PlatePolicy) -> HoldTruck | None:
    """Return why a truck that would be admitted waits for a person: its plate is in doubt.

    Held, not refused: a person looks at the picture, where the driver could only try again.
    """
    doubt = plate_doubt(expected, seen)
    return HoldTruck(Reason(doubt)) if doubt is not None and policy.stops(doubt) else None


def _admit(found: OrderFacts | Reason) -> AdmitTruck | RefuseTruck:
    return AdmitTruck(found) if isinstance(found, OrderFacts) else RefuseTruck(found)


def _first(reasons: Iterable[Reason], *, overruled: bool) -> RefuseTruck | None:
    for reason in reasons:
        if not (overruled and reason in OVERRIDABLE):
            return RefuseTruck(reason)
    return None


def _identity(facts: ArrivalFacts, card: CardFacts, found: OrderFacts | Reason) -> Iterable[Reason]:
    if card.status == "blocked":
        yield Reason.CARD_BLOCKED
    if card.vehicle_status == "blocked":
        yield Reason.VEHICLE_BLOCKED
    if card.driver_status == "blocked":
        yield Reason.DRIVER_BLOCKED
    if facts.elsewhere:
        yield Reason.ALREADY_ON_ANOTHER_LANE
    if isinstance(found, OrderFacts):
        yield from _order(found, facts.yard, facts.at_ms)


def _order(order: OrderFacts, yard: str, at_ms: int) -> Iterable[Reason]:
    if order.driver_status == "blocked":
        yield Reason.DRIVER_BLOCKED
    if yard != _yard_of(order):
        yield Reason.WRONG_YARD
    if order.status is OrderStatus.OPEN:  # a truck that is under way may finish
        yield from _contract(order, at_ms)


def _contract(order: OrderFacts, at_ms: int) -> Iterable[Reason]:
    if order.contract_status == "suspended":
        yield Reason.CONTRACT_SUSPENDED
    if at_ms < order.valid_from_ms:
        yield Reason.CONTRACT_NOT_YET_VALID
    if at_ms >= order.valid_to_ms:
        yield Reason.CONTRACT_EXPIRED


def _yard_of(order: OrderFacts) -> str:
    return order.origin if order.status in _AT_ORIGIN else order.destination


def _pick(orders: tuple[OrderFacts, ...], yard: str) -> OrderFacts | Reason:
    under_way = [order for order in orders if order.status in UNDER_WAY]
    if under_way:
        return under_way[0] if len(under_way) == 1 else Reason.ORDER_AMBIGUOUS
    open_orders = [order for order in orders if order.status is OrderStatus.OPEN]
    here = [order for order in open_orders if order.origin == yard]
    if here:
        return min(here, key=lambda order: (order.created_ms, order.order_id))
    if open_orders:
        return Reason.WRONG_YARD
    delivered = any(order.status is OrderStatus.DELIVERED for order in orders)
    return Reason.ORDER_COMPLETE if delivered else Reason.NO_ORDER


# --- The weight ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    net_min_kg: int
    tare_band_permille: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredScale:
    """As registered; the lane's own settings do not count."""

    e_kg: int
    max_kg: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleFacts:
    axles: int
    gross_max_kg: int
    tares_kg: tuple[int, ...] = ()
    """Earlier empty weights of this vehicle, this trip's among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeighingFacts:
    """All that is known when a stable weight was recorded."""

    weight_kg: int
    order_status: OrderStatus
    first_kg: int | None
    """The open ticket's first weight; None when there is no open ticket."""
    scale: RegisteredScale
    vehicle: VehicleFacts
    limits: Limits
    overruled: bool = False

    def __post_init__(self) -> None:
        if self.order_status not in NEXT:
            raise ValueError(f"nothing is weighed for an order that is {self.order_status}")
        if (self.first_kg is None) != (self.order_status in _STARTS_TICKET):
            raise ValueError(f"order is {self.order_status} but first_kg is {self.first_kg}")

    @property
    def at_origin(self) -> bool:
        return self.order_status in _AT_ORIGIN


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """The first weighing at a yard."""

    purpose: Purpose
    first_kg: int


@dataclass(frozen=True, slots=True)
class CloseTicket:
    """The second: the larger weight is gross, the smaller tare, whichever came first."""

    purpose: Purpose
    gross_kg: int
    tare_kg: int
    net_kg: int = field(init=False)

    def __post_init__(self) -> None:
        if self.gross_kg <= self.tare_kg:
            raise ValueError(f"gross_kg {self.gross_kg} must exceed tare_kg {self.tare_kg}")
        object.__setattr__(self, "net_kg", self.gross_kg - self.tare_kg)


@dataclass(frozen=True, slots=True)
class ReleaseTruck:
    step: OpenTicket | CloseTicket


def match_weighing(facts: WeighingFacts) -> ReleaseTruck | RefuseTruck | HoldTruck:
    """Return what the weight does to the order's ticket, or why the truck may not leave with it.

    Refused is what the driver can put right (unload a little, load at last); held is what somebody
    has to look at: a weight that this scale cannot have shown, a tare that is not this truck's.
    """
    for answer in (*_measured(facts), *_plausible(facts)):
        if not (facts.overruled and answer.reason in OVERRIDABLE):
            return answer
    return ReleaseTruck(_step(facts))


def gross_limit_kg(vehicle: VehicleFacts) -> int:
    """Return the most that this vehicle may weigh, by its papers and by law."""
    ceiling = GROSS_CEILING_KG.get(vehicle.axles, GROSS_CEILING_SIX_AXLES_KG)
    return min(vehicle.gross_max_kg, ceiling)


def _measured(facts: WeighingFacts) -> Iterable[RefuseTruck | HoldTruck]:
    if not facts.scale.e_kg * SCALE_MIN_INTERVALS <= facts.weight_kg <= facts.scale.max_kg:
        yield RefuseTruck(Reason.SCALE_RANGE)
    if facts.weight_kg % facts.scale.e_kg:
        yield HoldTruck(Reason.WEIGHT_NOT_MULTIPLE_OF_E)


def _plausible(facts: WeighingFacts) -> Iterable[RefuseTruck | HoldTruck]:
    if facts.weight_kg > gross_limit_kg(facts.vehicle):
        # At the origin it goes back and unloads some; at the destination it has driven already.
        yield RefuseTruck(Reason.OVERWEIGHT) if facts.at_origin else HoldTruck(Reason.OVERWEIGHT)
    if facts.first_kg is not None:
        gained_kg = facts.weight_kg - facts.first_kg
        yield from _net(gained_kg if facts.at_origin else -gained_kg, facts.limits)
    if facts.order_status in _EMPTY and not _is_known_tare(facts):
        yield HoldTruck(Reason.TARE_IMPLAUSIBLE)


def _net(net_kg: int, limits: Limits) -> Iterable[RefuseTruck]:
    if net_kg <= 0:
        yield RefuseTruck(Reason.NET_NOT_POSITIVE)
    if net_kg < limits.net_min_kg:
        yield RefuseTruck(Reason.NET_BELOW_MINIMUM)


def _is_known_tare(facts: WeighingFacts) -> bool:
    if not facts.vehicle.tares_kg:
        return True
    ordered = sorted(facts.vehicle.tares_kg)
    usual_kg = ordered[len(ordered) // 2]
    return abs(facts.weight_kg - usual_kg) * 1000 <= usual_kg * facts.limits.tare_band_permille


def _step(facts: WeighingFacts) -> OpenTicket | CloseTicket:
    purpose: Purpose = "loading" if facts.at_origin else "unloading"
    if facts.first_kg is None:
        return OpenTicket(purpose, facts.weight_kg)
    pair = (facts.first_kg, facts.weight_kg)
    return CloseTicket(purpose, gross_kg=max(pair), tare_kg=min(pair))
