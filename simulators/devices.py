"""The devices of all four lanes without any program: to try a lane box of your own on them."""

import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from pathlib import Path
from typing import Final

import structlog

from simulators.chance import seeded
from simulators.indicator import Indicator
from simulators.lane import Equipment, Lane, Visit, VisitOutcome
from simulators.reader import CardReader
from simulators.toml import to_toml
from simulators.trial import TrialDoor
from simulators.trucks import Truck, fleet
from simulators.yard import World

_PATIENCE_S: Final = 60.0
_LOOK_S: Final = 0.5


def serve_devices(
    directory: Path,
    *,
    speed: float,
    seed: int,
    equipment: Mapping[str, Equipment],
    trucks: bool = True,
) -> None:
    """Plug in the devices, say where they are, and send trucks until interrupted.

    Without `trucks` only the trial truck drives (`simulators.trial`).
    """
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    directory.mkdir(parents=True, exist_ok=True)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    world = World(
        directory.resolve(), speed=speed, haul_speed=speed, seed=seed, equipment=equipment
    )
    try:
        world.start()
        door = TrialDoor(directory, world.lanes, world.visit)
        for lane in world.lanes.values():
            pictures = directory.resolve() / f"{lane.name}-pictures"
            sys.stdout.write(f"# {lane.name}\n{to_toml(sources(lane, pictures))}\n")
        sys.stdout.flush()
        try:
            _send_trucks(world, door, stopping, fleet(seeded(seed)) if trucks else iter(()))
        finally:
            door.close()
    finally:
        world.stop()


def sources(lane: Lane, pictures: Path | None = None) -> dict[str, object]:
    """Return the part of a lane box's settings that names the devices.

    A plate camera is among them where there is a folder for its pictures.
    """
    cameras: dict[str, object] = {}
    if lane.camera_address is not None and pictures is not None:
        cameras["cameras"] = [lane.camera_address.settings]
        cameras["pictures"] = {"directory": str(pictures), "free_mb_min": 0}
    return {
        "scale": scale_settings(lane.indicator),
        "readers": [{"name": "card", **reader_settings(lane.reader)}],
        "plc": plc_settings(lane),
        "display": {"source": lane.display_line.source},
        "printer": {"source": lane.printer_line.source},
        **cameras,
    }


def plc_settings(lane: Lane) -> dict[str, object]:
    """Return the lane box's settings for a relay board that is plugged in."""
    pulse = lane.plc.board.pulse
    other = {} if pulse == "fc05" else {"pulse": pulse}
    return {"source": lane.plc.source, "unit_id": 1, **other}


def scale_settings(indicator: Indicator) -> dict[str, object]:
    """Return the lane box's settings for an indicator that is plugged in."""
    model = indicator.model
    options = {"options": dict(model.options)} if model.options else {}
    return {
        "source": indicator.cable.source,
        "protocol": model.protocol,
        **options,
        "e_kg": model.range.e_kg,
        "max_kg": model.range.max_kg,
        "unit": model.range.unit,
    }


def reader_settings(reader: CardReader) -> dict[str, object]:
    """Return the lane box's settings for a reader that is plugged in, but for its name."""
    model = reader.model
    options = {"options": dict(model.options)} if model.options else {}
    return {"source": reader.cable.source, "protocol": model.protocol, **options}


def _send_trucks(
    world: World, door: TrialDoor, stopping: threading.Event, trucks: Iterator[Truck]
) -> None:
    """Keep one truck before every lane that the trial truck leaves alone."""
    visits: dict[Future[VisitOutcome], str] = {}
    while not stopping.is_set():
        for name in world.lanes.keys() - visits.values() - door.busy:
            truck = next(trucks, None)
            if truck is not None:
                visits[world.visit(name, _loaded(truck))] = name
        if not visits:
            stopping.wait(_LOOK_S)
        done, _ = wait(visits, timeout=_LOOK_S, return_when=FIRST_COMPLETED)
        for visit in done:
            sys.stderr.write(f"{visits.pop(visit)}: {visit.result()}\n")
        world.check()


def _loaded(truck: Truck) -> Visit:
    loads = truck.axle_loads_kg(truck.loaded_kg)
    return Visit(truck.tag, loads, _PATIENCE_S, truck.plate)
