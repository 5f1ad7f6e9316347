"""A lane with plate cameras: what they saw is in the signed records of the stop."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from edge.devices.cameras.plate import PlateSeen
from edge.lane.signals import LinkChanged, OrdersReceived, PlateSighted
from edge.messages import Action, PlatePolicy, TruckArrived, WeighingCompleted
from tests.integration.edge.benches import Bench, MakeBench, state_of, weighed
from tests.unit.edge.lanes import OTHER_TAG, PLATE, TAG, orders

CAMERAS = [
    {"name": "front", "protocol": "dahua-events", "source": "http://127.0.0.1:1"},
    {"name": "rear", "protocol": "dahua-snap", "source": "http://127.0.0.1:1", "side": "exit"},
]
SHA = "ab" * 32


@pytest.fixture
def bench(make_bench: MakeBench, tmp_path: Path) -> Bench:
    return make_bench(cameras=CAMERAS, pictures={"directory": str(tmp_path)})


def see(bench: Bench, text: str | None = PLATE, camera: str = "front", **others: Any) -> None:
    at = bench.world.now().utc - timedelta(milliseconds=400)
    seen = PlateSeen(**{"text": text, "at": at, "confidence": 97, **others})
    bench.take(PlateSighted(camera, seen, (SHA,), bench.world.now_ms))


def arrivals(bench: Bench) -> list[Any]:
    return [one for one in bench.records() if isinstance(one, TruckArrived)]


def arrival(bench: Bench) -> TruckArrived:
    found: TruckArrived = arrivals(bench)[0]
    return found


def test_the_plate_goes_out_with_the_arrival(bench: Bench) -> None:
    see(bench)
    bench.card()
    plate = arrival(bench).plate
    assert plate is not None
    assert (plate.text, plate.camera, plate.age_ms, plate.pictures) == (PLATE, "front", 0, (SHA,))


def test_a_card_waits_for_its_plate_and_no_longer(bench: Bench) -> None:
    bench.card()
    assert state_of(bench) == "idle"
    bench.frames(5)
    see(bench)
    assert state_of(bench) == "arrived"
    assert arrival(bench).plate is not None


def test_without_a_plate_the_arrival_goes_out_after_a_moment(bench: Bench) -> None:
    bench.card()
    bench.frames(16)
    assert state_of(bench) == "arrived"
    assert arrival(bench).plate is None


def test_a_lane_whose_policy_is_off_waits_for_no_plate(bench: Bench) -> None:
    bench.take(OrdersReceived(orders(plates=PlatePolicy.OFF), "sealed", 0))
    bench.card()
    assert state_of(bench) == "arrived"


def test_what_cameras_see_during_the_stop_is_in_the_weighing(bench: Bench) -> None:
    see(bench)
    bench.card()
    bench.decide(Action.ADMIT)
    see(bench, None, "rear")
    bench.drive_on()
    (record,) = [one for one in bench.records() if isinstance(one, WeighingCompleted)]
    found = [(one.camera, one.plate, one.sha256) for one in record.pictures]
    assert found == [("front", PLATE, SHA), ("rear", None, SHA)]


def test_one_stops_plate_is_not_the_next_ones(bench: Bench) -> None:
    see(bench)
    weighed(bench)
    bench.decide(Action.RELEASE)
    bench.drive_off()
    bench.frames(40)
    bench.card()
    bench.frames(16)
    assert [one.plate is None for one in arrivals(bench)] == [False, True]


def test_another_cards_plate_is_its_own(bench: Bench) -> None:
    see(bench)
    bench.card()
    bench.frames(200)
    see(bench, "晋B00002")
    bench.card(OTHER_TAG)
    first, second = arrivals(bench)
    assert (first.plate.text, second.plate.text) == (PLATE, "晋B00002")


def test_another_card_does_not_get_the_plate_of_the_truck_before_it(bench: Bench) -> None:
    see(bench)
    bench.card()
    bench.frames(100)
    see(bench)
    bench.frames(100)
    bench.card(OTHER_TAG)
    assert len(arrivals(bench)) == 1, "its plate may come in a moment"
    bench.frames(16)
    first, second = arrivals(bench)
    assert (first.plate.text, second.plate) == (PLATE, None)


def test_a_second_card_of_the_same_truck_keeps_its_plate(bench: Bench) -> None:
    see(bench)
    bench.card()
    bench.frames(30)
    bench.card(OTHER_TAG)
    assert [one.plate.text for one in arrivals(bench)] == [PLATE, PLATE]


def test_cards_and_plates_of_the_wait_are_in_the_weighing(bench: Bench) -> None:
    see(bench)
    bench.card()
    bench.decide(Action.ADMIT)
    bench.entry_clear = False
    bench.frames(2, 10_000)
    see(bench, "晋B00002")
    bench.card(OTHER_TAG)
    bench.entry_clear = True
    bench.frames(12, 48_000)
    (record,) = [one for one in bench.records() if isinstance(one, WeighingCompleted)]
    assert [(one.tag, one.reads, one.is_shown) for one in record.cards_seen or ()] == [
        (TAG, 2, True),
        (OTHER_TAG, 2, True),
    ]
    assert [one.text for one in record.plates_seen or ()] == [PLATE, "晋B00002"]


@pytest.mark.parametrize(("text", "state"), [(PLATE, "released"), ("晋B00002", "weighed")])
def test_a_plate_that_comes_after_the_admission_is_judged_without_the_gateway(
    bench: Bench, text: str, state: str
) -> None:
    listed = orders(plates=PlatePolicy.PREFERRED)
    bench.take(OrdersReceived(listed, "sealed", 0))
    bench.card()
    bench.frames(16)
    bench.decide(Action.ADMIT)
    bench.take(LinkChanged(connected=False, mono_ms=bench.world.now_ms))
    see(bench, text)
    bench.drive_on(40_000)
    bench.frames(60)
    assert state_of(bench) == state


def test_a_replay_changes_nothing_and_is_shown_in_the_cameras_health(bench: Bench) -> None:
    see(bench, retransmitted=True)
    bench.frames(60)
    front = bench.sent("state")[-1]["devices"]["front"]
    assert front["detail"] == "retransmitted 1"
    assert front["age_s"] is None


@pytest.mark.parametrize(("text", "state"), [(PLATE, "admitted"), ("蒙K12346", "arrived")])
def test_the_policy_holds_without_the_gateway(bench: Bench, text: str, state: str) -> None:
    listed = orders(plates=PlatePolicy.REQUIRED)
    bench.take(OrdersReceived(listed, "sealed", 0))
    bench.take(LinkChanged(connected=False, mono_ms=bench.world.now_ms))
    see(bench, text)
    bench.card(TAG)
    bench.frames(60)
    assert state_of(bench) == state
    assert ("Not the card's" in str(bench.runner.lane.texts["en"])) is (state == "arrived")
