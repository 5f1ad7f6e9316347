"""Laws of the stable weight: enough frames, long enough, after a ramp from zero, never twice."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from edge.config import Rules
from edge.lane.stability import Plateau, Stability
from edge.lane.weight import Kilograms

FRAME_MS = 100
LOADED = 48_000


def fed(weights: Iterable[int], scale: Stability | None = None, start_ms: int = 0) -> Stability:
    scale = scale or Stability(Rules(stable_ms_min=400), e_kg=20, max_kg=100_000)
    for number, kg in enumerate(weights):
        scale.feed(Kilograms(kg, usable=True), start_ms + number * FRAME_MS)
    return scale


ZERO = [0] * 5
RAMP = [6_000, 20_000, 39_000]


def test_a_truck_that_drove_on_from_zero_settles() -> None:
    scale = fed(ZERO + RAMP + [LOADED] * 5)
    assert scale.settled(1_200, 0) == Plateau(LOADED, frames=5, span_ms=400)


def test_one_frame_is_never_a_weight() -> None:
    assert fed([*ZERO, *RAMP, LOADED]).settled(800, 0) is None


def test_without_a_zero_before_it_nothing_settles() -> None:
    assert fed([*RAMP, *[LOADED] * 50]).settled(5_200, 0) is None


def test_a_frozen_indicator_never_settles_twice() -> None:
    scale = fed(ZERO + RAMP + [LOADED] * 5)
    scale.consume()
    fed([LOADED] * 100, scale, 1_300)
    assert scale.settled(11_200, 0) is None


def test_after_a_return_to_zero_the_next_truck_settles() -> None:
    scale = fed(ZERO + RAMP + [LOADED] * 5)
    scale.consume()
    fed(ZERO + RAMP + [LOADED] * 5, scale, 1_300)
    assert scale.settled(2_500, 0) is not None


def test_frames_from_before_the_beams_were_clear_do_not_count() -> None:
    scale = fed(ZERO + RAMP + [LOADED] * 8)
    assert scale.settled(1_500, since_ms=1_200) is None
    assert scale.settled(1_500, since_ms=1_100) == Plateau(LOADED, 5, 400)


def test_an_empty_or_overloaded_deck_is_no_weight() -> None:
    assert fed([0] * 20).settled(1_900, 0) is None
    assert fed(ZERO + [100_020] * 10).settled(1_400, 0) is None


def test_silence_ends_a_plateau() -> None:
    scale = fed(ZERO + RAMP + [LOADED] * 4)
    assert scale.plateau(1_100) == Plateau(LOADED, 4, 300)
    assert scale.plateau(2_200) is None
    fed([LOADED], scale, 2_300)
    assert scale.plateau(2_300) == Plateau(LOADED, 1, 0)


def test_an_indicator_that_says_motion_ends_a_plateau() -> None:
    scale = fed(ZERO + RAMP + [LOADED] * 4)
    scale.feed(Kilograms(LOADED, usable=False), 1_200)
    fed([LOADED], scale, 1_300)
    assert scale.plateau(1_300) == Plateau(LOADED, 1, 0)


def test_a_line_with_more_bad_frames_than_half_is_not_believed() -> None:
    scale = fed(ZERO + RAMP + [LOADED] * 6)
    for now_ms in (900, 1_000, 1_100):
        scale.feed_bad(now_ms)
    assert scale.settled(1_300, 0) is not None
    scale.feed_bad(1_200)
    assert scale.settled(1_300, 0) is None


def test_zero_is_a_plateau_within_half_a_division() -> None:
    assert fed(ZERO).zero(400) == 0
    assert fed([0]).zero(0) is None
    assert fed([20] * 9).zero(800) is None


def test_the_limit_of_zero_can_be_set() -> None:
    scale = Stability(Rules(zero_kg_max=40), e_kg=20, max_kg=100_000)
    assert fed([40] * 5, scale).zero(400) == 40


def test_a_long_plateau_is_kept_in_a_window_of_fixed_size() -> None:
    plateau = fed(ZERO + [LOADED] * 2_000).plateau(200_400)
    assert plateau is not None
    assert (plateau.kg, plateau.span_ms) == (LOADED, 5_000)


@given(st.lists(st.integers(-5, 3_000).map(lambda n: n * 20), max_size=60))
def test_a_weight_that_settles_was_shown_five_times_within_one_division(weights: list[int]) -> None:
    found = fed(weights).settled(max(0, len(weights) - 1) * FRAME_MS, 0)
    if found is not None:
        last = weights[-found.frames :]
        assert found.frames >= 5
        assert found.span_ms >= 400
        assert max(last) - min(last) <= 20
        assert found.kg in last
        assert 0 in weights[: -found.frames]
