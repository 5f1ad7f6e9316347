"""Lanes are cut off from their gateway, one by one and all together, while trucks drive on.

Every truck comes home and is paid by its own weights, and no person is called for any of them.
"""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self

import pytest

from simulators.demo.fleet import Fleet
from simulators.demo.options import Options
from simulators.demo.system import TaiganSystem
from simulators.yard import SITES
from tests.scenarios.day import (
    Day,
    assert_books_balance,
    assert_money_follows_the_trucks,
    assert_passed_trucks_were_delivered,
    assert_weights_are_the_trucks,
    live_through,
)
from tests.services.pipe import Pipe

TRUCKS = 7
CUT_S = 16.0
WHOLE_S = 3.0
ROUNDS = (
    ("mine-in",),
    ("mine-in", "mine-out", "plant-in", "plant-out"),
    ("plant-out",),
    ("mine-out",),
    ("plant-in",),
    ("mine-in", "mine-out"),
)
CALLS = {"released_unmatched", "trip_incomplete", "record_refused", "record_failed"}
"""What calls somebody for a truck; a lane that is silent is called for as well, and rightly."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@contextmanager
def cabled(folder: Path) -> Iterator[tuple[TaiganSystem, dict[str, Pipe]]]:
    """Run a whole system whose lanes reach the broker over cables of their own."""
    overrides: dict[str, dict[str, dict[str, object]]] = {}
    system = TaiganSystem(Options(folder, speed=25, seed=11, overrides=overrides))
    with ExitStack() as plugged:
        cables = {
            site.lane: plugged.enter_context(Pipe(system.plan.ports.mqtt.number)) for site in SITES
        }
        for lane, cable in cables.items():
            overrides[f"edge-{lane}"] = {"mqtt": {"port": cable.port}}
        yield plugged.enter_context(system), cables


class Cutter:
    """Cuts the cables of one round after the other, as long as trucks are on their way."""

    def __init__(self, cables: dict[str, Pipe], fleet: Fleet) -> None:
        self._cables = cables
        self._fleet = fleet
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="cutter")
        self.rounds = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        for lanes in ROUNDS:
            for lane in lanes:
                self._cables[lane].dead.set()
            self._over.wait(CUT_S)
            for lane in lanes:
                self._cables[lane].dead.clear()
            self.rounds += 1
            if self._over.wait(WHOLE_S) or self._fleet.is_home:
                return


def calls_of(day: Day) -> list[str]:
    """Return the kinds of all alarms about trucks that there ever were."""
    return sorted(alarm["kind"] for alarm in day.alarms if alarm["kind"] in CALLS)


def assert_nobody_waits(day: Day) -> None:
    assert [stop for stop in day.stops if stop["state"] == "held"] == []


def test_trucks_come_home_and_are_paid_whatever_cable_is_cut(tmp_path: Path) -> None:
    with cabled(tmp_path) as (system, cables):
        fleet = Fleet(system, count=TRUCKS, strangers_count=0, seed=11)
        with Cutter(cables, fleet) as cutter:
            day = live_through(system, fleet, timeout_s=600)
        print("rounds of cutting:", cutter.rounds)
        assert_weights_are_the_trucks(day)
        assert_money_follows_the_trucks(day)
        assert_passed_trucks_were_delivered(day)
        assert_books_balance(day)
        assert_nobody_waits(day)
        assert len(day.delivered) == TRUCKS
        assert calls_of(day) == []
        assert cutter.rounds > ROUNDS.index(max(ROUNDS, key=len))
