"""Whatever reason a lane gives, the console and the display say it in words of both languages."""

import re
from pathlib import Path
from typing import Literal

import pytest

from edge.lane.texts import REASON_TEXTS, STATE_TEXTS
from gateway.records.alarm_kinds import LANE_FAULTS
from gateway.texts import REASONS

LANE = Path(__file__).parents[2] / "edge"
NAMED = re.compile(r'"([a-z]+(?:_[a-z]+)+)"')
FAULTS = {
    *("camera_lost", "camera_clock", "pictures_not_kept"),
    *("scale_silent", "plc_silent", "pulse_refused", "reader_lost", "reader_unreadable"),
    *("barrier_stuck", "scale_frozen", "scale_overload", "scale_underload", "scale_error"),
    *("weight_not_multiple_of_e", "barrier_raised", "deck_taken"),
    *("beam_blocked", "deck_not_empty", "journal_damaged", "journal_fork", "zero_not_ready"),
    *("display_lost", "speaker_lost", "printer_lost", "lane_full_disk"),
}
VOIDS = {
    *("deck_empty_after_restart", "other_weight_after_restart", "left_without_release"),
}
FAULTS_AND_VOIDS = FAULTS | VOIDS
NOT_SHOWN = {"other_card"}
"""Reasons of refusals that no display shows: the next card's stop has begun."""


def lane_code() -> str:
    return "\n".join(p.read_text() for p in LANE.rglob("*.py") if p.name != "texts.py")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_reason_of_a_lane_has_words_on_the_console(language: Literal["zh", "en"]) -> None:
    said = set(REASON_TEXTS) | FAULTS_AND_VOIDS | NOT_SHOWN
    assert {reason for reason in said if not REASONS.get(reason, {}).get(language)} == set()


def test_the_lanes_faults_and_voids_are_the_ones_its_code_names() -> None:
    named = set(NAMED.findall(lane_code()))
    assert named >= FAULTS_AND_VOIDS | NOT_SHOWN


def test_the_alarms_say_what_to_do_about_every_fault() -> None:
    assert set(LANE_FAULTS) == FAULTS


def test_every_text_of_the_display_is_used() -> None:
    code = lane_code()
    words = set(re.findall(r'"([a-z_]+)"', code)) | set(re.findall(r"\b[A-Z_]+ = \"(\w+)\"", code))
    assert {*STATE_TEXTS, *REASON_TEXTS} - words == set()
