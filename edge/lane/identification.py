"""Which truck is at the lane: its card and its plate, from before the entry to its stop's end.

A card becomes a stop only through here, and a stop that waits loses its place to another card only
through here. `Sensors` decides in which states it is asked.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from edge.config import Rules, Side
from edge.lane.events import CardPresented, CardShownAgain, CardTooShort, SeveralTags
from edge.lane.plates import Plates, Sighting
from edge.lane.sights import Sights
from edge.lane.signals import CardRead
from edge.lane.state import Lane, State, Stop, begins, stop_of
from edge.lane.tags import Cards, ReaderRule, is_no_card

_WAITING: Final = {State.ARRIVED, State.HELD_AT_ENTRY, State.CARD_ASKED, State.ADMITTED}
"""The states in which another card may take the place of the stop's; it alone leads from them to
an arrival, or to an idle lane."""


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
        self.sights = Sights(rules.truck_change_ms)
        self._rules = rules
        self._offered: CardRead | None = None
        """The card that was last presented to the table."""
        self._looks: Sequence[Sighting] = ()
        """What may be the plate of a card that takes the place of another one."""

    def read(self, card: CardRead) -> None:
        """Take one read of a card or tag."""
        if is_no_card(card.tag):
            return
        self.cards.read(card)
        if not self.cards.is_too_weak(card):
            self.sights.read(card, is_shown=self.cards.is_shown(card))

    def next_event(self, now_ms: int) -> CardPresented | SeveralTags | CardTooShort | None:
        """Return the card that an idle lane serves now, or why none counts."""
        several = SeveralTags() if self.cards.several(now_ms) else None
        too_few = CardTooShort() if self.cards.too_few(now_ms) else None
        return self._presented(self.cards.take(now_ms), now_ms) or several or too_few

    def waiting_event(self, lane: Lane, now_ms: int) -> CardPresented | CardShownAgain | None:
        """Return what cards say of a truck that waits: asked for, its own; else, another one."""
        stop = stop_of(lane)
        card = self.cards.take(now_ms)
        if card is not None and card.tag == stop.tag:
            self.cards.use(card.tag)
            card = None
        own_ms = self.sights.own_ms
        if lane.state is State.CARD_ASKED and own_ms is not None and own_ms > lane.since_ms:
            return CardShownAgain()
        if card is not None and not self._may_end(lane, card, now_ms):
            card = None
        self._looks = self._looks_of_another(stop, now_ms)
        return self._presented(card, now_ms, self._looks)

    def committed(self, before: Lane, after: Lane) -> None:
        """Follow a change of state that is now on record."""
        if before.stop is not None and (after.stop is None or begins(before, after)):
            self._end(before, after)
        if begins(before, after):
            self._begin(stop_of(after).tag)
            self.plates.begin(after.since_ms)
        if after.state is State.ON_DECK:
            self.plates.drove_on()
            self.sights.drove_on()

    def _presented(
        self, card: CardRead | None, now_ms: int, looks: Sequence[Sighting] | None = None
    ) -> CardPresented | None:
        waited = self.plates.waits(card, now_ms, looks)
        if waited is None or self.cards.is_doubtful(waited):
            return None
        self._offered = waited
        return CardPresented(waited.tag, waited.mono_ms, self.plates.at_card(now_ms, looks))

    def _may_end(self, lane: Lane, card: CardRead, now_ms: int) -> bool:
        """Tell whether a card may take the place of the one that the lane serves.

        A person shows a card on purpose. A tag that is seen from afar may be that of the truck
        behind: it must be alone, where the stop's own tag was seen and is gone, before the arm is
        up. A truck that moves to the deck takes its tag out of the field as well.
        """
        if self.cards.is_shown(card):
            return True
        own_ms = self.sights.own_ms
        is_gone = own_ms is None or now_ms - own_ms >= self._rules.card_absent_ms
        return is_gone and not self.sights.own_is_shown and lane.state is not State.ADMITTED

    def _looks_of_another(self, stop: Stop, now_ms: int) -> Sequence[Sighting]:
        """Return what may be of another card's truck.

        Within `truck_change_ms` it is another card of the same truck.
        """
        own_ms = self.sights.own_ms
        if own_ms is None or now_ms - own_ms <= self._rules.truck_change_ms:
            return self.plates.later_looks(-1, None)
        return self.plates.later_looks(own_ms, stop.plate.text if stop.plate else None)

    def _begin(self, tag: str) -> None:
        self.cards.use(tag)
        card = self._offered
        if card is not None and card.tag == tag:
            is_shown = self.cards.is_shown(card)
            self.sights.begin(card, reads=self.cards.reads(card), is_shown=is_shown)

    def _end(self, before: Lane, after: Lane) -> None:
        if before.state in _WAITING and after.state in {State.ARRIVED, State.IDLE}:
            self.plates.hand_over(self._looks)
        else:
            self.plates.end()
        if after.stop is None:
            self.sights.end()
        tag = stop_of(before).tag
        self.cards.use(tag)  # shown once more on the way out, it begins no stop: its truck is gone
        if before.state is not State.RELEASED:
            self.cards.turn_away(tag, after.since_ms)
