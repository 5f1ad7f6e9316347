"""How often a flood is written about."""

from gateway.ingest.rejections import EVERY_MS, Rejections


def test_the_first_is_written_at_once_and_the_others_together_later() -> None:
    rejections = Rejections()
    at = [0, 1, EVERY_MS - 1, EVERY_MS, EVERY_MS + 1, 3 * EVERY_MS]
    written = [rejections.count("message_forged", "mine", "mine-in", now_ms) for now_ms in at]
    assert written == [1, 0, 0, 3, 0, 2]


def test_each_kind_and_lane_is_counted_for_itself() -> None:
    rejections = Rejections()
    for kind, lane in (("a", "x"), ("a", "y"), ("b", "x"), ("b", None)):
        assert rejections.count(kind, "mine", lane, 0) == 1


def test_a_clock_that_steps_back_silences_nothing() -> None:
    rejections = Rejections()
    assert rejections.count("a", None, None, EVERY_MS) == 1
    assert rejections.count("a", None, None, 0) == 1
