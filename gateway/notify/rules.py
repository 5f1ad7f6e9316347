"""From which severity on staff are told, at which hour. Pure."""

from dataclasses import dataclass

from gateway.config import Notify
from gateway.records.alarm_kinds import ALARMS, AlarmKind, Severity

DAY_MINUTES = 1440


@dataclass(frozen=True, slots=True)
class QuietRules:
    """The settings of a notifier, in milliseconds."""

    settings: Notify

    @property
    def group_ms(self) -> int:
        return round(self.settings.group_s * 1000)

    @property
    def calm_ms(self) -> int:
        return round(self.settings.calm_minutes * 60_000)

    @property
    def repeat_ms(self) -> int | None:
        """None: what stays open is told once."""
        return round(self.settings.repeat_minutes * 60_000) or None

    @property
    def tells_end(self) -> bool:
        return self.settings.tells_end

    def severity_min(self, now_ms: int) -> Severity:
        """Return the least severity that is told now: the strictest rule of this hour."""
        minute = (now_ms // 60_000 + self.settings.utc_offset_minutes) % DAY_MINUTES
        holding = [
            Severity(hours.severity_min)
            for hours in self.settings.quiet
            if _holds(minute, *hours.minutes())
        ]
        return max([Severity(self.settings.severity_min), *holding], key=lambda one: one.rank)

    def kinds_told(self, now_ms: int) -> list[AlarmKind]:
        """Return the kinds that are told now."""
        rank_min = self.severity_min(now_ms).rank
        return [kind for kind, row in ALARMS.items() if row.severity.rank >= rank_min]


def _holds(minute: int, begin: int, end: int) -> bool:
    if begin <= end:
        return begin <= minute < end
    return minute >= begin or minute < end
