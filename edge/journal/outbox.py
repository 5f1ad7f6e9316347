"""When to send which record. Pure: it knows numbers and times; the journal has the rest.

As TCP does it, since the trouble is the same: many senders, one slow receiver, and no word about
what became of a message but its receipt. Records go out oldest first, and only a window of them
is under way. The window grows with receipts that come quickly and halves when one is missing, and
then only the oldest record is sent again. How long a receipt may take is learnt from those that
came (RFC 6298); it doubles with every sending in vain. Who waits longer gets no receipt later: the
gateway works as fast as it can, and what is sent twice only slows it down.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

WINDOW_MAX: Final = 40
"""At most this many records are under way; the rest waits in the journal, in order."""
WINDOW_START: Final = 4
"""Those of one truck: none of them waits for the receipt of the one before."""

WAIT_MS_START: Final = 2_000
WAIT_MS_MIN: Final = 1_000
WAIT_MS_MAX: Final = 60_000

QUICK_MS: Final = 1_000
"""A receipt that takes longer stood in a queue: more records under way would only lengthen it."""


@dataclass(slots=True)
class _Patience:
    """How long a receipt may take: its usual time and four times how much that varies."""

    wait_ms: int = WAIT_MS_START
    _usual_ms: float | None = None
    _varies_ms: float = 0.0

    def learn(self, took_ms: int) -> None:
        """Learn from a record that was sent once: of one sent twice it is unclear which came."""
        if self._usual_ms is None:
            self._usual_ms, self._varies_ms = took_ms, took_ms / 2
        else:
            self._varies_ms += (abs(took_ms - self._usual_ms) - self._varies_ms) / 4
            self._usual_ms += (took_ms - self._usual_ms) / 8
        self.wait_ms = self.learnt_ms

    @property
    def learnt_ms(self) -> int:
        """How long it may take when nothing is lost."""
        if self._usual_ms is None:
            return WAIT_MS_START
        wait_ms = round(self._usual_ms + 4 * self._varies_ms)
        return min(max(wait_ms, WAIT_MS_MIN), WAIT_MS_MAX)

    def double(self) -> None:
        self.wait_ms = min(2 * self.wait_ms, WAIT_MS_MAX)


@dataclass(slots=True)
class _Window:
    """How many records may be under way."""

    size: float = WINDOW_START
    _doubles_up_to: float = WINDOW_MAX

    def grow(self) -> None:
        """Twice as wide after a window of receipts, and from the last trouble on one wider."""
        more = 1.0 if self.size < self._doubles_up_to else 1.0 / self.size
        self.size = min(self.size + more, WINDOW_MAX)

    def halve(self) -> None:
        self.size = self._doubles_up_to = max(self.size / 2, 1.0)


@dataclass(frozen=True, slots=True)
class _Sending:
    order: int
    """Which sending of all it was: the gateway takes them in this order."""
    at_ms: int


class Outbox:
    """The records that wait to be sent, and those whose receipt is awaited."""

    def __init__(self) -> None:
        self._waiting: set[int] = set()
        self._under_way: dict[int, _Sending] = {}
        self._repeated: set[int] = set()
        self._asked_for: set[int] = set()
        self._window = _Window()
        self._patience = _Patience()
        self._sendings = 0
        self._missing_ms = 0
        """When the receipt of the oldest record under way counts as missing."""
        self._may_probe = False
        self._creeps_to = 0

    @property
    def window(self) -> int:
        """How many records may be under way now."""
        return int(self._window.size)

    def add(self, numbers: Iterable[int]) -> None:
        """Let records in that were not receipted; those that are in it stay as they are."""
        self._waiting.update(seq for seq in numbers if seq not in self._under_way)

    def ask(self, seq: int, now_ms: int) -> None:
        """Send this record now: its decision is missing, even if its receipt came.

        Unless it is on its way and in time: its decision comes with its receipt.
        """
        sending = self._under_way.get(seq)
        if sending is None:
            self._asked_for.add(seq)
        elif now_ms - sending.at_ms >= self._patience.learnt_ms:
            self._asked_for.add(seq)
            self._repeated.add(seq)
            self._under_way[seq] = _Sending(sending.order, now_ms)

    def creep(self, up_to: int) -> None:
        """Send one record at a time up to this number: nobody waits for what was sent before."""
        self._creeps_to = max(self._creeps_to, up_to)

    def receipted(self, seq: int, now_ms: int) -> None:
        """Drop a record that the gateway has, and learn from how long that took."""
        self._waiting.discard(seq)
        sending = self._under_way.pop(seq, None)
        is_repeated = seq in self._repeated
        self._repeated.discard(seq)
        if sending is None:
            return
        took_ms = now_ms - sending.at_ms
        passed_over = [] if is_repeated else self._sent_before(sending)
        if is_repeated:
            self._may_probe = True
        else:
            self._patience.learn(took_ms)
        if passed_over:
            self._window.halve()
            self._lose(passed_over)
        elif took_ms <= QUICK_MS:
            self._window.grow()
        self._missing_ms = now_ms + self._patience.wait_ms

    def reconnected(self) -> None:
        """Begin anew, with few: what was under way may be lost, and many lanes come back."""
        self._window = _Window()
        self._lose(list(self._under_way))

    def heard(self, now_ms: int) -> None:
        """Try again at once: the gateway shows that it is there, after a time of silence."""
        if self._repeated & self._under_way.keys():
            self._missing_ms = min(self._missing_ms, now_ms)

    def due(self, now_ms: int) -> list[int]:
        """Return the records to send now, in order, and count them as sent."""
        found = self._asked_for
        self._asked_for = set()
        if self._under_way and now_ms >= self._missing_ms:
            found.add(self._repeat_oldest(now_ms))
        elif self._may_probe:
            found |= self._probe(now_ms)
        for seq in sorted(self._waiting):
            if not self._has_room(seq):
                break
            found.add(self._send(seq, now_ms))
        return sorted(found)

    def next_ms(self) -> int | None:
        """Return when something is due next."""
        if self._asked_for or (self._waiting and self._has_room(min(self._waiting))):
            return 0
        return self._missing_ms if self._under_way else None

    def _has_room(self, seq: int) -> bool:
        return len(self._under_way) < (1 if seq <= self._creeps_to else self.window)

    def _send(self, seq: int, now_ms: int) -> int:
        if not self._under_way:
            self._missing_ms = now_ms + self._patience.wait_ms
        self._waiting.discard(seq)
        self._sendings += 1
        self._under_way[seq] = _Sending(self._sendings, now_ms)
        return seq

    def _repeat_oldest(self, now_ms: int) -> int:
        oldest = min(self._under_way)
        self._window.halve()
        self._patience.double()
        self._repeated.add(oldest)
        self._missing_ms = now_ms + self._patience.wait_ms
        return self._send(oldest, now_ms)

    def _probe(self, now_ms: int) -> set[int]:
        """Find out if more is lost than the record that was repeated.

        The receipt of one that is new tells: the gateway takes records as they were sent.
        """
        self._may_probe = False
        if not self._under_way or len(self._under_way) < self.window:
            return set()
        if not self._waiting:
            self._lose([min(self._under_way)])
        return {self._send(min(self._waiting), now_ms)}

    def _sent_before(self, sending: _Sending) -> list[int]:
        """Return what the gateway must have lost; one that it cannot take is repeated only once."""
        return [
            seq
            for seq, other in self._under_way.items()
            if other.order < sending.order and seq not in self._repeated
        ]

    def _lose(self, numbers: Iterable[int]) -> None:
        for seq in numbers:
            del self._under_way[seq]
            self._waiting.add(seq)
            self._repeated.add(seq)
