"""The weight curve: everything that was shown, in a fixed size."""

import json

from edge.lane.curve import POINTS_MAX, Curve
from edge.messages import MESSAGE_BYTES_MAX


def test_points_count_from_the_arrival() -> None:
    curve = Curve(1_000)
    curve.add(0, 900)
    curve.add(20, 1_100)
    assert curve.to_json() == "[[0,0],[100,20]]"


def test_a_full_curve_keeps_every_second_point_of_its_older_half() -> None:
    curve = Curve(0)
    for number in range(POINTS_MAX + 1):
        curve.add(number, number * 100)
    points = json.loads(curve.to_json())
    assert points[:3] == [[0, 0], [200, 2], [400, 4]]
    assert points[-2:] == [[(POINTS_MAX - 1) * 100, POINTS_MAX - 1], [POINTS_MAX * 100, POINTS_MAX]]


def test_the_longest_curve_fits_its_message() -> None:
    curve = Curve(0)
    for number in range(3 * POINTS_MAX):
        curve.add(-100_000, 10_000_000 + number * 100)
    assert len(curve.to_json()) < MESSAGE_BYTES_MAX
