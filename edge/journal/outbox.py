"""When to send which record again. Pure: it knows numbers and times; the journal has the rest."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

WINDOW: Final = 40
"""At most this many records are under way; the rest waits in the journal, in order."""

WAITS_MS: Final = (1_000, 2_000, 4_000, 5_000)
"""How long a receipt may take before the next sending; the last one repeats."""


@dataclass(slots=True)
class _Sending:
    due_ms: int
    tries: int = 0


class Outbox:
    """The window of records whose receipt is awaited."""

    def __init__(self) -> None:
        self._sendings: dict[int, _Sending] = {}
        self._extra: dict[int, None] = {}

    def room(self) -> int:
        """Return how many more records may be under way."""
        return WINDOW - len(self._sendings)

    def add(self, numbers: Iterable[int], now_ms: int) -> None:
        """Let records into the window, due at once; what is in it already stays as it is."""
        for seq in numbers:
            if self.room() > 0:
                self._sendings.setdefault(seq, _Sending(now_ms))

    def ask(self, seq: int, now_ms: int) -> None:
        """Send this record now: its decision is missing, even if its receipt came."""
        if seq in self._sendings:
            self._sendings[seq].due_ms = now_ms
        else:
            self._extra[seq] = None

    def receipted(self, seq: int) -> None:
        """Drop a record that the gateway has."""
        self._sendings.pop(seq, None)

    def reconnected(self, now_ms: int) -> None:
        """Make everything due: what was under way may be lost."""
        for sending in self._sendings.values():
            sending.due_ms, sending.tries = now_ms, 0

    def due(self, now_ms: int) -> list[int]:
        """Return the records to send now, in order, and count them as sent."""
        found = {seq for seq, sending in self._sendings.items() if sending.due_ms <= now_ms}
        for seq in found:
            sending = self._sendings[seq]
            sending.due_ms = now_ms + WAITS_MS[min(sending.tries, len(WAITS_MS) - 1)]
            sending.tries += 1
        found |= self._extra.keys()
        self._extra.clear()
        return sorted(found)

    def next_ms(self) -> int | None:
        """Return when something is due next."""
        if self._extra:
            return 0
        return min((sending.due_ms for sending in self._sendings.values()), default=None)
