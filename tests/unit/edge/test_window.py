"""The window of a scale says what looking at every frame would say."""

from statistics import median_low

from hypothesis import given
from hypothesis import strategies as st

from edge.lane.window import KEPT_FRAMES, KEPT_MS, Window

SPREAD_KG = 20

weights = st.integers(-3, 6).map(lambda n: n * 10)
pauses_ms = st.sampled_from([0, 1, 20, 100, 1_500])
frames = st.lists(st.tuples(weights, pauses_ms), max_size=120)


def looked_at(sent: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """What belongs to the plateau of the last frame, found the slow way."""
    kept: list[tuple[int, int]] = []
    for kg, at in sent:
        kept = [*kept, (kg, at)][-KEPT_FRAMES:]
        while max(k for k, _ in kept) - min(k for k, _ in kept) > SPREAD_KG or (
            at - kept[0][1] > KEPT_MS
        ):
            kept = kept[1:]
    return kept


def timed(sent: list[tuple[int, int]]) -> list[tuple[int, int]]:
    now_ms, at = 0, []
    for kg, pause_ms in sent:
        now_ms += pause_ms
        at.append((kg, now_ms))
    return at


def filled(sent: list[tuple[int, int]]) -> Window:
    window = Window(SPREAD_KG)
    for kg, at in sent:
        window.add(kg, at)
    return window


@given(frames.map(timed), st.integers(0, 20_000))
def test_it_agrees_with_looking_at_every_frame(sent: list[tuple[int, int]], since: int) -> None:
    window = filled(sent).since(since)
    kept = [(kg, at) for kg, at in looked_at(sent) if at >= since]
    assert len(window) == len(kept)
    assert window.newest_ms == (kept[-1][1] if kept else None)
    assert window.span_ms == (kept[-1][1] - kept[0][1] if kept else 0)
    if kept:
        assert window.middle_kg == median_low([kg for kg, _ in kept])


def test_it_keeps_no_more_frames_than_its_limit() -> None:
    assert len(filled([(0, 0)] * (KEPT_FRAMES + 3))) == KEPT_FRAMES


def test_what_was_cleared_is_gone() -> None:
    window = filled([(0, 0), (10, 5)])
    window.clear()
    assert (len(window), window.newest_ms, window.span_ms) == (0, None, 0)
    window.add(30, 9)
    assert (len(window), window.middle_kg) == (1, 30)


def test_the_middle_lies_behind_all_lighter_weights() -> None:
    assert filled([(20, 0), (0, 1), (10, 2)]).middle_kg == 10
