"""How often a flood is written about."""

from gateway.ingest.rejections import EVERY_MS, STRANGERS_MAX, Rejections
from gateway.records.alarm_kinds import AlarmKind
from gateway.records.alarms import Alarm

FORGED = Alarm(AlarmKind.MESSAGE_FORGED, "", "mine", "mine-in")


def stranger(number: int) -> Alarm:
    return Alarm(AlarmKind.LANE_UNKNOWN, "", subject=f"mine/{number}")


def times(rejections: Rejections, alarm: Alarm, now_ms: int) -> int:
    due = rejections.count(alarm, now_ms)
    return 0 if due is None else due.times


def test_the_first_is_written_at_once_and_the_others_together_later() -> None:
    rejections = Rejections()
    at = [0, 1, EVERY_MS - 1, EVERY_MS, EVERY_MS + 1, 3 * EVERY_MS]
    assert [times(rejections, FORGED, now_ms) for now_ms in at] == [1, 0, 0, 3, 0, 2]


def test_each_alarm_is_counted_for_itself() -> None:
    rejections = Rejections()
    other = Alarm(AlarmKind.MESSAGE_FORGED, "", "mine", "mine-out")
    for alarm in (FORGED, other, stranger(1), stranger(2)):
        due = rejections.count(alarm, 0)
        assert due is not None
        assert due == (alarm, 1)


def test_a_flood_of_invented_names_is_one_alarm_after_a_while() -> None:
    rejections = Rejections()
    written = [rejections.count(stranger(number), 0) for number in range(3 * STRANGERS_MAX)]
    subjects = [due.alarm.subject for due in written if due is not None]
    assert len(subjects) == STRANGERS_MAX + 1
    assert subjects[-1] == ""
    assert times(rejections, stranger(9 * STRANGERS_MAX), EVERY_MS) == 2 * STRANGERS_MAX
    assert times(rejections, stranger(0), EVERY_MS) == 1


def test_a_clock_that_steps_back_silences_nothing() -> None:
    rejections = Rejections()
    assert times(rejections, FORGED, EVERY_MS) == 1
    assert times(rejections, FORGED, 0) == 1
