"""Which device faults are on record: each is written once when it comes and once when it goes."""

from collections.abc import Callable, Mapping
from typing import Final
from uuid import UUID

from edge.lane.effects import Write
from edge.messages import LaneFault

CLEAR_AFTER_MS: Final = 5_000
"""A device that comes and goes is one fault, not many; nor is one whose reason changes so soon."""
CLEAR_AFTER_MS_MAX: Final = 600_000
AGAIN_MS: Final = 60_000
"""One that fails again this soon has to stay well for twice as long."""


class FaultBook:
    """Compares what is wrong now with what is on record."""

    def __init__(self, recorded: Mapping[str, str] | None = None) -> None:
        """Begin with the faults on record that are not over, device -> reason."""
        self._raised = dict(recorded or {})
        self._wrong_ms: dict[str, int] = {}
        """When what is on record of a device was last so."""
        self._cleared_ms: dict[str, int] = {}
        self._clear_after_ms: dict[str, int] = {}

    def note(self, device: str, reason: str, now_ms: int, *, raised: bool) -> None:
        """Take note of what is now on record."""
        if not raised:
            self._raised.pop(device, None)
            self._cleared_ms[device] = now_ms
            return
        self._raised[device] = reason
        self._wrong_ms[device] = now_ms
        cleared_ms = self._cleared_ms.get(device)
        is_again = cleared_ms is not None and now_ms - cleared_ms < AGAIN_MS
        after_ms = 2 * self._wait_ms(device) if is_again else CLEAR_AFTER_MS
        self._clear_after_ms[device] = min(after_ms, CLEAR_AFTER_MS_MAX)

    def update(
        self, wrong: Mapping[str, str], now_ms: int, new_id: Callable[[], UUID]
    ) -> list[Write]:
        """Return the records that are missing; `note` each of them once it is written."""
        cleared = [
            _fault(device, "cleared", reason, new_id)
            for device, reason in self._raised.items()
            if self._is_over(device, wrong, now_ms)
        ]
        raised = [
            _fault(device, "raised", reason, new_id)
            for device, reason in wrong.items()
            if device not in self._raised
        ]
        return cleared + raised

    def _is_over(self, device: str, wrong: Mapping[str, str], now_ms: int) -> bool:
        if wrong.get(device) == self._raised[device]:
            self._wrong_ms[device] = now_ms
        return now_ms - self._wrong_ms.setdefault(device, now_ms) >= self._wait_ms(device)

    def _wait_ms(self, device: str) -> int:
        return self._clear_after_ms.get(device, CLEAR_AFTER_MS)


def _fault(device: str, state: str, reason: str, new_id: Callable[[], UUID]) -> Write:
    return Write(LaneFault, new_id(), {"device": device, "state": state, "reason": reason})
