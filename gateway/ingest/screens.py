"""What lanes send for screens, unsigned: passed on, never stored, never used for money.

Of a lane's `state` the lane reports keep what they need to know which records are still to come.
"""

from collections.abc import Callable
from typing import Any, Final

import structlog
from pydantic import BaseModel, ValidationError

from edge.messages import ClockQuality, CommandResult, LaneLive, LaneState
from gateway.records.envelope import Envelope

log = structlog.get_logger()

Publish = Callable[[str, dict[str, Any]], None]
"""Event name and its data; from any thread, at once. The hub's `publish`."""
Heard = Callable[[str, str, LaneState], None]
"""Yard, lane and what the lane says of itself."""

_FORMS: Final[dict[str, tuple[str, type[BaseModel]]]] = {
    "live": ("lane", LaneLive),
    "state": ("lane_state", LaneState),
    "command-result": ("command_result", CommandResult),
}
BYTES_MAX: Final = 16_384


Hear = Callable[[str, str, int | None], None]
"""Yard and lane that gave a sign of life, and the time by its clock if that is set; from any
thread, at once."""
Take = Callable[[str, str, LaneState], None]
"""Yard, lane and what it says of itself, or its last will for it; from any thread, at once."""


def _ignore(*_heard: object) -> None:
    """Nobody asks who was heard."""


class Screens:
    def __init__(self, publish: Publish, take: Take = _ignore, hear: Hear = _ignore) -> None:
        self._publish = publish
        self._take = take
        self._hear = hear

    def show(self, name: str, envelope: Envelope, *, is_retained: bool = False) -> None:
        """Pass a lane's message on if it has the proper form.

        What the broker had kept, and the last will that it sends itself, are no sign of life.
        """
        event, form = _FORMS[name]
        try:
            message = form.model_validate_json(envelope.payload[: BYTES_MAX + 1])
        except ValidationError:
            log.warning("unreadable message for screens", topic=name, lane=envelope.lane)
            return
        if isinstance(message, LaneState):
            self._take(envelope.yard, envelope.lane, message)
        if not is_retained and getattr(message, "online", True):
            self._hear(envelope.yard, envelope.lane, _clock_ms(message))
        data = message.model_dump(mode="json")
        self._publish(event, {"yard": envelope.yard, "lane": envelope.lane} | data)


def _clock_ms(message: BaseModel) -> int | None:
    if not isinstance(message, LaneState) or message.at is None:
        return None
    return None if message.clock is ClockQuality.UNSET else round(message.at.timestamp() * 1000)
