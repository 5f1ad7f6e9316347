"""What the database knows, as the facts that matching asks for."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.engine import Connection, RowMapping

from gateway.registry.tables import cards, contracts, drivers, lanes, orders, vehicles
from gateway.tickets.matching import (
    TARES_KEPT,
    UNDER_WAY,
    CardFacts,
    OrderFacts,
    OrderStatus,
    RegisteredScale,
)
from gateway.tickets.settled import Settled
from gateway.tickets.stops import of_weighing
from gateway.tickets.tables import stops, tickets
from gateway.tickets.trips import Journal


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """Whom a card belongs to."""

    card: CardFacts
    vehicle_id: str
    plate: str
    axles: int
    gross_max_kg: int


_CARRIER: Final = (
    select(
        cards.c.status,
        vehicles.c.id,
        vehicles.c.plate,
        vehicles.c.axles,
        vehicles.c.gross_max_kg,
        vehicles.c.status.label("vehicle_status"),
        drivers.c.status.label("driver_status"),
    )
    .join(vehicles, cards.c.vehicle_id == vehicles.c.id)
    .join(drivers, cards.c.driver_id == drivers.c.id)
    .where(cards.c.tag == bindparam("b_tag"))
)


_CARDS: Final = select(cards.c.tag).where(cards.c.tag.in_(bindparam("b_tags", expanding=True)))


def _orders(*conditions: Any) -> Select[Any]:  # noqa: ANN401 - SQL expressions of any kind
    return (
        select(
            orders.c.id.label("order_id"),
            orders.c.status,
            orders.c.created_ms,
            drivers.c.status.label("driver_status"),
            contracts.c.origin_yard_id.label("origin"),
            contracts.c.destination_yard_id.label("destination"),
            contracts.c.status.label("contract_status"),
            contracts.c.valid_from_ms,
            contracts.c.valid_to_ms,
        )
        .join(contracts, orders.c.contract_id == contracts.c.id)
        .join(drivers, orders.c.driver_id == drivers.c.id)
        .where(*conditions)
    )


_OF_VEHICLE: Final = orders.c.vehicle_id == bindparam("b_vehicle_id")
_UNSETTLED: Final = (
    _orders(_OF_VEHICLE, orders.c.status.in_([*UNDER_WAY, OrderStatus.OPEN]))
    .order_by(orders.c.id)
    .with_for_update(of=orders)
)
_SETTLED: Final = _orders(_OF_VEHICLE, orders.c.status == OrderStatus.DELIVERED).limit(1)

_SCALE: Final = select(lanes.c.e_kg, lanes.c.max_kg).where(
    lanes.c.yard_id == bindparam("b_yard"), lanes.c.id == bindparam("b_lane")
)
WEIGHINGS_OF_TRIP: Final = 4
_LOADING: Final = tickets.alias("loading")
_ARRIVING_LOADED: Final = (
    select(func.count())
    .select_from(tickets)
    .where(
        tickets.c.sealed_ms.is_(None),
        tickets.c.yard_id == bindparam("b_yard"),
        tickets.c.purpose == "unloading",
        tickets.c.created_ms >= bindparam("b_since_ms"),
        ~select(_LOADING.c.id)
        .where(
            _LOADING.c.order_id == tickets.c.order_id,
            _LOADING.c.purpose == "loading",
            _LOADING.c.status == "closed",
        )
        .exists(),
    )
)
_LAST_SETTLED: Final = (
    select(stops.c.ticket_id)
    .where(
        stops.c.vehicle_id == bindparam("b_vehicle_id"),
        stops.c.weighed_ms.is_not(None),
        stops.c.sealed_ms.is_not(None),
        stops.c.ticket_id.is_not(None),
    )
    .order_by(stops.c.weighed_ms.desc())
    .limit(2 * TARES_KEPT)
)
_TARES: Final = (
    select(tickets.c.tare_kg)
    .where(tickets.c.id.in_(_LAST_SETTLED), tickets.c.sealed_ms.is_not(None))
    .order_by(tickets.c.second_ms.desc())
    .limit(TARES_KEPT)
)
"""By the stops' index, so that a truck's years do not count."""
_SETTLED_STOPS: Final = (
    select(
        stops.c.yard_id,
        stops.c.lane_id,
        stops.c.order_id,
        stops.c.weighing_seq,
        stops.c.weighed_ms,
        stops.c.sealed_ms,
        of_weighing("epoch").label("epoch"),
    )
    .where(
        stops.c.vehicle_id == bindparam("b_vehicle_id"),
        stops.c.weighed_ms.is_not(None),
        stops.c.sealed_ms.is_not(None),
        stops.c.ticket_id.is_not(None),
    )
    .order_by(stops.c.weighed_ms.desc())
    .limit(2 * WEIGHINGS_OF_TRIP)
)
"""Of the last two trips: a clock that is ahead may have put an older one last."""


def find_carrier(connection: Connection, tag: str) -> Carrier | None:
    row = connection.execute(_CARRIER, {"b_tag": tag}).one_or_none()
    if row is None:
        return None
    card = CardFacts(
        status=row.status, vehicle_status=row.vehicle_status, driver_status=row.driver_status
    )
    return Carrier(
        card=card,
        vehicle_id=row.id,
        plate=row.plate,
        axles=row.axles,
        gross_max_kg=row.gross_max_kg,
    )


def registered_cards(connection: Connection, tags: Iterable[str]) -> frozenset[str]:
    """Return those of these tags that are cards of somebody."""
    wanted = sorted(set(tags))
    if not wanted:
        return frozenset()
    return frozenset(connection.execute(_CARDS, {"b_tags": wanted}).scalars())


def find_orders(connection: Connection, vehicle_id: str) -> tuple[OrderFacts, ...]:
    """Return the vehicle's orders that are not settled, locked, and one that is."""
    names = {"b_vehicle_id": vehicle_id}
    rows = connection.execute(_UNSETTLED, names).mappings().all()
    settled = connection.execute(_SETTLED, names).mappings().all()
    return tuple(_order(row) for row in (*rows, *settled))


def find_scale(connection: Connection, yard: str, lane: str) -> RegisteredScale:
    row = connection.execute(_SCALE, {"b_yard": yard, "b_lane": lane}).one()
    return RegisteredScale(e_kg=row.e_kg, max_kg=row.max_kg)


def count_arriving_loaded(connection: Connection, yard: str, since_ms: int) -> int:
    """Return how many trips came to this destination since, without their loading being known."""
    names = {"b_yard": yard, "b_since_ms": since_ms}
    return connection.execute(_ARRIVING_LOADED, names).scalar_one()


def find_settled(connection: Connection, vehicle_id: str) -> Settled:
    """Return what is known of the vehicle's trips that are settled."""
    names = {"b_vehicle_id": vehicle_id}
    latest_first = connection.execute(_TARES, names).scalars().all()
    weighed = connection.execute(_SETTLED_STOPS, names).mappings().all()
    if not weighed:
        return Settled(tuple(reversed(latest_first)))
    last = weighed[0]
    numbers: dict[Journal, int] = {}
    for one in weighed:
        if one["order_id"] == last["order_id"]:
            journal = _journal(one)
            numbers[journal] = max(one["weighing_seq"], numbers.get(journal, 0))
    return Settled(
        tares_kg=tuple(reversed(latest_first)),
        until_ms=last["weighed_ms"],
        ended_in=_journal(last),
        numbers=numbers,
        sealed_ms=max(one["sealed_ms"] for one in weighed),
    )


def _journal(row: RowMapping) -> Journal:
    return Journal(row["yard_id"], row["lane_id"], row["epoch"])


def _order(row: RowMapping) -> OrderFacts:
    return OrderFacts(**(dict(row) | {"status": OrderStatus(row["status"])}))
