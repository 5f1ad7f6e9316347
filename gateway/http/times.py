"""Times: milliseconds since 1970 UTC in the database, RFC 3339 in every answer."""

import time
from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)

CHINA_AHEAD_MS: Final = 8 * 3_600_000
"""China has one time zone and no summer time; days that people read are its days."""


def at_of(epoch_ms: int) -> datetime:
    """Return the UTC time of `epoch_ms`, exactly."""
    return _EPOCH + epoch_ms * _MILLISECOND


def maybe_at(epoch_ms: int | None) -> datetime | None:
    """Return the UTC time, or None for what has not happened."""
    return None if epoch_ms is None else at_of(epoch_ms)


def ms_of(at: datetime) -> int:
    """Return whole milliseconds since 1970 of a time with a zone."""
    return (at - _EPOCH) // _MILLISECOND


def steady_ms() -> int:
    """Return milliseconds of a clock that nobody sets: for rates, and nothing that is kept."""
    return time.monotonic_ns() // 1_000_000


def wall_ms() -> int:
    """Return the time of this machine's clock. For programs; all others get it as an argument."""
    return time.time_ns() // 1_000_000
