"""Which cards and tags were read between a truck's arrival and its drive-on.

They stand in the weighing's record, since a foreign card there may mean that another truck was
weighed. When the stop's own card was last read tells how sure it is that its truck still waits.
"""

from dataclasses import dataclass, replace

from edge.lane.signals import CardRead
from edge.messages import SEEN_MAX, SeenCard


@dataclass(frozen=True, slots=True)
class _Sight:
    reader: str
    is_shown: bool
    reads: int
    first_ms: int
    last_ms: int


class Sights:
    """The cards of one stop, as long as its truck waits to drive on."""

    def __init__(self, truck_change_ms: int) -> None:
        """`truck_change_ms` is the time in which no two trucks can change places."""
        self._truck_change_ms = truck_change_ms
        self._own = ""
        self._arrived_ms: int | None = None
        self._is_over = False
        self._seen: dict[str, _Sight] = {}

    def begin(self, card: CardRead, *, reads: int, is_shown: bool) -> None:
        """Begin a stop with the card that it is for, read `reads` times until now.

        Cards of the stop that it takes the place of are kept, if no truck can have come since.
        """
        same_truck_ms = card.mono_ms - self._truck_change_ms
        kept = {tag: one for tag, one in self._seen.items() if one.last_ms >= same_truck_ms}
        self._own, self._arrived_ms, self._is_over = card.tag, card.mono_ms, False
        kept.pop(card.tag, None)
        own = _Sight(card.reader, is_shown, reads, card.mono_ms, card.mono_ms)
        self._seen = {card.tag: own, **dict(list(kept.items())[: SEEN_MAX - 1])}

    def read(self, card: CardRead, *, is_shown: bool) -> None:
        """Take one read; of each kind of reader SEEN_MAX different cards are kept."""
        if self._arrived_ms is None or self._is_over:
            return
        before = self._seen.get(card.tag)
        if before is not None:
            self._seen[card.tag] = replace(
                before,
                is_shown=before.is_shown or is_shown,
                reads=before.reads + 1,
                last_ms=card.mono_ms,
            )
        elif self._has_room(is_shown=is_shown):
            self._seen[card.tag] = _Sight(card.reader, is_shown, 1, card.mono_ms, card.mono_ms)

    def drove_on(self) -> None:
        """Take note that the truck is on the deck: cards are the next one's from now on."""
        self._is_over = True

    def end(self) -> None:
        """End the stop."""
        self._arrived_ms = None
        self._seen = {}

    @property
    def own_ms(self) -> int | None:
        """When the stop's own card was last read; None without a stop."""
        sight = self._seen.get(self._own)
        return sight.last_ms if sight else None

    @property
    def own_is_shown(self) -> bool:
        """Tell whether a person showed the stop's own card."""
        sight = self._seen.get(self._own)
        return sight is not None and sight.is_shown

    def evidence(self) -> tuple[SeenCard, ...]:
        """Return every card of the stop, its own first."""
        since_ms = self._arrived_ms or 0
        return tuple(
            SeenCard(
                tag=tag,
                reader=one.reader,
                is_shown=one.is_shown,
                reads=one.reads,
                first_ms=max(0, one.first_ms - since_ms),
                last_ms=max(0, one.last_ms - since_ms),
            )
            for tag, one in self._seen.items()
        )

    def _has_room(self, *, is_shown: bool) -> bool:
        alike = sum(one.is_shown is is_shown for one in self._seen.values())
        return alike < SEEN_MAX and len(self._seen) < 2 * SEEN_MAX
