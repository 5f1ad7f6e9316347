"""A reader may be silent; what it sends all the same must be cards."""

from edge.lane.legibility import APART_MS, ATTEMPTS, OVER_MS, WITHIN_MS, Legibility


def shown(times: int, every_ms: int) -> tuple[Legibility, int]:
    """Return a reader that was shown a card, in vain, and when that was last."""
    reader = Legibility()
    for number in range(times):
        reader.failed("checksum", number * every_ms)
    return reader, (times - 1) * every_ms


def test_a_card_that_is_shown_again_and_again_in_vain_is_a_fault() -> None:
    reader, now_ms = shown(ATTEMPTS - 1, 2_000)
    assert not reader.is_wrong(now_ms)
    reader.failed("checksum", now_ms + 2_000)
    assert reader.is_wrong(now_ms + 2_000)
    assert reader.detail == "checksum"


def test_one_burst_is_one_attempt() -> None:
    reader, now_ms = shown(50, APART_MS - 1)
    assert not reader.is_wrong(now_ms)


def test_a_disturbed_frame_now_and_then_is_none() -> None:
    reader, now_ms = shown(50, WITHIN_MS // (ATTEMPTS - 1) + 1)
    assert not reader.is_wrong(now_ms)


def test_a_card_that_is_read_ends_it() -> None:
    reader, now_ms = shown(ATTEMPTS, 2_000)
    assert reader.is_wrong(now_ms)
    reader.read()
    assert not reader.is_wrong(now_ms)
    assert reader.detail == ""
    reader.failed("checksum", now_ms + 2_000)
    assert not reader.is_wrong(now_ms + 2_000)


def test_it_stays_while_nobody_shows_a_card_and_is_over_after_an_hour() -> None:
    reader, now_ms = shown(ATTEMPTS, 2_000)
    assert reader.is_wrong(now_ms + OVER_MS)
    assert not reader.is_wrong(now_ms + OVER_MS + 1)
    assert reader.detail == ""
