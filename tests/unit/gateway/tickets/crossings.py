"""A vehicle's crossings and orders, and what is found of them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from gateway.tickets.folding import fold
from gateway.tickets.matching import Limits, OrderFacts, OrderStatus
from gateway.tickets.settled import Settled
from gateway.tickets.trips import Crossing, Trips

LIMITS = Limits(net_min_kg=1000, tare_band_permille=80)
HOUR_MS = 3_600_000
MINUTE_MS = 60_000
ORDER = OrderFacts(
    order_id="o1",
    status=OrderStatus.OPEN,
    created_ms=0,
    driver_status="active",
    origin="mine",
    destination="plant",
    contract_status="active",
    valid_from_ms=0,
    valid_to_ms=1000 * HOUR_MS,
)
SECOND = replace(ORDER, order_id="o2", created_ms=1)


def at(lane: str, minute: int, weight_kg: int, **changes: Any) -> Crossing:
    """Return a crossing of a lane named like "mine-in", so many minutes into the day."""
    made: dict[str, Any] = {
        "stop_id": f"{lane} {minute}",
        "event_id": f"event {lane} {minute}",
        "yard": lane.partition("-")[0],
        "lane": lane,
        "epoch": "e1",
        "seq": 10 * minute,
        "arrived_ms": HOUR_MS + minute * MINUTE_MS - 20_000,
        "weighed_ms": HOUR_MS + minute * MINUTE_MS,
        "released_ms": HOUR_MS + minute * MINUTE_MS + 5_000,
        "is_synced": True,
        "weight_kg": weight_kg,
    }
    return Crossing(**(made | changes))


def trip(minute: int = 0, tare_kg: int = 16_000, gross_kg: int = 48_000) -> list[Crossing]:
    """Return a whole trip: empty, loaded, arriving, unloaded."""
    return [
        at("mine-in", minute, tare_kg),
        at("mine-out", minute + 20, gross_kg),
        at("plant-in", minute + 80, gross_kg - 40),
        at("plant-out", minute + 100, tare_kg + 20),
    ]


def found(crossings: Sequence[Crossing], *orders: OrderFacts, tares: tuple[int, ...] = ()) -> Trips:
    return fold(orders or (ORDER,), crossings, LIMITS, Settled(tares))


def nets(trips: Trips) -> list[tuple[int | None, ...]]:
    return [
        tuple(None if leg.pair is None else leg.pair.net_kg for leg in one.legs())
        for one in trips.trips
    ]


def said(trips: Trips) -> tuple[object, ...]:
    """Return everything that is written of the trips."""
    pairs = [[leg.weighed for leg in one.legs()] for one in trips.trips]
    return (pairs, [one.status for one in trips.trips], dict(trips.unplaced))
