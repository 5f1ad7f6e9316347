"""Whose trips wait for a lane, and may change without a record.

A record books its own vehicle. But a lane that was waited for may have nothing to tell of it, and a
wait ends: so these are booked again every few seconds.
"""

from typing import Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.engine import Connection

from gateway.registry.tables import orders
from gateway.tickets.reasons import Reason
from gateway.tickets.tables import stops, tickets

_AWAITING: Final[Select[Any]] = select(stops.c.vehicle_id).where(
    stops.c.released_ms.is_not(None),
    stops.c.sealed_ms.is_(None),
    stops.c.reason == Reason.AWAITING_RECORDS.value,
)
_UNLOADED: Final[Select[Any]] = (
    select(orders.c.vehicle_id)
    .join(tickets, tickets.c.order_id == orders.c.id)
    .where(
        tickets.c.sealed_ms.is_(None),
        tickets.c.purpose == "unloading",
        tickets.c.status == "closed",
    )
)
"""A trip that is complete and waits, or that only the loading is missing from."""
_ON_TWO_TRIPS: Final[Select[Any]] = (
    select(orders.c.vehicle_id)
    .join(tickets, tickets.c.order_id == orders.c.id)
    .where(tickets.c.sealed_ms.is_(None))
    .group_by(orders.c.vehicle_id)
    .having(func.count(orders.c.id.distinct()) > 1)
)
"""A truck that began a trip before its last one was complete."""
_LEFT_BEHIND: Final = (
    select(orders.c.vehicle_id)
    .join(tickets, tickets.c.order_id == orders.c.id)
    .where(
        tickets.c.sealed_ms.is_(None),
        select(stops.c.stop_id)
        .where(
            stops.c.vehicle_id == orders.c.vehicle_id,
            stops.c.weighed_ms > tickets.c.first_ms,
            stops.c.sealed_ms.is_not(None),
        )
        .exists(),
    )
)
"""A truck whose trip was not complete when a later one was settled."""


def waiting_vehicles(connection: Connection) -> tuple[str, ...]:
    """Return the vehicles whose trips may change without a record, by id."""
    found = {
        vehicle_id
        for query in (_AWAITING, _UNLOADED, _ON_TWO_TRIPS, _LEFT_BEHIND)
        for vehicle_id in connection.execute(query).scalars()
        if vehicle_id is not None
    }
    return tuple(sorted(found))
