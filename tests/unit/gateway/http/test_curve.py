"""A weight curve drawn as one line."""

import re

from hypothesis import given
from hypothesis import strategies as st

from gateway.receipt.curve import POINTS_MAX, curve_path

POINTS = st.lists(st.tuples(st.integers(0, 200_000), st.integers(-100, 90_000)), max_size=600)


def test_a_line_needs_two_points() -> None:
    assert curve_path([], 100, 50) == ""
    assert curve_path([(0, 1)], 100, 50) == ""


def test_the_heaviest_moment_touches_the_top_and_time_runs_to_the_right() -> None:
    assert curve_path([(0, 0), (500, 10_000), (1000, 20_000)], 100, 50) == (
        "M0.0 50.0L50.0 25.0L100.0 0.0"
    )


def test_a_curve_of_nothing_lies_on_the_ground() -> None:
    assert curve_path([(5, 0), (5, -20)], 100, 50) == "M0.0 50.0L0.0 50.0"


@given(POINTS)
def test_no_curve_leaves_its_box_or_has_too_many_points(points: list[tuple[int, int]]) -> None:
    path = curve_path(sorted(points), 320, 64)
    numbers = [float(number) for number in re.findall(r"-?\d+\.\d", path)]
    assert len(numbers) <= 2 * POINTS_MAX
    assert all(0 <= x <= 320 for x in numbers[::2])
    assert all(0 <= y <= 64 for y in numbers[1::2])
