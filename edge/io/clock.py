"""The box's clocks, and how far the wall clock may be trusted."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from edge.lane.signals import Instant
from edge.messages import ClockQuality
from taigan.time_source import is_disciplined

BUILT: Final = datetime(2025, 11, 1, tzinfo=UTC)
"""A wall clock before this belongs to a board without battery that has no time yet."""

BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


def monotonic_ms() -> int:
    """Return the monotonic clock, which counts from boot and never jumps."""
    return time.monotonic_ns() // 1_000_000


def boot_id() -> str:
    """Return the kernel's name for the time since it was started."""
    return BOOT_ID.read_text().strip()


class SystemClock:
    """Linux's clocks."""

    def now(self) -> Instant:
        utc = datetime.fromtimestamp(time.time(), UTC)
        return Instant(mono_ms=monotonic_ms(), utc=utc, clock=self._quality(utc))

    def _quality(self, utc: datetime) -> ClockQuality:
        if utc < BUILT:
            return ClockQuality.UNSET
        return ClockQuality.SYNCED if is_disciplined() else ClockQuality.HOLDOVER
