"""How often a flood is written about."""

from gateway.ingest.rejections import EVERY_MS, Rejections
from gateway.records.alarm_kinds import AlarmKind


def test_the_first_is_written_at_once_and_the_others_together_later() -> None:
    rejections = Rejections()
    at = [0, 1, EVERY_MS - 1, EVERY_MS, EVERY_MS + 1, 3 * EVERY_MS]
    written = [
        rejections.count(AlarmKind.MESSAGE_FORGED, "mine", "mine-in", now_ms) for now_ms in at
    ]
    assert written == [1, 0, 0, 3, 0, 2]


def test_each_kind_and_lane_is_counted_for_itself() -> None:
    rejections = Rejections()
    a, b = AlarmKind.MESSAGE_FORGED, AlarmKind.LANE_UNKNOWN
    for kind, lane in ((a, "x"), (a, "y"), (b, "x"), (b, None)):
        assert rejections.count(kind, "mine", lane, 0) == 1


def test_a_clock_that_steps_back_silences_nothing() -> None:
    rejections = Rejections()
    assert rejections.count(AlarmKind.MESSAGE_FORGED, None, None, EVERY_MS) == 1
    assert rejections.count(AlarmKind.MESSAGE_FORGED, None, None, 0) == 1
