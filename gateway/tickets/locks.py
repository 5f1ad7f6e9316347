"""What is locked before anything else of a truck: the row of its vehicle.

A transaction locks in one order, so that two never wait for each other: its lane's journal, all its
vehicles by their ids, their orders, their stops. Whoever folds a vehicle's weighings anew holds its
row, and so does every record of its stops: nobody reads what another is about to write.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Executable, bindparam, select, union
from sqlalchemy.engine import Connection

from edge.messages import LaneFault, Record, TruckArrived
from gateway.registry.tables import cards, vehicles
from gateway.tickets.stops import UNDER_WAY
from gateway.tickets.tables import stops

AT_ONCE: Final = 500
"""Names in one statement."""

_IS_OF: Final = stops.c.stop_id.in_(bindparam("b_stops", expanding=True))
_OF_STOPS: Final = union(
    select(stops.c.vehicle_id).where(_IS_OF),
    select(cards.c.vehicle_id).join(stops, stops.c.tag == cards.c.tag).where(_IS_OF),
)
_OF_CARDS: Final = select(cards.c.vehicle_id).where(
    cards.c.tag.in_(bindparam("b_tags", expanding=True))
)
_AT_LANE: Final = select(stops.c.vehicle_id).where(
    stops.c.yard_id == bindparam("b_yard"), stops.c.lane_id == bindparam("b_lane"), *UNDER_WAY
)
_LOCK: Final = (
    select(vehicles.c.id)
    .where(vehicles.c.id.in_(bindparam("b_vehicles", expanding=True)))
    .order_by(vehicles.c.id)
    .with_for_update()
)


def lock_vehicles(connection: Connection, vehicle_ids: Iterable[str]) -> None:
    """Lock these vehicles until the transaction is over, in the order of their ids."""
    for some in batches(sorted(set(vehicle_ids))):
        connection.execute(_LOCK, {"b_vehicles": some}).all()


def lock_vehicles_of_stop(connection: Connection, stop_id: UUID | str) -> None:
    """Lock the vehicle that a stop is of, and its card's: they may differ by now."""
    lock_vehicles(connection, _found(connection, _OF_STOPS, {"b_stops": [str(stop_id)]}))


def lock_vehicles_of(connection: Connection, records: Sequence[Record]) -> None:
    """Lock all vehicles that these records of one lane may change anything of."""
    first, tags = records[0], {one.tag for one in records if isinstance(one, TruckArrived)}
    found: set[str] = set()
    if tags or first.seq == 1:  # which end what the lane has open
        place = {"b_yard": first.yard, "b_lane": first.lane}
        found |= set(_found(connection, _AT_LANE, place))
    for some in batches(sorted(tags)):
        found |= set(_found(connection, _OF_CARDS, {"b_tags": some}))
    stop_ids = {
        str(one.stop_id) for one in records if not isinstance(one, TruckArrived | LaneFault)
    }
    for some in batches(sorted(stop_ids)):
        found |= set(_found(connection, _OF_STOPS, {"b_stops": some}))
    lock_vehicles(connection, found)


def _found(connection: Connection, query: Executable, names: dict[str, Any]) -> Iterator[str]:
    return (one for one in connection.execute(query, names).scalars() if one is not None)


def batches(names: list[str]) -> Iterator[list[str]]:
    """Return the names, as many at a time as fit into one statement."""
    return (names[begin : begin + AT_ONCE] for begin in range(0, len(names), AT_ONCE))
