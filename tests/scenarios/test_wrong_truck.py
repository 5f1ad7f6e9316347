"""The truck that is weighed is the one whose card it is, however late the gateway answers.

Replays what happened in a storm of faults: driver 1 shows his card, gets no answer and drives off;
driver 2 comes and shows his own; the gateway comes back.
"""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulators.chance import seeded
from simulators.demo.options import Options
from simulators.demo.system import TaiganSystem
from simulators.lane import Visit, VisitOutcome
from simulators.trucks import Truck, fleet
from tests.scenarios.truth import may_be_shown

WAIT_S = 90
LANE = "mine-in"
ALONE = {f"edge-{LANE}": {"offline": {"allowed": False}}}
"""As a lane whose list is too old, or whose cap is reached: it waits for the gateway."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TaiganSystem]:
    folder: Path = tmp_path_factory.mktemp("wrong-truck")
    with TaiganSystem(Options(folder, speed=20, seed=8, overrides=ALONE)) as running:
        yield running


def comes(system: TaiganSystem, truck: Truck, patience_s: float) -> Any:
    loads_kg = truck.axle_loads_kg(truck.tare_kg)
    return system.world.visit(LANE, Visit(truck.tag, loads_kg, patience_s, truck.plate))


def weights(system: TaiganSystem, truck: Truck) -> list[int]:
    found = system.gateway.get("/api/v1/stops", plate=truck.plate)["items"]
    return [stop["weight_kg"] for stop in found if stop["weight_kg"] is not None]


def test_the_second_truck_is_weighed_under_its_own_card(system: TaiganSystem) -> None:
    trucks = fleet(seeded(8))
    first, second = next(trucks), next(trucks)
    for truck in (first, second):
        system.seeder.register(truck)
    system.kill("gateway")
    assert comes(system, first, patience_s=1).result(WAIT_S) is VisitOutcome.TURNED_AWAY
    outcome = comes(system, second, patience_s=WAIT_S)
    threading.Event().wait(6)
    system.restart("gateway")
    assert outcome.result(WAIT_S) is VisitOutcome.PASSED
    [weight_kg] = weights(system, second)
    assert may_be_shown(weight_kg, second.tare_kg)
    assert weights(system, first) == []
