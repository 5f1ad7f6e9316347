"""Whether this truck may be weighed here, and what its weight means. Pure: facts in, answer out.

Arrival: card -> vehicle -> order -> contract and yard. Weighing: scale -> limits -> load -> tare.
The first thing that is wrong is the answer, named; what a dispatcher overrules is passed over.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter
from typing import Final, Literal

from edge.messages import PlatePolicy, PlateRead, SeenCard, plate_doubt
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
    """Its tickets were given to settlement: they stand as they are."""
    CANCELLED = "cancelled"


UNDER_WAY: Final = frozenset({OrderStatus.LOADING, OrderStatus.LOADED, OrderStatus.UNLOADING})
_AT_ORIGIN: Final = frozenset({OrderStatus.OPEN, OrderStatus.LOADING})

TARES_KEPT: Final = 5
"""How many of a truck's last empty weights show what is usual for it."""

TRAILER: Final = "挂"

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

    @property
    def expected_at(self) -> str:
        """Return the yard where its truck is weighed next."""
        return self.origin if self.status in _AT_ORIGIN else self.destination


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
    behind: frozenset[str] = frozenset()
    """Yards with a lane whose records are not all here: the truck may be further than known."""
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
    found = _pick(facts)
    return _first(_identity(facts, facts.card, found), overruled=facts.overruled) or _admit(found)


def match_plate(expected: str, seen: PlateRead | None, policy: PlatePolicy) -> HoldTruck | None:
    """Return why a truck that would be admitted waits for a person: its plate is in doubt.

    Held, not refused: a person looks at the picture, where the driver could only try again.
    """
    doubt = plate_doubt(expected, seen)
    return HoldTruck(Reason(doubt)) if doubt is not None and policy.stops(doubt) else None


def match_late_plate(
    expected: str, read_later: Iterable[str], policy: PlatePolicy
) -> HoldTruck | None:
    """Return why a truck waits whose plate was read only after its card: it is another's.

    A trailer has a plate of its own, which is no tractor's (GA 36: it ends in 挂).
    """
    tractors = {plate for plate in read_later if not plate.endswith(TRAILER)}
    is_another = bool(tractors) and expected not in tractors
    held = HoldTruck(Reason.PLATE_MISMATCH)
    return held if is_another and policy.stops(held.reason) else None


def match_cards(
    own: str, seen: Iterable[SeenCard], registered: Collection[str]
) -> HoldTruck | None:
    """Return why a truck waits before which another card was shown: it may be another truck.

    A tag that is seen from afar may be that of the truck behind. One read of a card that nobody
    has is noise on the line.
    """
    foreign = (card for card in seen if card.is_shown and card.tag != own)
    is_shown = any(card.reads > 1 or card.tag in registered for card in foreign)
    return HoldTruck(Reason.FOREIGN_CARD) if is_shown else None


def _admit(found: OrderFacts | Reason) -> AdmitTruck | RefuseTruck:
    return AdmitTruck(found) if isinstance(found, OrderFacts) else RefuseTruck(found)


def _first(reasons: Iterable[Reason], *, overruled: bool) -> RefuseTruck | None:
    for reason in reasons:
        if not (overruled and reason in OVERRIDABLE):
            return RefuseTruck(reason)
    return None


def objection_to_identity(card: CardFacts) -> Reason | None:
    """Return who may not drive with this card, None if all may."""
    return next(iter(_blocked(card)), None)


def _blocked(card: CardFacts) -> Iterable[Reason]:
    if card.status == "blocked":
        yield Reason.CARD_BLOCKED
    if card.vehicle_status == "blocked":
        yield Reason.VEHICLE_BLOCKED
    if card.driver_status == "blocked":
        yield Reason.DRIVER_BLOCKED


def _identity(facts: ArrivalFacts, card: CardFacts, found: OrderFacts | Reason) -> Iterable[Reason]:
    yield from _blocked(card)
    if facts.elsewhere:
        yield Reason.ALREADY_ON_ANOTHER_LANE
    if isinstance(found, OrderFacts):
        yield from _order(found, facts)


def _order(order: OrderFacts, facts: ArrivalFacts) -> Iterable[Reason]:
    if not _may_be_here(order, facts):
        yield Reason.WRONG_YARD
    if order.status is not OrderStatus.OPEN:  # a truck that is under way may finish
        if order.driver_status == "blocked":
            yield Reason.DRIVER_BLOCKED
    elif (objection := objection_to_order(order, facts.at_ms)) is not None:
        yield objection


def objection_to_order(order: OrderFacts, at_ms: int) -> Reason | None:
    """Return why no trip may begin for this order at that time, None if one may."""
    if order.driver_status == "blocked":
        return Reason.DRIVER_BLOCKED
    if order.contract_status == "suspended":
        return Reason.CONTRACT_SUSPENDED
    if at_ms < order.valid_from_ms:
        return Reason.CONTRACT_NOT_YET_VALID
    return Reason.CONTRACT_EXPIRED if at_ms >= order.valid_to_ms else None


def arrives_loaded(order: OrderFacts, yard: str) -> bool:
    """Return whether the truck is here with a load whose weighings have not come yet."""
    return yard == order.destination and order.status in _AT_ORIGIN


def _may_be_here(order: OrderFacts, facts: ArrivalFacts) -> bool:
    if facts.yard == order.expected_at:
        return True
    return arrives_loaded(order, facts.yard) and order.origin in facts.behind


def _pick(facts: ArrivalFacts) -> OrderFacts | Reason:
    under_way = [order for order in facts.orders if order.status in UNDER_WAY]
    current = max(under_way, key=_age, default=None)  # an older one was left without a weighing
    open_orders = [order for order in facts.orders if order.status is OrderStatus.OPEN]
    here = [order for order in open_orders if order.origin == facts.yard]
    if current and not (here and _may_be_delivered(current, facts)):
        return current
    loaded = [order for order in open_orders if _may_be_here(order, facts)]
    if here or loaded:
        return min(here or loaded, key=_age)
    if open_orders:
        return Reason.WRONG_YARD
    delivered = any(order.status is OrderStatus.DELIVERED for order in facts.orders)
    return Reason.ORDER_COMPLETE if delivered else Reason.NO_ORDER


_age: Final = attrgetter("created_ms", "order_id")


def _may_be_delivered(order: OrderFacts, facts: ArrivalFacts) -> bool:
    """Return whether a truck that is expected elsewhere may have been there unheard."""
    was_there = order.status not in _AT_ORIGIN and order.destination in facts.behind
    return was_there and facts.yard != order.destination


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
    """Earlier empty weights of this vehicle, this trip's among them, oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeighingFacts:
    """All that is known when a stable weight was recorded."""

    weight_kg: int
    purpose: Purpose
    is_empty: bool
    """The truck should carry nothing now."""
    objection: Reason | None = None
    """Why the weight would be in no ticket, by the weighings before it."""
    is_behind: bool = False
    """Weighings that would explain it may have been made, and have not come yet."""
    scale: RegisteredScale
    vehicle: VehicleFacts
    limits: Limits
    overruled: bool = False


@dataclass(frozen=True, slots=True)
class ReleaseTruck:
    """It may leave with this weight."""


REFUSED_FOR_LOAD: Final = frozenset({Reason.NET_NOT_POSITIVE, Reason.NET_BELOW_MINIMUM})
"""What the driver can put right on the spot."""


def match_weighing(facts: WeighingFacts) -> ReleaseTruck | RefuseTruck | HoldTruck:
    """Return whether the truck may leave with this weight, or why not.

    Refused is what the driver can put right (unload a little, load at last); held is what somebody
    has to look at: a weight that this scale cannot have shown, a tare that is not this truck's.
    """
    for answer in (*_measured(facts), *_plausible(facts)):
        if not (facts.overruled and answer.reason in OVERRIDABLE):
            return answer
    return ReleaseTruck()


def objection_to_weight(facts: WeighingFacts) -> Reason | None:
    """Return what is wrong with the weight whatever else was weighed, None if nothing is."""
    for answer in (*_measured(facts), *_within_limits(facts)):
        if not (facts.overruled and answer.reason in OVERRIDABLE):
            return answer.reason
    return None


def gross_limit_kg(vehicle: VehicleFacts) -> int:
    """Return the most that this vehicle may weigh, by its papers and by law."""
    ceiling = GROSS_CEILING_KG.get(vehicle.axles, GROSS_CEILING_SIX_AXLES_KG)
    return min(vehicle.gross_max_kg, ceiling)


def is_usual_tare(weight_kg: int, tares_kg: Sequence[int], limits: Limits) -> bool:
    """Return whether an empty weight is near the median of the last ones, oldest first."""
    if not tares_kg:
        return True
    ordered = sorted(tares_kg[-TARES_KEPT:])
    usual_kg = ordered[len(ordered) // 2]
    return abs(weight_kg - usual_kg) * 1000 <= usual_kg * limits.tare_band_permille


def _measured(facts: WeighingFacts) -> Iterable[RefuseTruck | HoldTruck]:
    if not facts.scale.e_kg * SCALE_MIN_INTERVALS <= facts.weight_kg <= facts.scale.max_kg:
        yield RefuseTruck(Reason.SCALE_RANGE)
    if facts.weight_kg % facts.scale.e_kg:
        yield HoldTruck(Reason.WEIGHT_NOT_MULTIPLE_OF_E)


def _within_limits(facts: WeighingFacts) -> Iterable[RefuseTruck | HoldTruck]:
    if facts.weight_kg > gross_limit_kg(facts.vehicle):
        # At the origin it goes back and unloads some; at the destination it has driven already.
        at_origin = facts.purpose == "loading"
        yield RefuseTruck(Reason.OVERWEIGHT) if at_origin else HoldTruck(Reason.OVERWEIGHT)


def _plausible(facts: WeighingFacts) -> Iterable[RefuseTruck | HoldTruck]:
    yield from _within_limits(facts)
    if facts.objection is not None and not facts.is_behind:
        can_mend = facts.objection in REFUSED_FOR_LOAD
        yield RefuseTruck(facts.objection) if can_mend else HoldTruck(facts.objection)
    if facts.is_empty and not _is_plausible_tare(facts):
        yield HoldTruck(Reason.TARE_IMPLAUSIBLE)


def _is_plausible_tare(facts: WeighingFacts) -> bool:
    tares_kg, limits = facts.vehicle.tares_kg, facts.limits
    if is_usual_tare(facts.weight_kg, tares_kg, limits):
        return True
    # If a weighing is missing it may as well be the gross; it is judged again with it.
    return facts.is_behind and facts.weight_kg >= max(tares_kg) + limits.net_min_kg
