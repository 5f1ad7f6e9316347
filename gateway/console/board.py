"""The board: all lanes, live, for dispatchers."""

from typing import Any, Final

from sqlalchemy import Connection, select

from gateway.auth.roles import Permission
from gateway.auth.sessions import Principal
from gateway.registry.retiring import IS_ACTIVE
from gateway.registry.tables import lanes, yards

STEPS: Final = ("idle", "card", "deck", "weighed", "released")
"""How a truck goes through, as each lane card shows it."""

_LANES: Final = (
    select(lanes.c.id, lanes.c.yard_id, lanes.c.name, lanes.c.max_kg, yards.c.name.label("yard"))
    .join_from(lanes, yards)
    .where(IS_ACTIVE)
    .order_by(yards.c.created_ms, yards.c.id, lanes.c.created_ms, lanes.c.id)
)


_PLACES: Final = (
    select(yards.c.id, yards.c.name, lanes.c.id.label("lane_id"), lanes.c.name.label("lane"))
    .join_from(yards, lanes, isouter=True)
    .order_by(yards.c.id, lanes.c.id)
)


def board_values(connection: Connection, principal: Principal) -> dict[str, Any]:
    """Return the lanes by yard, and whether this user decides about trucks."""
    by_yard: dict[str, list[Any]] = {}
    for lane in connection.execute(_LANES).mappings():
        by_yard.setdefault(lane["yard"], []).append(lane)
    return {
        "yards": by_yard,
        "places": _place_names(connection),
        "steps": STEPS,
        "decides": principal.may(Permission.DECIDE_STOPS),
    }


def _place_names(connection: Connection) -> dict[str, str]:
    """Return what all yards and lanes are called, by "yard" and "yard/lane".

    Lists tell of trucks at lanes which have no card, since they are retired.
    """
    names: dict[str, str] = {}
    for row in connection.execute(_PLACES):
        names[row.id] = row.name
        if row.lane_id is not None:
            names[f"{row.id}/{row.lane_id}"] = f"{row.name} {row.lane}"
    return names
