"""Whose trips wait for a lane, and may change without a record.

A record books its own vehicle. But a lane that was waited for may have nothing to tell of it, and a
wait ends: so these are booked again every few seconds.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.engine import Connection

from gateway.records.alarm_kinds import AlarmKind
from gateway.records.tables import alarms
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
_IS_CALLED_FOR: Final = (
    select(alarms.c.id)
    .where(
        alarms.c.kind == AlarmKind.TRIP_INCOMPLETE,
        alarms.c.subject == orders.c.id,
        alarms.c.resolved_ms.is_(None),
    )
    .exists()
)
"""Nothing but a record or a person can change it any more."""
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
        ~_IS_CALLED_FOR,
    )
)
"""A truck whose trip was not complete when a later one was settled."""
_OVERDUE: Final = (
    select(orders.c.vehicle_id)
    .join(tickets, tickets.c.order_id == orders.c.id)
    .where(
        tickets.c.sealed_ms.is_(None),
        tickets.c.created_ms <= bindparam("b_begun_before_ms"),
        ~_IS_CALLED_FOR,
    )
)
"""A truck that should have arrived by now."""


def waiting_vehicles(connection: Connection, begun_before_ms: int) -> tuple[str, ...]:
    """Return the vehicles whose trips may change without a record, by id.

    Among them those that began a trip by that time and have not ended it.
    """
    queries = (_AWAITING, _UNLOADED, _ON_TWO_TRIPS, _LEFT_BEHIND, _OVERDUE)
    found = {
        vehicle_id
        for query in queries
        for vehicle_id in _vehicles(connection, query, begun_before_ms)
        if vehicle_id is not None
    }
    return tuple(sorted(found))


def _vehicles(
    connection: Connection, query: Select[Any], begun_before_ms: int
) -> Sequence[str | None]:
    names = {"b_begun_before_ms": begun_before_ms} if query is _OVERDUE else {}
    return connection.execute(query, names).scalars().all()
