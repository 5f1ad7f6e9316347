"""Records whose time cannot be: a lane's clock is wrong, whatever it says of itself."""

from datetime import UTC, datetime
from typing import Final

from edge.messages import ClockQuality, Record
from gateway.records.alarm_kinds import AlarmKind
from gateway.tickets.record_context import RecordContext

WRITTEN: Final = datetime(2025, 1, 1, tzinfo=UTC)
"""No clock that was ever set is before the time of this program."""


def follow_clock(context: RecordContext, record: Record) -> None:
    """Call for a lane that signs times which are still to come, or which no record can have.

    An old record is none of these: lanes keep what they cannot send. So a clock that is slow shows
    in what the lane says of itself now (`gateway.watch.clocks`), and there the alarm ends.
    """
    if record.clock is ClockQuality.UNSET:
        return  # then its time is not used
    ahead_ms = round(record.at.timestamp() * 1000) - context.now_ms
    if ahead_ms > context.rules.clock_off_ms or record.at < WRITTEN:
        at = record.at.isoformat(timespec="seconds")
        context.raise_alarm(record, AlarmKind.CLOCK_OFF, f"{record.kind} {record.seq}: {at}")
