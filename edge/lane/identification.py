"""Which truck is at the lane: its card and its plate, from before the entry to its stop's end.

A card becomes a stop only through here. A rule about a second card, or about a card that must be
shown again, belongs here; `Sensors` decides in which states it is asked.
"""

from collections.abc import Mapping

from edge.config import Rules, Side
from edge.lane.events import CardPresented, SeveralTags
from edge.lane.plates import Plates
from edge.lane.sights import Sights
from edge.lane.signals import CardRead
from edge.lane.state import Lane, State
from edge.lane.tags import Cards, ReaderRule


class Identification:
    """Cards and plates of one lane, joined."""

    def __init__(
        self,
        rules: Rules,
        readers: Mapping[str, ReaderRule] | None = None,
        cameras: Mapping[str, Side] | None = None,
    ) -> None:
        """`readers` gives each reader's rule, `cameras` the end of the deck each camera sees."""
        self.cards = Cards(rules.card_absent_ms, readers)
        self.plates = Plates(rules, cameras or {})
        self.sights = Sights()
        self._offered: CardRead | None = None
        """The card that was last presented to the table."""

    def read(self, card: CardRead) -> None:
        """Take one read of a card or tag."""
        self.cards.read(card)
        if not self.cards.is_too_weak(card):
            self.sights.read(card, is_shown=self.cards.is_shown(card))

    def next_event(self, now_ms: int) -> CardPresented | SeveralTags | None:
        """Return the card that an idle lane serves now, or why none counts."""
        several = SeveralTags() if self.cards.several(now_ms) else None
        return self._presented(now_ms) or several

    def committed(self, before: Lane, after: Lane) -> None:
        """Follow a change of state that is now on record."""
        if before.state is State.IDLE and after.stop is not None:
            self._begin(after.stop.tag)
            self.plates.begin(after.since_ms)
        if after.state is State.ON_DECK:
            self.plates.drove_on()
            self.sights.drove_on()
        if after.stop is None:
            self._end(before, after.since_ms)

    def _presented(self, now_ms: int) -> CardPresented | None:
        card = self.plates.waits(self.cards.take(now_ms), now_ms)
        if card is None or self.cards.is_doubtful(card):
            return None
        self._offered = card
        return CardPresented(card.tag, card.mono_ms, self.plates.at_card(now_ms))

    def _begin(self, tag: str) -> None:
        self.cards.use(tag)
        card = self._offered
        if card is not None and card.tag == tag:
            is_shown = self.cards.is_shown(card)
            self.sights.begin(card, reads=self.cards.reads(card), is_shown=is_shown)

    def _end(self, before: Lane, now_ms: int) -> None:
        self.plates.end()
        self.sights.end()
        if before.stop is not None and before.state is not State.RELEASED:
            self.cards.turn_away(before.stop.tag, now_ms)
