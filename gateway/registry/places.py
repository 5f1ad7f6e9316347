"""What people call a lane and its yard, for whoever has to be told of one, registered or not."""

from collections.abc import Collection, Mapping
from typing import Final

from pydantic import BaseModel, ConfigDict
from sqlalchemy import bindparam, select
from sqlalchemy.engine import Connection

from gateway.registry.tables import lanes, yards

LaneKey = tuple[str, str]
"""Yard and lane."""

_NAMES: Final = (
    select(
        yards.c.id.label("yard_id"),
        yards.c.name.label("yard_name"),
        lanes.c.id.label("lane_id"),
        lanes.c.name.label("lane_name"),
    )
    .join_from(yards, lanes, isouter=True)
    .where(yards.c.id.in_(bindparam("b_yards", expanding=True)))
)


class Place(BaseModel):
    """A lane by its ids, and by the names that it and its yard have if they are registered."""

    model_config = ConfigDict(frozen=True)

    yard_id: str
    lane_id: str
    yard_name: str | None = None
    lane_name: str | None = None

    @property
    def words(self) -> str:
        """Return its names, the ids behind them: commands and settings have these."""
        ids = f"{self.yard_id}/{self.lane_id}"
        names = f"{self.yard_name or self.yard_id} {self.lane_name or self.lane_id}"
        return ids if names == f"{self.yard_id} {self.lane_id}" else f"{names} ({ids})"


def places(connection: Connection, wanted: Collection[LaneKey]) -> Mapping[LaneKey, Place]:
    """Return these lanes with their names; a retired one has its own still."""
    rows = connection.execute(_NAMES, {"b_yards": sorted({yard for yard, _ in wanted})}).all()
    yard_names = {row.yard_id: row.yard_name for row in rows}
    lane_names = {(row.yard_id, row.lane_id): row.lane_name for row in rows}
    return {
        (yard, lane): Place(
            yard_id=yard,
            lane_id=lane,
            yard_name=yard_names.get(yard),
            lane_name=lane_names.get((yard, lane)),
        )
        for yard, lane in wanted
    }
