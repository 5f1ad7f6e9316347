"""Which trucks each yard would admit now: what its lanes may decide alone for a while.

A list is read when nothing else can be: by then the truck may be further than the gateway knows,
for the other yard may be out of reach as well. So the list also names, after those that are here
now, the trucks that may come next: loaded, at the destination of their order, or for another load.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.engine import Connection, RowMapping

from edge.messages import OfflineOrder
from gateway.registry.tables import cards, contracts, drivers, orders, vehicles
from gateway.tickets.matching import (
    UNDER_WAY,
    AdmitTruck,
    ArrivalFacts,
    CardFacts,
    OrderFacts,
    OrderStatus,
    VehicleFacts,
    gross_limit_kg,
    match_arrival,
)

_ORDER_DRIVERS: Final = drivers.alias("order_drivers")
_ALL: Final = (
    select(
        cards.c.tag,
        cards.c.status.label("card_status"),
        vehicles.c.plate,
        vehicles.c.axles,
        vehicles.c.gross_max_kg,
        vehicles.c.status.label("vehicle_status"),
        drivers.c.status.label("card_driver_status"),
        orders.c.id.label("order_id"),
        orders.c.order_no,
        orders.c.status,
        orders.c.created_ms,
        _ORDER_DRIVERS.c.status.label("driver_status"),
        contracts.c.origin_yard_id.label("origin"),
        contracts.c.destination_yard_id.label("destination"),
        contracts.c.status.label("contract_status"),
        contracts.c.valid_from_ms,
        contracts.c.valid_to_ms,
    )
    .join(vehicles, cards.c.vehicle_id == vehicles.c.id)
    .join(drivers, cards.c.driver_id == drivers.c.id)
    .join(orders, orders.c.vehicle_id == vehicles.c.id)
    .join(_ORDER_DRIVERS, orders.c.driver_id == _ORDER_DRIVERS.c.id)
    .join(contracts, orders.c.contract_id == contracts.c.id)
    .where(orders.c.status.in_([*UNDER_WAY, OrderStatus.OPEN]))
    .order_by(cards.c.tag, orders.c.created_ms)
)


def admissible_orders(
    connection: Connection, now_ms: int, arrive_loaded_max: int
) -> dict[str, tuple[OfflineOrder, ...]]:
    """Return by yard the cards that would be admitted there now, by the very same rules.

    After them come at most `arrive_loaded_max` that would be if the other yards were not heard, of
    the newest orders: what was abandoned long ago must not keep others out.
    """
    by_tag: dict[str, list[RowMapping]] = defaultdict(list)
    for row in connection.execute(_ALL).mappings():
        by_tag[row["tag"]].append(row)
    now: dict[str, list[OfflineOrder]] = defaultdict(list)
    later: dict[str, list[_Admitted]] = defaultdict(list)
    for rows in by_tag.values():
        for admitted in _admitted(rows, now_ms):
            if admitted.is_expected:
                now[admitted.yard].append(admitted.order)
            else:
                later[admitted.yard].append(admitted)
    return {
        yard: (*now[yard], *_newest(later[yard], arrive_loaded_max))
        for yard in sorted({*now, *later})
    }


class _Admitted(NamedTuple):
    yard: str
    order: OfflineOrder
    is_expected: bool
    """By what is known now; otherwise the truck may be further than that."""
    ordered_ms: int


def _newest(admitted: list[_Admitted], count: int) -> Iterator[OfflineOrder]:
    newest = sorted(admitted, key=lambda one: (-one.ordered_ms, one.order.tag))[:count]
    return (one.order for one in newest)


def _admitted(rows: list[RowMapping], now_ms: int) -> Iterator[_Admitted]:
    known = tuple(_order(row) for row in rows)
    names = {row["order_id"]: row["order_no"] for row in rows}
    yards = frozenset(yard for order in known for yard in (order.origin, order.destination))
    for yard in sorted(yards):
        facts = ArrivalFacts(yard=yard, at_ms=now_ms, card=_card(rows[0]), orders=known)
        for behind in (frozenset[str](), yards):
            answer = match_arrival(replace(facts, behind=behind))
            if isinstance(answer, AdmitTruck):
                order = _listed(rows[0], names[answer.order.order_id])
                ordered_ms = answer.order.created_ms
                yield _Admitted(yard, order, is_expected=not behind, ordered_ms=ordered_ms)
                break


def _listed(row: RowMapping, order_no: str) -> OfflineOrder:
    vehicle = VehicleFacts(axles=row["axles"], gross_max_kg=row["gross_max_kg"])
    return OfflineOrder(
        tag=row["tag"],
        plate=row["plate"],
        order_no=order_no,
        gross_max_kg=gross_limit_kg(vehicle),
    )


def _card(row: RowMapping) -> CardFacts:
    return CardFacts(
        status=row["card_status"],
        vehicle_status=row["vehicle_status"],
        driver_status=row["card_driver_status"],
    )


def _order(row: RowMapping) -> OrderFacts:
    return OrderFacts(
        order_id=row["order_id"],
        status=OrderStatus(row["status"]),
        created_ms=row["created_ms"],
        driver_status=row["driver_status"],
        origin=row["origin"],
        destination=row["destination"],
        contract_status=row["contract_status"],
        valid_from_ms=row["valid_from_ms"],
        valid_to_ms=row["valid_to_ms"],
    )
