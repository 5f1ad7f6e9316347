"""The box's clocks, and how far the wall clock may be trusted."""

import ctypes
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from edge.lane.signals import Instant
from edge.messages import ClockQuality

BUILT: Final = datetime(2025, 11, 1, tzinfo=UTC)
"""A wall clock before this belongs to a board without battery that has no time yet."""

_TIMEX_BYTES: Final = 512
_TIME_ERROR: Final = 5
"""Answer of adjtimex(2) while no time source disciplines the clock."""

BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


def monotonic_ms() -> int:
    """Return the monotonic clock, which counts from boot and never jumps."""
    return time.monotonic_ns() // 1_000_000


def boot_id() -> str:
    """Return the kernel's name for the time since it was started."""
    return BOOT_ID.read_text().strip()


class SystemClock:
    """Linux's clocks."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)

    def now(self) -> Instant:
        utc = datetime.fromtimestamp(time.time(), UTC)
        return Instant(mono_ms=monotonic_ms(), utc=utc, clock=self._quality(utc))

    def _quality(self, utc: datetime) -> ClockQuality:
        if utc < BUILT:
            return ClockQuality.UNSET
        question = ctypes.create_string_buffer(_TIMEX_BYTES)
        answer = self._libc.adjtimex(question)
        disciplined = 0 <= answer < _TIME_ERROR
        return ClockQuality.SYNCED if disciplined else ClockQuality.HOLDOVER
