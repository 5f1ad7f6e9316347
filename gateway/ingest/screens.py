"""What lanes send for screens, unsigned: passed on, never stored, never used for money."""

from collections.abc import Callable
from typing import Any, Final

import structlog
from pydantic import BaseModel, ValidationError

from edge.messages import CommandResult, LaneLive, LaneState
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


class Screens:
    def __init__(self, publish: Publish, heard: Heard) -> None:
        self._publish = publish
        self._heard = heard

    def show(self, name: str, envelope: Envelope) -> None:
        """Pass a lane's message on if it has the proper form."""
        event, form = _FORMS[name]
        try:
            message = form.model_validate_json(envelope.payload[: BYTES_MAX + 1])
        except ValidationError:
            log.warning("unreadable message for screens", topic=name, lane=envelope.lane)
            return
        if isinstance(message, LaneState):
            self._heard(envelope.yard, envelope.lane, message)
        data = message.model_dump(mode="json")
        self._publish(event, {"yard": envelope.yard, "lane": envelope.lane} | data)
