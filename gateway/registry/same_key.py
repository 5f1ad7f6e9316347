"""One key signs for one lane: otherwise a signature does not say at which lane a truck was weighed.

A retired lane keeps its key: its old records are checked with it.
"""

from typing import Final

from sqlalchemy import Connection, bindparam, or_, select

from gateway.registry.tables import lanes

_OTHER: Final = (
    select(lanes.c.yard_id, lanes.c.id)
    .where(
        lanes.c.public_key == bindparam("b_key"),
        or_(lanes.c.yard_id != bindparam("b_yard"), lanes.c.id != bindparam("b_lane")),
    )
    .limit(1)
)


def lane_with_key(connection: Connection, public_key: str, yard: str, lane: str) -> str | None:
    """Return the other lane, `yard/lane`, that is registered with this key; None if none is."""
    names = {"b_key": public_key, "b_yard": yard, "b_lane": lane}
    other = connection.execute(_OTHER, names).one_or_none()
    return None if other is None else f"{other.yard_id}/{other.id}"
