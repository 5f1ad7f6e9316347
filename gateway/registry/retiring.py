"""A lane that is retired: nobody expects anything of it, and what it recorded stays."""

from typing import Final, Literal

from sqlalchemy import Connection, bindparam, update

from gateway.registry.tables import lanes
from gateway.trail.service import By, Deed, keep

IS_ACTIVE: Final = lanes.c.status == "active"
"""Of a row of `lanes`. Records of others are refused as those of a lane that is not registered."""

_SET: Final = (
    update(lanes)
    .where(
        lanes.c.yard_id == bindparam("b_yard"),
        lanes.c.id == bindparam("b_lane"),
        lanes.c.status != bindparam("b_status"),
    )
    .values(status=bindparam("b_status"), revision=lanes.c.revision + 1)
)


def set_status(
    connection: Connection, yard: str, lane: str, status: Literal["active", "retired"], by: By
) -> bool:
    """Return whether that changed anything: False for a lane that is so, and for no lane."""
    names = {"b_yard": yard, "b_lane": lane, "b_status": status}
    is_changed = connection.execute(_SET, names).rowcount == 1
    if is_changed:
        keep(connection, by, Deed("lane.change", f"{yard}/{lane}", after={"status": status}))
    return is_changed
