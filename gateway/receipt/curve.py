"""A weight curve as one SVG path. Pure."""

from collections.abc import Sequence
from typing import Final

POINTS_MAX: Final = 120
"""A phone cannot show more points than this."""


def curve_path(points: Sequence[tuple[int, int]], width: int, height: int) -> str:
    """Return the `d` of a line through `points` (ms, kg) in a box with its origin at the top left.

    Empty for fewer than two points. Of each group of points the highest is kept.
    """
    if len(points) < 2:
        return ""
    kept = _thinned(points)
    begin, end = kept[0][0], kept[-1][0]
    top = max(kg for _, kg in kept)
    span_ms, span_kg = max(1, end - begin), max(1, top)
    places = (
        f"{(ms - begin) / span_ms * width:.1f} {height - max(0, kg) / span_kg * height:.1f}"
        for ms, kg in kept
    )
    return "M" + "L".join(places)


def _thinned(points: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    size = -(-len(points) // POINTS_MAX)
    groups = (points[start : start + size] for start in range(0, len(points), size))
    return [max(group, key=lambda point: point[1]) for group in groups]
