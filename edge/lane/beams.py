"""What both photocells say. A beam that cannot be read counts as blocked."""

from typing import Final

from edge.config import Rules
from edge.lane.effects import Barrier
from edge.lane.signals import InputsLost, InputsRead

STALE_MS: Final = 3_000
"""Photocells that were last read longer ago than this count as blocked."""


class Beams:
    """The photocells at both ends of the deck."""

    def __init__(self, rules: Rules, now_ms: int) -> None:
        self.inputs: InputsRead | None = None
        """The last answer of the relay board; None while it does not answer."""
        self.detail = ""
        """Why the photocells cannot be read."""
        self.good_ms: int | None = None
        """When they were last read; None before the first time."""
        self.blocked_since_ms: dict[Barrier, int] = {}
        """For each blocked photocell, since when it has been blocked without a break."""
        self.entry_blocked_ms: int | None = None
        """When the entry beam was last seen blocked."""
        self.blocked_ms: int | None = None
        """When one of the two was last seen blocked."""
        self._truck_ms: tuple[int, int] | None = None
        """From when to when the entry beam was blocked, the last time that a truck did it."""
        self._rules = rules
        self._started_ms = now_ms
        self._clear_since_ms: int | None = None

    def read(self, signal: InputsRead | InputsLost) -> None:
        """Take the relay board's answer, or note that there is none."""
        if isinstance(signal, InputsLost):
            self.inputs, self.detail, self._clear_since_ms = None, signal.detail, None
            self.blocked_since_ms.clear()
            return
        self._note("entry", signal.mono_ms, is_clear=signal.entry_clear)
        self._note("exit", signal.mono_ms, is_clear=signal.exit_clear)
        was_blocked = self.inputs is not None and not self.inputs.entry_clear
        if was_blocked or not signal.entry_clear:
            self.entry_blocked_ms = signal.mono_ms
        if self.blocked_since_ms or not self._were_clear():
            self.blocked_ms = signal.mono_ms
        self.inputs, self.detail = signal, ""
        self.good_ms = signal.mono_ms
        if not (signal.entry_clear and signal.exit_clear):
            self._clear_since_ms = None
        elif self._clear_since_ms is None:
            self._clear_since_ms = signal.mono_ms

    @property
    def entry_clear(self) -> bool:
        """Tell whether the entry beam was clear at the last read."""
        return self.inputs is not None and self.inputs.entry_clear

    @property
    def arms_up(self) -> frozenset[Barrier]:
        """Return the barriers whose limit said at the last read that they are up."""
        read = self.inputs
        if read is None:
            return frozenset()
        limits: dict[Barrier, bool | None] = {"entry": read.entry_open, "exit": read.exit_open}
        return frozenset(barrier for barrier, is_up in limits.items() if is_up)

    def is_stale(self, now_ms: int) -> bool:
        """Tell whether the photocells cannot be read."""
        return self.inputs is None or self._age_ms(now_ms) > STALE_MS

    def is_silent(self, now_ms: int) -> bool:
        """Tell whether they have been unreadable so long that it is a fault."""
        return self._age_ms(now_ms) > self._rules.out_of_service_ms

    def are_clear(self, now_ms: int) -> bool | None:
        """Return whether both photocells are clear; None if they cannot be read."""
        if self.inputs is None or self.is_stale(now_ms):
            return None
        return self.inputs.entry_clear and self.inputs.exit_clear

    def clear_since(self, now_ms: int) -> int | None:
        """Return since when both have been clear without a break; None if one is not."""
        return self._clear_since_ms if self.are_clear(now_ms) else None

    def truck_passed_since(self, since_ms: int) -> bool:
        """Tell whether the entry beam was blocked for a truck's time, all of it since then."""
        return self._truck_ms is not None and self._truck_ms[0] >= since_ms

    def truck_came_since(self, since_ms: int) -> bool:
        """Tell whether it was blocked for a truck's time since then; its nose may have been there.

        A person is faster.
        """
        if self._truck_ms is None:
            return False
        from_ms, to_ms = self._truck_ms
        return to_ms - max(from_ms, since_ms) >= self._rules.passage_ms

    def _were_clear(self) -> bool:
        """Tell whether both were clear at the read before; nobody knows after a lost board."""
        before = self.inputs
        if before is None:
            return self.good_ms is None
        return before.entry_clear and before.exit_clear

    def _note(self, side: Barrier, now_ms: int, *, is_clear: bool) -> None:
        since_ms = self.blocked_since_ms.get(side)
        lasted = since_ms is not None and now_ms - since_ms >= self._rules.passage_ms
        if side == "entry" and since_ms is not None and lasted:
            self._truck_ms = since_ms, now_ms
        if is_clear:
            self.blocked_since_ms.pop(side, None)
        else:
            self.blocked_since_ms.setdefault(side, now_ms)

    def _age_ms(self, now_ms: int) -> int:
        return now_ms - (self._started_ms if self.good_ms is None else self.good_ms)
