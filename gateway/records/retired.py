"""Nobody waits for a lane that is retired: what it last said of itself has no meaning any more."""

from collections.abc import Callable, Iterable
from typing import Final

from sqlalchemy import select
from sqlalchemy.engine import Connection

from gateway.records.lane_reports import Behind
from gateway.registry.retiring import IS_ACTIVE
from gateway.registry.tables import lanes

FindBehind = Callable[[Connection, Iterable[str]], tuple[Behind, ...]]
"""(connection, yards) -> the lanes that may have recorded what is not here."""

_RETIRED: Final = select(lanes.c.yard_id, lanes.c.id).where(~IS_ACTIVE)


def without_retired(find: FindBehind) -> FindBehind:
    """Return the same search, that leaves out the lanes which are retired."""

    def behind(connection: Connection, yards: Iterable[str]) -> tuple[Behind, ...]:
        found = find(connection, yards)
        if not found:
            return ()
        retired = {(row.yard_id, row.id) for row in connection.execute(_RETIRED)}
        return tuple(one for one in found if (one.yard, one.lane) not in retired)

    return behind
