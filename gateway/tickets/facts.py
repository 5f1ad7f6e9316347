"""What the database knows, as the facts that matching asks for."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, bindparam, select
from sqlalchemy.engine import Connection, RowMapping

from gateway.registry.tables import cards, contracts, drivers, lanes, orders, vehicles
from gateway.tickets.matching import (
    UNDER_WAY,
    CardFacts,
    OrderFacts,
    OrderStatus,
    RegisteredScale,
    VehicleFacts,
)
from gateway.tickets.tables import tickets

TARES_KEPT: Final = 5
"""How many of a truck's last empty weights show what is usual for it."""


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
_ACTIVE: Final = (
    _orders(_OF_VEHICLE, orders.c.status.in_([*UNDER_WAY, OrderStatus.OPEN]))
    .order_by(orders.c.id)
    .with_for_update(of=orders)
)
_DONE: Final = _orders(_OF_VEHICLE, orders.c.status == OrderStatus.DELIVERED).limit(1)
_ORDER: Final = _orders(orders.c.id == bindparam("b_order_id")).with_for_update(of=orders)

_SCALE: Final = select(lanes.c.e_kg, lanes.c.max_kg).where(
    lanes.c.yard_id == bindparam("b_yard"), lanes.c.id == bindparam("b_lane")
)
_FIRST: Final = select(tickets.c.id, tickets.c.first_kg).where(
    tickets.c.order_id == bindparam("b_order_id"), tickets.c.status == "open"
)
_TARES: Final = (
    select(tickets.c.tare_kg)
    .join(orders, tickets.c.order_id == orders.c.id)
    .where(_OF_VEHICLE, tickets.c.status == "closed")
    .order_by(tickets.c.closed_ms.desc())
    .limit(TARES_KEPT)
)


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


def find_orders(connection: Connection, vehicle_id: str) -> tuple[OrderFacts, ...]:
    """Return the vehicle's orders that are not done, locked, or else one that is."""
    names = {"b_vehicle_id": vehicle_id}
    active = connection.execute(_ACTIVE, names).mappings().all()
    rows = active or connection.execute(_DONE, names).mappings().all()
    return tuple(_order(row) for row in rows)


def lock_order(connection: Connection, order_id: str) -> OrderFacts:
    """Return the order, locked until this transaction is over."""
    return _order(connection.execute(_ORDER, {"b_order_id": order_id}).mappings().one())


def find_scale(connection: Connection, yard: str, lane: str) -> RegisteredScale:
    row = connection.execute(_SCALE, {"b_yard": yard, "b_lane": lane}).one()
    return RegisteredScale(e_kg=row.e_kg, max_kg=row.max_kg)


def find_first_kg(connection: Connection, order_id: str) -> int | None:
    """Return the first weight of the order's open ticket, None without one."""
    row = connection.execute(_FIRST, {"b_order_id": order_id}).one_or_none()
    return None if row is None else int(row.first_kg)


def find_vehicle(connection: Connection, carrier: Carrier) -> VehicleFacts:
    tares = connection.execute(_TARES, {"b_vehicle_id": carrier.vehicle_id}).scalars()
    return VehicleFacts(
        axles=carrier.axles, gross_max_kg=carrier.gross_max_kg, tares_kg=tuple(tares)
    )


def _order(row: RowMapping) -> OrderFacts:
    return OrderFacts(**(dict(row) | {"status": OrderStatus(row["status"])}))
