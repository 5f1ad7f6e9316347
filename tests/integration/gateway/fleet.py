"""Ten trucks, their orders, and the lanes they pass: two yards with a third lane each.

One of the lanes is set up while the trucks are driving: nobody has registered it at first.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from gateway.config import Settings
from tests.integration.gateway.driving import Gateway
from tests.integration.gateway.yard import (
    FakeLane,
    World,
    add_contract,
    add_order,
    add_truck,
    register_lane,
)

TRUCKS: Final = range(2, 12)
"""Truck 1 is the world's own."""
EXTRA_LANES: Final = {"mine-out": "mine-out-2", "plant-in": "plant-in-2"}
"""By the lane that they stand beside."""
UNREGISTERED: Final = "plant-in-2"
THERE: Final = "coal-1"
BACK: Final = "coal-2"


@dataclass(frozen=True, slots=True)
class Trip:
    """One order, and when it is entered."""

    truck: int
    name: str
    entered_ms: int
    contract: str = THERE

    @property
    def order_id(self) -> str:
        return f"order-{self.name}"

    @property
    def yards(self) -> tuple[str, str]:
        """Return origin and destination."""
        return ("mine", "plant") if self.contract == THERE else ("plant", "mine")


def tag_of(truck: int) -> str:
    return f"{0xCA0000 + truck:08X}"


def plate_of(truck: int) -> str:
    """Return the plate that `add_truck` gives it."""
    return f"蒙K{truck:05d}"


@dataclass(frozen=True, slots=True)
class Fleet:
    """A database with the trucks in it, and the lanes they pass."""

    engine: Engine
    settings: Settings
    world: World


def build_fleet(engine: Engine) -> Fleet:
    """Build the world into an empty database: plates count where a camera has read one."""
    gateway = Gateway(engine, plates={"policy": "preferred"})
    with engine.begin() as connection:
        world = _add_fleet(connection, gateway.world)
    return Fleet(engine, gateway.settings, world)


def _add_fleet(connection: Connection, world: World) -> World:
    """Insert the trucks, the way back and the lanes, but one; return the world with all of them."""
    for truck in TRUCKS:
        add_truck(connection, str(truck), tag_of(truck))
    add_contract(connection, BACK, "plant", "mine")
    lanes = dict(world.lanes)
    for beside, name in EXTRA_LANES.items():
        lanes[name] = FakeLane(lanes[beside].yard, name)
        if name != UNREGISTERED:
            register_lane(connection, lanes[name])
    return World(lanes)


def enter(connection: Connection, trip: Trip) -> None:
    """Enter the trip's order."""
    add_order(connection, trip.name, str(trip.truck), trip.entered_ms, trip.contract)
