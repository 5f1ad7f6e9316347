"""Commands to a lane: what it may do next, and until when."""

from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID, uuid5

from edge.messages import Action, Command
from gateway.texts import say


class Place(NamedTuple):
    yard: str
    lane: str
    stop_id: UUID


class Times(NamedTuple):
    now_ms: int
    ttl_ms: int


def from_ms(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def command_in_reply(
    place: Place, event_id: UUID, action: Action, reason: str | None, times: Times
) -> Command:
    """Answer a record; answering it again gives the same command with new times."""
    command_id = uuid5(event_id, f"command:{action}")
    return _command(place, action, reason, times, ids=(command_id, event_id))


def command_by_dispatcher(place: Place, action: Action, reason: str, times: Times) -> Command:
    """Say what a dispatcher decided; each decision is a command of its own."""
    command_id = uuid5(place.stop_id, f"dispatcher:{action}:{times.now_ms}")
    return _command(place, action, reason, times, ids=(command_id, None))


def _command(
    place: Place,
    action: Action,
    reason: str | None,
    times: Times,
    *,
    ids: tuple[UUID, UUID | None],
) -> Command:
    return Command(
        command_id=ids[0],
        yard=place.yard,
        lane=place.lane,
        action=action,
        stop_id=place.stop_id,
        in_reply_to=ids[1],
        reason=reason,
        say=say(action, reason),
        issued_at=from_ms(times.now_ms),
        expires_at=from_ms(times.now_ms + times.ttl_ms),
    )
