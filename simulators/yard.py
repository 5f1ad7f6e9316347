"""Two yards and the road between them: trucks load at the mine, unload at the plant, go home.

Runs its own asyncio loop in one thread; everything public may be called from any thread.
"""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Final, cast, get_args

from simulators.chance import seeded
from simulators.gates import PulseKind
from simulators.indicator import Indicator, IndicatorModel
from simulators.lane import Equipment, Lane, Visit, VisitOutcome
from simulators.lines import Line, PtyLine, Receive, TcpLine
from simulators.loop_thread import LoopThread
from simulators.panel import Range
from simulators.reader import CardReader, ReaderModel
from simulators.trucks import Stranger, Truck
from simulators.uart import UartSettings

_LOADING_S: Final = (60.0, 120.0)
_ROAD_S: Final = (150.0, 240.0)
_UNLOADING_S: Final = (50.0, 100.0)
_PATIENCE_S: Final = 120.0
_TRIES: Final = 5
_STRANGERS_PATIENCE_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Site:
    """A lane's place in the plan and the wiring that it shows off."""

    yard: str
    lane: str
    serial: bool
    """Pseudo-terminals when true, TCP device servers otherwise."""
    equipment: Equipment = field(default_factory=Equipment)


MINE_IN: Final = Site(
    "mine",
    "mine-in",
    serial=True,
    equipment=Equipment(IndicatorModel("toledo-continuous"), has_camera=True),
)
MINE_OUT: Final = Site(
    "mine",
    "mine-out",
    serial=True,
    equipment=Equipment(IndicatorModel("and-standard", line=UartSettings.parse("9600 7E1"))),
)
PLANT_IN: Final = Site("plant", "plant-in", serial=False)
PLANT_OUT: Final = Site(
    "plant",
    "plant-out",
    serial=False,
    equipment=Equipment(IndicatorModel("modbus", {"map": "laumas-tlu"}, Range(unit="t"))),
)
SITES: Final = (MINE_IN, MINE_OUT, PLANT_IN, PLANT_OUT)


def equipped(
    scales: Sequence[str], readers: Sequence[str], boards: Sequence[str] = ()
) -> dict[str, Equipment]:
    """Read `mine-in=toledo-continuous,key=value` texts and lay them over the lanes' equipment.

    ValueError names what is wrong, also a scale whose unit or range its protocol cannot carry:
    units and ranges stay as they are.
    """
    lanes = {site.lane: site.equipment for site in SITES}
    for text in scales:
        lane, protocol, options = _bought(text)
        model = IndicatorModel(protocol, options, lanes[lane].scale.range)
        Indicator(model, partial(_open_tcp, lane), seeded(lane))
        lanes[lane] = replace(lanes[lane], scale=model)
    for text in readers:
        lane, protocol, options = _bought(text)
        bought = ReaderModel(protocol, options)
        CardReader(bought, partial(_open_tcp, lane), seeded(lane))
        lanes[lane] = replace(lanes[lane], reader=bought)
    for text in boards:
        lane, kind, options = _bought(text)
        if kind not in get_args(PulseKind) or options:
            raise ValueError(f"{text!r}: a board is one of {', '.join(get_args(PulseKind))}")
        lanes[lane] = replace(lanes[lane], board=cast("PulseKind", kind))
    return lanes


def _bought(text: str) -> tuple[str, str, dict[str, str]]:
    lane, given, device = text.partition("=")
    protocol, *options = device.split(",")
    pairs = [option.partition("=") for option in options]
    known = lane in {site.lane for site in SITES}
    if not (known and given and all(sign for _, sign, _ in pairs)):
        raise ValueError(f"{text!r}: expected LANE=PROTOCOL or LANE=PROTOCOL,key=value,…")
    return lane, protocol, {name: value for name, _, value in pairs}


class Stage(StrEnum):
    """Where a truck is on its trip."""

    AT_MINE = "at_mine"
    LOADING = "loading"
    ON_THE_ROAD = "on_the_road"
    AT_PLANT = "at_plant"
    UNLOADING = "unloading"
    DONE = "done"
    REFUSED = "refused"


@dataclass(slots=True)
class Trip:
    """One truck on its way; `stage` moves on as it drives."""

    truck: Truck
    stage: Stage = Stage.AT_MINE


class World:
    """All lanes with their devices, and the trucks between them.

    `speed` shortens driving at the lanes, `haul_speed` loading, the road and unloading.
    """

    def __init__(
        self,
        device_dir: Path,
        *,
        speed: float,
        haul_speed: float,
        seed: int,
        equipment: Mapping[str, Equipment] | None = None,
    ) -> None:
        """`equipment` replaces the devices of the lanes that it names."""
        self._device_dir = device_dir
        self._speed = speed
        self._haul_speed = haul_speed
        self._rng = seeded(seed)
        self._equipment = {site.lane: site.equipment for site in SITES} | dict(equipment or {})
        self.lanes: dict[str, Lane] = {}
        self.trips: list[Trip] = []
        self._loop = LoopThread("world")
        self._running: list[Future[None]] = []

    def start(self) -> None:
        """Plug in every device; afterwards the lanes know their sources."""
        self._loop.start()
        self._loop.call(self._plug_in()).result()
        self._running = [self._loop.call(lane.run()) for lane in self.lanes.values()]

    def stop(self) -> None:
        """Stop all trucks and pull all plugs; a world that never started stays as it is."""
        self._loop.stop(self._unplug)

    def drive(self, truck: Truck) -> Future[VisitOutcome]:
        """Send a truck on its trip; the future tells how its last visit to a lane ended."""
        trip = Trip(truck)
        self.trips.append(trip)
        return self._loop.call(self._drive(trip))

    def visit(self, lane: str, visit: Visit) -> Future[VisitOutcome]:
        """Send a truck over one lane only."""
        return self._loop.call(self.lanes[lane].cross(visit))

    def check(self) -> None:
        """Raise what stopped a lane's devices, if anything did."""
        for running in self._running:
            if running.done():
                running.result()

    async def _plug_in(self) -> None:
        for site in SITES:
            lane = Lane(
                site.lane,
                self._open_serial if site.serial else _open_tcp,
                self._equipment[site.lane],
                speed=self._speed,
                rng=seeded(self._rng.getrandbits(64)),
            )
            self.lanes[site.lane] = lane
            await lane.plug_in()

    async def _unplug(self) -> None:
        for lane in self.lanes.values():
            await lane.unplug()

    async def _drive(self, trip: Trip) -> VisitOutcome:
        truck = trip.truck
        legs = (
            (Stage.AT_MINE, MINE_IN, truck.tare_kg, Stage.LOADING, _LOADING_S),
            (Stage.AT_MINE, MINE_OUT, truck.loaded_kg, Stage.ON_THE_ROAD, _ROAD_S),
            (Stage.AT_PLANT, PLANT_IN, truck.delivered_kg, Stage.UNLOADING, _UNLOADING_S),
            (Stage.AT_PLANT, PLANT_OUT, truck.emptied_kg, Stage.DONE, (0.0, 0.0)),
        )
        for here, site, mass_kg, then, lasts_s in legs:
            trip.stage = here
            outcome = await self._weigh(truck, site, mass_kg)
            if outcome is not VisitOutcome.PASSED:
                trip.stage = Stage.REFUSED
                return outcome
            trip.stage = then
            await asyncio.sleep(self._rng.uniform(*lasts_s) / self._haul_speed)
        return VisitOutcome.PASSED

    async def _weigh(self, truck: Truck, site: Site, mass_kg: int) -> VisitOutcome:
        """Cross a lane; an honest driver who was turned back queues again."""
        outcome = VisitOutcome.TURNED_AWAY
        for _ in range(1 if truck.stranger else _TRIES):
            outcome = await self.lanes[site.lane].cross(_visit(truck, mass_kg))
            if outcome is VisitOutcome.PASSED:
                break
        return outcome

    def _open_serial(self, name: str, receive: Receive) -> Line:
        return PtyLine(self._device_dir / name, receive)


def _open_tcp(name: str, receive: Receive) -> Line:
    del name
    return TcpLine(0, receive)


def _visit(truck: Truck, mass_kg: int) -> Visit:
    expects_refusal = truck.stranger not in (None, Stranger.OVERWEIGHT)
    patience_s = _STRANGERS_PATIENCE_S if expects_refusal else _PATIENCE_S
    return Visit(truck.tag, truck.axle_loads_kg(mass_kg), patience_s, truck.plate)
