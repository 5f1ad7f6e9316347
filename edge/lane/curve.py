"""The weight curve of one stop, kept within a fixed size."""

import json
from typing import Final

POINTS_MAX: Final = 8_000
"""Over 13 minutes at 10 Hz. The sealed message that carries the curve has a limit too."""


class Curve:
    """Points of (ms since arrival, kg). When full, the older half keeps every second point."""

    def __init__(self, arrived_ms: int) -> None:
        self._arrived_ms = arrived_ms
        self._points: list[tuple[int, int]] = []

    def add(self, kg: int, now_ms: int) -> None:
        """Take one frame's weight."""
        self._points.append((max(0, now_ms - self._arrived_ms), kg))
        if len(self._points) > POINTS_MAX:
            older = POINTS_MAX // 2
            self._points = self._points[:older:2] + self._points[older:]

    def to_json(self) -> str:
        """Return `[[ms, kg], …]` without blanks, as it is hashed into the record."""
        return json.dumps(self._points, separators=(",", ":"))
