"""Which device faults are on record: each is written once when it comes and once when it goes."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final
from uuid import UUID

from edge.lane.effects import Write
from edge.messages import LaneFault

CLEAR_AFTER_MS: Final = 5_000
"""A device that comes and goes is one fault, not many."""


class FaultBook:
    """Compares what is wrong now with what is on record."""

    def __init__(self, recorded: Iterable[LaneFault] = ()) -> None:
        self._raised: dict[str, str] = {}
        self._good_since: dict[str, int] = {}
        for fault in recorded:
            self.note(fault.device, fault.reason, raised=fault.state == "raised")

    def note(self, device: str, reason: str, *, raised: bool) -> None:
        """Take note of what is now on record."""
        self._good_since.pop(device, None)
        if raised:
            self._raised[device] = reason
        else:
            self._raised.pop(device, None)

    def update(
        self, wrong: Mapping[str, str], now_ms: int, new_id: Callable[[], UUID]
    ) -> list[Write]:
        """Return the records that are missing; `note` each of them once it is written."""
        cleared = [
            _fault(device, "cleared", reason, new_id)
            for device, reason in self._raised.items()
            if wrong.get(device) != reason and self._is_over(device, wrong, now_ms)
        ]
        for device in wrong.keys() & self._raised.keys():
            self._good_since.pop(device, None)
        raised = [
            _fault(device, "raised", reason, new_id)
            for device, reason in wrong.items()
            if device not in self._raised
        ]
        return cleared + raised

    def _is_over(self, device: str, wrong: Mapping[str, str], now_ms: int) -> bool:
        if device in wrong:
            return True
        return now_ms - self._good_since.setdefault(device, now_ms) >= CLEAR_AFTER_MS


def _fault(device: str, state: str, reason: str, new_id: Callable[[], UUID]) -> Write:
    return Write(LaneFault, new_id(), {"device": device, "state": state, "reason": reason})
