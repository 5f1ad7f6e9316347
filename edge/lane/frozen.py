"""Finds an indicator that is frozen: a truck drove onto the deck and the weight never moved."""

from edge.lane.beams import Beams
from edge.lane.scale import Scale
from edge.lane.state import Lane, State


class FrozenScale:
    """Compares the scale with the entry beam, from a truck's admission on."""

    def __init__(self, scale: Scale, beams: Beams) -> None:
        self._scale = scale
        self._beams = beams
        self._admitted_ms: int | None = None

    @property
    def is_frozen(self) -> bool:
        """Tell whether a truck went through the entry beam and the scale did not notice.

        A person in the beam is no truck. `Health` reports it once the truck's time to drive on is
        over; it ends when the weight moves.
        """
        since_ms = self._admitted_ms
        return (
            since_ms is not None
            and since_ms > self._scale.moved_ms
            and self._beams.truck_came_since(since_ms)
        )

    def committed(self, before: Lane, after: Lane) -> None:
        """Follow a change of state that is now on record."""
        if after.state is State.ADMITTED:
            self._admitted_ms = after.since_ms
        elif before.state is State.ADMITTED:
            spoke = self._scale.weight_kg(after.since_ms) is not None  # silence has its own fault
            self._admitted_ms = self._admitted_ms if spoke and self.is_frozen else None
