"""After a power cut: every tail of a journal, with the deck loaded, empty, or loaded otherwise."""

from typing import Any

import pytest

from edge.lane.recovery import Found, StopRecord, recover
from edge.messages import (
    GENESIS_HASH,
    ClockQuality,
    TruckArrived,
    TruckLeft,
    TruckRefused,
    TruckReleased,
    WeighingCompleted,
    WeighingVoided,
)
from tests.unit.edge.lanes import NOON, STOP_ID, TAG, WEIGHING_ID

EMPTY = Found(0, is_empty=True)
LOADED = Found(48_000, is_empty=False, is_loaded=True)
LIGHT = Found(300, is_empty=False)
OTHER = Found(48_060, is_empty=False)

COMMON: dict[str, Any] = {
    "yard": "mine",
    "lane": "in",
    "epoch": "0" * 16,
    "seq": 1,
    "event_id": WEIGHING_ID,
    "previous_hash": GENESIS_HASH,
    "at": NOON,
    "clock": ClockQuality.SYNCED,
    "mono_ms": 0,
    "boot_id": "boot",
    "stop_id": STOP_ID,
}
ARRIVED = TruckArrived(**COMMON, tag=TAG, zero_before_kg=0)
REFUSED = TruckRefused(**COMMON, reason="no_order", refused_by="gateway")
WEIGHED = WeighingCompleted(
    **COMMON,
    tag=TAG,
    weight_kg=48_000,
    e_kg=20,
    zero_before_kg=0,
    frames=5,
    stable_ms=400,
    protocol="yaohua-continuous",
    curve_sha256=GENESIS_HASH,
    cards_seen=(),
    plates_seen=(),
)
RELEASED = TruckReleased(**COMMON, weighing_id=WEIGHING_ID, decided_by="gateway")
LEFT = TruckLeft(
    **COMMON, weighing_id=None, zero_after_kg=0, cycle_ms=None, admit_ms=None, release_ms=None
)
VOIDED = WeighingVoided(**COMMON, weighing_id=WEIGHING_ID, reason="gone", found_kg=0)


@pytest.mark.parametrize(
    ("stop", "found", "way"),
    [
        ([], EMPTY, "nothing"),
        ([], LOADED, "back_out_unknown"),
        ([], LIGHT, "nothing"),
        ([ARRIVED], EMPTY, "refuse"),
        ([ARRIVED], LOADED, "turn_back"),
        ([ARRIVED, WEIGHED], LOADED, "decide"),
        ([ARRIVED, WEIGHED], Found(48_040, is_empty=False), "decide"),
        ([ARRIVED, WEIGHED], OTHER, "void_and_turn_back"),
        ([ARRIVED, WEIGHED], EMPTY, "void"),
        ([ARRIVED, WEIGHED, RELEASED], LOADED, "release"),
        ([ARRIVED, WEIGHED, RELEASED], OTHER, "release"),
        ([ARRIVED, WEIGHED, RELEASED], EMPTY, "left"),
        ([ARRIVED, REFUSED], EMPTY, "nothing"),
        ([ARRIVED, REFUSED], LOADED, "back_out"),
        ([ARRIVED, WEIGHED, REFUSED], EMPTY, "backed_out"),
        ([ARRIVED, WEIGHED, REFUSED], LOADED, "back_out"),
        ([ARRIVED, WEIGHED, RELEASED, LEFT], LIGHT, "nothing"),
        ([ARRIVED, WEIGHED, RELEASED, LEFT], LOADED, "back_out_unknown"),
        ([ARRIVED, WEIGHED, VOIDED], EMPTY, "nothing"),
        ([ARRIVED, WEIGHED, VOIDED], LOADED, "back_out_unknown"),
    ],
)
def test_the_open_stop_goes_on_by_rule(stop: list[StopRecord], found: Found, way: str) -> None:
    assert recover(stop, found, 20, 0).way == way


def test_the_stop_is_taken_up_with_what_is_on_record() -> None:
    resume = recover([ARRIVED, WEIGHED], LOADED, 20, 0)
    assert (resume.stop_id, resume.tag, resume.weight_kg) == (STOP_ID, TAG, 48_000)
    assert resume.weighing_id == WEIGHING_ID


def test_a_stop_known_only_by_its_refusal_has_no_card() -> None:
    assert recover([REFUSED], LOADED, 20, 0).tag == ""
