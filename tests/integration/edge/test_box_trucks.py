"""Trucks that change places, drive on late, or pass an arm that a person raised: the box copes."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.lane import VisitOutcome
from tests.integration.edge.test_box import DECISIONS, WAIT_S, Site, wait_for
from tests.services.mosquitto import private_mosquitto

pytestmark = pytest.mark.mosquitto

FIRST, SECOND = "0100630001", "0100630002"
USERS = {"gateway": "g", "mine/mine-in": "l"}
RULES = {
    "decision_ms": 1_000,
    "beams_clear_ms": 200,
    "zero_ms_min": 100,
    "drive_on_ms": 1_500,
    "refusal_ms": 500,
    "deck_taken_ms": 1_000,
    "barrier_ms": 1_000,
    "truck_change_ms": 0,
}


@pytest.fixture
def mine(tmp_path: Path) -> Iterator[Site]:
    with private_mosquitto(USERS) as broker:
        made = Site(tmp_path, broker, "mine", "mine-in", rules=RULES)
        yield made
        made.stop()


def faults(mine: Site, reason: str) -> list[str]:
    records = list(mine.gateway.records)
    return [
        one.state
        for one in sorted(records, key=lambda one: one.seq)
        if one.kind == "lane_fault.v1" and one.reason == reason
    ]


def test_the_late_answer_to_the_first_card_lets_no_other_truck_on(mine: Site) -> None:
    mine.gateway.decides = set()
    assert mine.visit(FIRST, patience_s=1.0).result(WAIT_S) is VisitOutcome.TURNED_AWAY
    second = mine.visit(SECOND)
    records = mine.gateway.until(lambda all_: len(all_) >= 3)
    mine.gateway.answer(records[0])
    mine.gateway.decides = set(DECISIONS)
    assert second.result(WAIT_S) is VisitOutcome.PASSED
    records = mine.gateway.until(lambda all_: any(one.kind == "truck_left.v1" for one in all_))
    told = [(one.kind.split(".")[0], one.stop_id == records[0].stop_id) for one in records]
    assert told[:3] == [("truck_arrived", True), ("truck_refused", True), ("truck_arrived", False)]
    assert (records[1].reason, {first for _, first in told[3:]}) == ("other_card", {False})
    weighing = next(one for one in records if one.kind == "weighing_completed.v2")
    assert (weighing.tag, [one.tag for one in weighing.cards_seen]) == (SECOND, [SECOND])


@pytest.mark.parametrize("noise", ["0000000000", "FFFFFFFFFF"])
def test_a_reader_that_sends_no_card_opens_no_stop_and_hides_no_card(
    mine: Site, noise: str
) -> None:
    """EM4100 modules send all noughts with a right checksum when their antenna is disturbed."""
    mine.lane.reader.disturb(f"\x02{noise}00\x03".encode())
    visit = mine.visit(FIRST)
    assert visit.result(WAIT_S) is VisitOutcome.PASSED
    arrivals = [one.tag for one in mine.gateway.records if one.kind == "truck_arrived.v1"]
    assert arrivals == [FIRST]


def test_a_truck_that_drives_on_late_is_let_out_and_called_for(mine: Site) -> None:
    mine.visit("0100630009").result(WAIT_S)
    late = mine.visit(FIRST, hesitates_s=3.0)
    assert late.result(WAIT_S) is VisitOutcome.TURNED_BACK
    assert mine.visit(SECOND).result(WAIT_S) is VisitOutcome.PASSED
    wait_for(lambda: faults(mine, "deck_taken") == ["raised", "cleared"])
    refusals = [one.reason for one in mine.gateway.records if one.kind == "truck_refused.v1"]
    assert refusals == ["drive_on_timeout"]


def test_an_arm_that_a_person_raised_is_reported_and_not_lowered(mine: Site) -> None:
    assert mine.visit(FIRST).result(WAIT_S) is VisitOutcome.PASSED
    arm = mine.lane.plc.board.entry
    threading.Event().wait(2 * RULES["barrier_ms"] / 1_000)
    arm.open(time.monotonic())
    wait_for(lambda: faults(mine, "barrier_raised") == ["raised"])
    threading.Event().wait(3 * RULES["barrier_ms"] / 1_000)
    assert arm.is_open(time.monotonic())
    arm.close(time.monotonic(), beam_blocked=False)
    wait_for(lambda: faults(mine, "barrier_raised") == ["raised", "cleared"])
