"""Limits how often a rejected message is written about: a flood costs few transactions.

Kept in memory, per alarm, so it cannot grow beyond the lanes that are registered, and
`STRANGERS_MAX` names that are not.
"""

from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from gateway.records.alarms import Alarm

EVERY_MS: Final = 10_000
STRANGERS_MAX: Final = 20
"""Alarms with a subject, which a stranger chose: the others share one without."""


class Due(NamedTuple):
    """What to write now."""

    alarm: Alarm
    times: int


@dataclass(slots=True)
class _Noted:
    at_ms: int
    unwritten: int = 0


class Rejections:
    """Used by one thread."""

    def __init__(self) -> None:
        self._noted: dict[str, _Noted] = {}
        self._strangers = 0

    def count(self, alarm: Alarm, now_ms: int) -> Due | None:
        """Count one more; return what to write now, None while the last ones are still fresh."""
        if alarm.subject and alarm.open_key not in self._noted:
            if self._strangers >= STRANGERS_MAX:
                alarm = replace(alarm, subject="")
            else:
                self._strangers += 1
        noted = self._noted.get(alarm.open_key)
        if noted is not None and 0 <= now_ms - noted.at_ms < EVERY_MS:
            noted.unwritten += 1
            return None
        self._noted[alarm.open_key] = _Noted(now_ms)
        return Due(alarm, 1 if noted is None else noted.unwritten + 1)
