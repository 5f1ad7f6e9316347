"""A load that changes by the clock: points in time with straight lines between them, repeated."""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from typing import Self


@dataclass(frozen=True, slots=True)
class LoadProfile:
    """Pairs of seconds and kg, times rising from 0; behind the last one it begins anew."""

    points: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        """Raise ValueError for points that are no profile."""
        begins = bool(self.points) and self.points[0][0] == 0
        rises = all(a < b for (a, _), (b, _) in pairwise(self.points))
        if not (begins and rises and all(isfinite(n) for point in self.points for n in point)):
            raise ValueError(f"load {self.points!r}: expected finite kg, seconds rising from 0 on")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `1560`, or `0:0,4:0,7:48560,20:48560,23:0`; ValueError says what is expected."""
        try:
            parts = [part.split(":") for part in text.split(",")]
            if len(parts) == len(parts[0]) == 1:
                return cls(((0.0, float(text)),))
            return cls(tuple((float(at_s), float(kg)) for at_s, kg in parts))
        except ValueError:
            raise ValueError(
                f"load {text!r}: expected kg, or rising seconds:kg pairs from 0 on, "
                "such as 0:0,4:0,7:48560"
            ) from None

    def at(self, seconds: float) -> float:
        """Return the load in kg at a time after the start."""
        lasts_s = self.points[-1][0]
        if not lasts_s:
            return self.points[0][1]
        at_s = seconds % lasts_s
        position = bisect_right(self.points, at_s, key=lambda point: point[0])
        (start_s, start_kg), (end_s, end_kg) = self.points[position - 1 : position + 1]
        return start_kg + (end_kg - start_kg) * (at_s - start_s) / (end_s - start_s)
