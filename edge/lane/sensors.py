"""Turns what the devices say into the events of the table.

The table must not see windows of frames, cards in the field or ages of answers: the parts hold
them (`Scale`, `Beams`, `FrozenScale`, `Identification`), and here they are judged together.
"""

from collections.abc import Sequence
from typing import Final

from edge.config import Rules
from edge.lane.beams import Beams
from edge.lane.events import (
    DeckCleared,
    DeckKnown,
    DeckTaken,
    DroveOn,
    Event,
    ServiceBack,
    ServiceLost,
    TruckGone,
    WeightSettled,
)
from edge.lane.frozen import FrozenScale
from edge.lane.identification import Identification
from edge.lane.recovery import Found, StopRecord, recover
from edge.lane.scale import Scale, ScaleFacts
from edge.lane.stability import Plateau
from edge.lane.state import DeckView, Lane, State, stop_of

_EMPTYING: Final = {
    State.ON_DECK,
    State.WEIGHED,
    State.HELD_ON_DECK,
    State.RELEASED,
    State.BACKING_OUT,
}


class Sensors:
    """The devices of one lane, seen together."""

    def __init__(
        self,
        rules: Rules,
        facts: ScaleFacts,
        now_ms: int,
        last_stop: Sequence[StopRecord] = (),
        identification: Identification | None = None,
    ) -> None:
        """Start blind; `last_stop` are the records of the journal's last stop, oldest first."""
        self.scale = Scale(rules, facts, now_ms)
        self.beams = Beams(rules, now_ms)
        self.frozen = FrozenScale(self.scale, self.beams)
        self.identification = identification or Identification(rules)
        self._rules = rules
        self._last_stop = last_stop
        self._went_out_starting = False
        """Whether the deck has not been judged since the start, because the scale shows none."""

    def _trouble(self, now_ms: int) -> str | None:
        """Return why no truck can be served now."""
        scale = self.scale.trouble(now_ms)
        if scale is not None or self.scale.good_ms is None:
            return scale or "scale_silent"
        return "plc_silent" if self.beams.is_stale(now_ms) else None

    def view(self, now_ms: int, journal_trouble: str | None) -> DeckView:
        """Return what the table's rows may look at."""
        return DeckView(
            zero_kg=self.scale.stability.zero(now_ms),
            is_empty=self._empty(now_ms) is not None,
            entry_clear=self.beams.entry_clear,
            trouble=journal_trouble or self._trouble(now_ms),
            up=self.beams.arms_up,
            above_range=self.scale.is_above_range(now_ms),
            card_ms=self.identification.sights.own_ms,
            plate=self.identification.plates.of_stop(now_ms),
        )

    def next_event(self, lane: Lane, now_ms: int, journal_trouble: str | None) -> Event | None:
        """Return what the lane has to react to now; timers come after everything else."""
        event = self._from_devices(lane, now_ms, journal_trouble)
        if event is not None:
            return event
        due = [(at, timer) for timer, at in lane.timers.items() if at <= now_ms]
        return min(due, key=lambda one: one[0])[1]() if due else None

    def committed(self, before: Lane, after: Lane) -> None:
        """Follow a change of state that is now on record."""
        self.identification.committed(before, after)
        self.frozen.committed(before, after)
        self.scale.committed(before, after)
        if after.state is State.OUT_OF_SERVICE:
            self._went_out_starting = before.state is State.STARTING

    def _from_devices(self, lane: Lane, now_ms: int, journal_trouble: str | None) -> Event | None:
        trouble = journal_trouble or self._trouble(now_ms)
        match lane.state:
            case State.STARTING:
                return self._deck_known(now_ms) or self._not_startable(now_ms)
            case State.OUT_OF_SERVICE:
                return None if trouble else self._in_service(now_ms)
            case State.IDLE:
                return ServiceLost(trouble) if trouble else self._in_idle(now_ms)
            case State.ARRIVED | State.HELD_AT_ENTRY | State.CARD_ASKED | State.ADMITTED:
                return self._at_the_entry(lane, now_ms)
            case State.ON_DECK:
                return self._settled(lane, now_ms) or self._cleared(lane, now_ms)
            case _:
                return self._cleared(lane, now_ms)

    def _deck_known(self, now_ms: int) -> DeckKnown | None:
        plateau = self.scale.stability.steady(now_ms)
        if plateau is None or self.beams.is_stale(now_ms):
            return None
        empty = self._empty(now_ms)
        if empty is None and self.beams.are_clear(now_ms) and self._is_light(plateau):
            return None
        found = Found(
            kg=plateau.kg,
            is_empty=empty is not None,
            is_loaded=plateau.kg >= self._rules.loaded_kg_min,
        )
        return DeckKnown(recover(self._last_stop, found, self.scale.facts.e_kg, now_ms))

    def _not_startable(self, now_ms: int) -> ServiceLost | None:
        """Tell that the start waits for an indicator that shows something else than a weight."""
        reason = self.scale.shows_no_weight(now_ms)
        return ServiceLost(reason) if reason else None

    def _in_service(self, now_ms: int) -> DeckKnown | ServiceBack | None:
        """Take the lane into service again; a start goes on where it was broken off."""
        return self._deck_known(now_ms) if self._went_out_starting else ServiceBack()

    def _in_idle(self, now_ms: int) -> Event | None:
        return self._deck_taken(now_ms) or self.identification.next_event(now_ms)

    def _deck_taken(self, now_ms: int) -> DeckTaken | None:
        """Tell whether a truck stands there: what nothing brought is a fault of the scale.

        It may have come while the scale was silent.
        """
        loaded_ms = self._loaded_since(now_ms)
        if loaded_ms is None or now_ms - loaded_ms < self._rules.deck_taken_ms:
            return None
        blocked_ms, unloaded_ms = self.beams.blocked_ms, self.scale.unloaded_ms
        came = blocked_ms is not None and (unloaded_ms is None or blocked_ms >= unloaded_ms)
        return DeckTaken() if came else None

    def _at_the_entry(self, lane: Lane, now_ms: int) -> Event | None:
        if lane.state is State.ADMITTED:
            return self._drove_on(lane, now_ms) or self._did_not_drive_on(lane, now_ms)
        return self._before_the_entry(lane, now_ms)

    def _before_the_entry(self, lane: Lane, now_ms: int) -> Event | None:
        """Tell what became of a truck for which the arm should be down."""
        came_ms = self._loaded_since(now_ms)
        on_the_deck = (
            came_ms is not None
            and now_ms - came_ms >= self._rules.beams_clear_ms
            and self.beams.entry_clear
            and self._passed_the_entry(stop_of(lane).arrived_ms or 0)
        )
        return TruckGone() if on_the_deck else self.identification.waiting_event(lane, now_ms)

    def _did_not_drive_on(self, lane: Lane, now_ms: int) -> Event | None:
        """Tell what became of an admitted truck while nothing is on the deck or in a beam."""
        if self._nothing_there(now_ms) is None:
            return None
        if self.beams.truck_passed_since(lane.since_ms):
            return TruckGone()
        if self._passed_the_entry(lane.since_ms):
            return None
        return self.identification.waiting_event(lane, now_ms)

    def _loaded_since(self, now_ms: int) -> int | None:
        return None if self.scale.weight_kg(now_ms) is None else self.scale.loaded_since_ms

    def _drove_on(self, lane: Lane, now_ms: int) -> DroveOn | None:
        kg = self.scale.weight_kg(now_ms)
        clear_since_ms = self.beams.clear_since(now_ms)
        on = (
            kg is not None
            and kg >= self._rules.loaded_kg_min
            and clear_since_ms is not None
            and now_ms - clear_since_ms >= self._rules.beams_clear_ms
            and self._passed_the_entry(lane.since_ms)
        )
        return DroveOn() if on else None

    def _passed_the_entry(self, since_ms: int) -> bool:
        """Tell whether something was seen in the entry beam: one that is stuck proves nothing."""
        blocked_ms = self.beams.entry_blocked_ms
        return blocked_ms is not None and blocked_ms >= since_ms

    def _settled(self, lane: Lane, now_ms: int) -> WeightSettled | None:
        clear_since_ms = self.beams.clear_since(now_ms)
        if clear_since_ms is None:
            return None
        plateau = self.scale.stability.settled(now_ms, clear_since_ms)
        if plateau is None or self.scale.curve is None:
            return None
        return WeightSettled(
            weight_kg=plateau.kg,
            frames=plateau.frames,
            stable_ms=plateau.span_ms,
            curve=self.scale.curve.to_json(),
            pictures=self.identification.plates.evidence(),
            cards_seen=self.identification.sights.evidence(),
            plates_seen=self.identification.plates.seen(stop_of(lane).arrived_ms or 0),
        )

    def _cleared(self, lane: Lane, now_ms: int) -> DeckCleared | None:
        empty = self._empty(now_ms) if lane.state in _EMPTYING else None
        return DeckCleared(empty.kg) if empty else None

    def _empty(self, now_ms: int) -> Plateau | None:
        return None if self.frozen.is_frozen else self._nothing_there(now_ms)

    def _nothing_there(self, now_ms: int) -> Plateau | None:
        """Return the deck's weight if it looks empty; a frozen scale looks so as well."""
        clear_since_ms = self.beams.clear_since(now_ms)
        if clear_since_ms is None:
            return None
        plateau = self.scale.stability.steady(now_ms, clear_since_ms)
        return plateau if plateau and self._is_light(plateau) else None

    def _is_light(self, plateau: Plateau) -> bool:
        return abs(plateau.kg) <= self._rules.empty_kg_max
