"""Limits how often a rejected message is written about: a flood costs few transactions.

Kept in memory, per kind of alarm and lane, so it cannot grow beyond the lanes that are registered.
"""

from dataclasses import dataclass
from typing import Final

from gateway.records.alarm_kinds import AlarmKind

EVERY_MS: Final = 10_000


@dataclass(slots=True)
class _Noted:
    at_ms: int
    unwritten: int = 0


class Rejections:
    """Used by one thread."""

    def __init__(self) -> None:
        self._noted: dict[tuple[AlarmKind, str | None, str | None], _Noted] = {}

    def count(self, kind: AlarmKind, yard: str | None, lane: str | None, now_ms: int) -> int:
        """Count one more; return how many to write now, 0 while the last ones are still fresh."""
        noted = self._noted.get((kind, yard, lane))
        if noted is not None and 0 <= now_ms - noted.at_ms < EVERY_MS:
            noted.unwritten += 1
            return 0
        self._noted[kind, yard, lane] = _Noted(now_ms)
        return 1 if noted is None else noted.unwritten + 1
