"""A camera at the entry, from the pushed picture to the dispatcher who decides about it."""

import hashlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulators.chance import seeded
from simulators.demo.options import Options
from simulators.demo.system import TaiganSystem
from simulators.lane import VisitOutcome
from simulators.trucks import Truck, fleet

WAIT_S = 60
LANE = "mine-in"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TaiganSystem]:
    options = Options(tmp_path_factory.mktemp("plates"), speed=20, haul_speed=1000, seed=5)
    with TaiganSystem(options) as running:
        yield running


@pytest.fixture(scope="module")
def trucks() -> Iterator[Truck]:
    return fleet(seeded(5))


def stops_of(system: TaiganSystem, truck: Truck) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = system.gateway.get("/api/v1/stops", plate=truck.plate)["items"]
    return found


def wait_for(system: TaiganSystem, truck: Truck, state: str) -> dict[str, Any]:
    give_up_s = time.monotonic() + WAIT_S
    while time.monotonic() < give_up_s:
        found = [stop for stop in stops_of(system, truck) if stop["state"] == state]
        if found:
            return found[0]
        threading.Event().wait(0.2)
    raise AssertionError(f"no stop of {truck.plate} is {state}: {stops_of(system, truck)}")


def see(system: TaiganSystem, **faults: float) -> None:
    camera = system.world.lanes[LANE].camera
    assert camera is not None
    for name in ("misread", "unread", "repeats", "retransmits"):
        setattr(camera.eye.faults, name, faults.get(name, 0.0))


def pictures(system: TaiganSystem) -> list[Path]:
    return list((system.plan.options.directory / "pictures" / LANE).glob("*.jpg"))


def entered(system: TaiganSystem, truck: Truck) -> dict[str, Any]:
    """Return the stop of the truck where the camera is."""
    return next(stop for stop in stops_of(system, truck) if stop["lane_id"] == LANE)


def test_a_truck_whose_plate_is_its_cards_is_served(
    system: TaiganSystem, trucks: Iterator[Truck]
) -> None:
    see(system, repeats=1, retransmits=1)
    truck = next(trucks)
    assert system.drive(truck)[1].result(WAIT_S) is VisitOutcome.PASSED
    assert entered(system, truck)["plate_read"] == truck.plate
    kept = pictures(system)
    assert len(kept) == 2
    assert all(hashlib.sha256(one.read_bytes()).hexdigest() == one.stem for one in kept)


def test_another_plate_is_held_until_a_dispatcher_lets_it_in(
    system: TaiganSystem, trucks: Iterator[Truck]
) -> None:
    see(system, misread=1)
    truck = next(trucks)
    _, outcome = system.drive(truck)
    held = wait_for(system, truck, "held")
    assert held["reason"] == "plate_mismatch"
    assert held["plate_read"] not in {truck.plate, "", None}
    assert not outcome.done()
    decision = {"action": "admit", "reason": "seen_on_site"}
    system.gateway.post(f"/api/v1/stops/{held['stop_id']}/commands", decision)
    assert outcome.result(WAIT_S) is VisitOutcome.PASSED
    assert entered(system, truck)["weight_kg"] is not None


def test_a_plate_that_was_not_read_goes_on_with_an_alarm(
    system: TaiganSystem, trucks: Iterator[Truck]
) -> None:
    see(system, unread=1)
    truck = next(trucks)
    assert system.drive(truck)[1].result(WAIT_S) is VisitOutcome.PASSED
    assert entered(system, truck)["plate_read"] == ""
    alarms = system.gateway.get("/api/v1/alarms", open="true")["items"]
    assert "plate_unread" in {alarm["kind"] for alarm in alarms}
