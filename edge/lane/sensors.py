"""Turns raw signals into the events of the table: what the devices say, seen by one lane's rules.

It holds what the table must not: windows of frames, cards in the field, ages of answers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from edge.config import Rules, Side
from edge.devices.readings import BadFrame, Reading, WrongLine
from edge.lane.curve import Curve
from edge.lane.effects import Barrier
from edge.lane.events import (
    CardPresented,
    DeckCleared,
    DeckKnown,
    DroveOn,
    Event,
    ServiceBack,
    ServiceLost,
    SeveralTags,
    WeightSettled,
)
from edge.lane.plates import Plates
from edge.lane.recovery import Found, StopRecord, recover
from edge.lane.signals import InputsLost, InputsRead, ScaleRead
from edge.lane.stability import Plateau, Stability
from edge.lane.state import DeckView, Lane, State
from edge.lane.tags import Cards
from edge.lane.weight import Kilograms, to_kilograms

INPUTS_STALE_MS: Final = 3_000
"""Photocells that were not read for so long count as blocked."""

_EMPTYING: Final = {
    State.ON_DECK,
    State.WEIGHED,
    State.HELD_ON_DECK,
    State.RELEASED,
    State.BACKING_OUT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleFacts:
    """What the settings say of the scale."""

    e_kg: int
    max_kg: int
    unit: Literal["kg", "t"]
    accept_net: bool = False


class Sensors:
    """Everything the devices of one lane said lately."""

    def __init__(
        self,
        rules: Rules,
        scale: ScaleFacts,
        now_ms: int,
        stop: Sequence[StopRecord] = (),
        cameras: Mapping[str, Side] | None = None,
    ) -> None:
        """Start blind; `stop` are the records of the journal's last stop, oldest first."""
        self._rules = rules
        self._scale = scale
        self.stability = Stability(rules, e_kg=scale.e_kg, max_kg=scale.max_kg)
        self.cards = Cards(rules.card_absent_ms)
        self.plates = Plates(rules, cameras or {})
        self.inputs: InputsRead | None = None
        self.inputs_detail = ""
        self.scale_detail = ""
        self.line_hint = ""
        """Which line setting the indicator really uses, while it is read in spite of another."""
        self.scale_good_ms: int | None = None
        self.inputs_good_ms: int | None = None
        self._kg: int | None = 0
        self._overloaded = False
        self._stop = stop
        self._started_ms = now_ms
        self.blocked_since_ms: dict[Barrier, int] = {}
        """Since when a photocell has been blocked without a break."""
        self._entry_blocked_ms: int | None = None
        self._admitted_ms: int | None = None
        self._moved_ms = now_ms
        self._clear_since_ms: int | None = None
        self._curve: Curve | None = None

    def read_scale(self, signal: ScaleRead) -> None:
        """Take one frame; a weight that may not be believed only marks the line as bad."""
        found = signal.found
        if isinstance(found, WrongLine):
            self.line_hint = found.text
            return
        if isinstance(found, BadFrame):
            self._note_bad(found, signal.mono_ms)
            return
        weight = self._kilograms(found)
        if isinstance(weight, BadFrame):
            self._note_bad(weight, signal.mono_ms)
        elif weight is None:
            self._note_state(found, signal.mono_ms)
        else:
            self._weigh(weight, signal.mono_ms)

    def read_inputs(self, signal: InputsRead | InputsLost) -> None:
        """Take the photocells; unreadable ones count as blocked."""
        if isinstance(signal, InputsLost):
            self.inputs, self.inputs_detail, self._clear_since_ms = None, signal.detail, None
            self.blocked_since_ms.clear()
            return
        self._note_beam("entry", signal.mono_ms, is_clear=signal.entry_clear)
        self._note_beam("exit", signal.mono_ms, is_clear=signal.exit_clear)
        was_blocked = self.inputs is not None and not self.inputs.entry_clear
        if was_blocked or not signal.entry_clear:
            self._entry_blocked_ms = signal.mono_ms
        self.inputs, self.inputs_detail = signal, ""
        self.inputs_good_ms = signal.mono_ms
        if not (signal.entry_clear and signal.exit_clear):
            self._clear_since_ms = None
        elif self._clear_since_ms is None:
            self._clear_since_ms = signal.mono_ms

    def weight_kg(self, now_ms: int) -> int | None:
        """Return the last weight, or None while the scale is silent."""
        silent = self._age_ms(self.scale_good_ms, now_ms) > self._rules.silent_ms
        return None if self.scale_good_ms is None or silent else self._kg

    def scale_silent(self, now_ms: int) -> bool:
        """Tell whether the scale has said nothing for so long that the lane must stop."""
        return self._age_ms(self.scale_good_ms, now_ms) > self._rules.out_of_service_ms

    def inputs_silent(self, now_ms: int) -> bool:
        """Tell whether the photocells have been unreadable for as long as that."""
        return self._age_ms(self.inputs_good_ms, now_ms) > self._rules.out_of_service_ms

    def inputs_stale(self, now_ms: int) -> bool:
        """Tell whether the photocells cannot be read."""
        return self.inputs is None or self._age_ms(self.inputs_good_ms, now_ms) > INPUTS_STALE_MS

    @property
    def scale_frozen(self) -> bool:
        """Tell whether a truck drove through the entry beam and the scale did not notice.

        Judged when the truck's time to drive on is over, and true until the weight moves.
        """
        since_ms = self._admitted_ms
        return (
            since_ms is not None
            and self._entry_blocked_ms is not None
            and self._entry_blocked_ms >= since_ms > self._moved_ms
        )

    def beams_clear(self, now_ms: int) -> bool | None:
        """Return whether both photocells are clear; None if they cannot be read."""
        if self.inputs is None or self.inputs_stale(now_ms):
            return None
        return self.inputs.entry_clear and self.inputs.exit_clear

    def trouble(self, now_ms: int) -> str | None:
        """Return why no truck can be served now."""
        if self.scale_silent(now_ms) or self.scale_good_ms is None:
            return "scale_silent"
        return "plc_silent" if self.inputs_stale(now_ms) else None

    def view(self, now_ms: int, journal_trouble: str | None) -> DeckView:
        """Return what the table's rows may look at."""
        kg = self.weight_kg(now_ms)
        return DeckView(
            zero_kg=self.stability.zero(now_ms),
            is_empty=self._empty(now_ms) is not None,
            entry_clear=bool(self.inputs and self.inputs.entry_clear),
            trouble=journal_trouble or self.trouble(now_ms),
            above_range=self._overloaded or (kg is not None and kg > self._scale.max_kg),
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
        if before.state is State.IDLE and after.stop is not None:
            self.cards.use(after.stop.tag)
            self.plates.begin(after.since_ms)
            self._curve = Curve(after.stop.arrived_ms or after.since_ms)
        if after.state is State.ADMITTED:
            self._admitted_ms = after.since_ms
        elif before.state is State.ADMITTED:
            spoke = self.weight_kg(after.since_ms) is not None  # silence is a fault of its own
            self._admitted_ms = self._admitted_ms if spoke and self.scale_frozen else None
        if before.state is State.ON_DECK and after.state is not State.ON_DECK:
            self.stability.consume()
        if after.state is State.ON_DECK:
            self.plates.drove_on()
        if after.stop is None or after.state is State.WEIGHED:
            self._curve = None
        if after.stop is None:
            self._end(before, after.since_ms)

    def _end(self, before: Lane, now_ms: int) -> None:
        self.plates.end()
        if before.stop is not None and before.state is not State.RELEASED:
            self.cards.turn_away(before.stop.tag, now_ms)

    def _kilograms(self, reading: Reading) -> Kilograms | BadFrame | None:
        scale = self._scale
        return to_kilograms(reading, scale.unit, scale.e_kg, accept_net=scale.accept_net)

    def _note_beam(self, side: Barrier, now_ms: int, *, is_clear: bool) -> None:
        if is_clear:
            self.blocked_since_ms.pop(side, None)
        else:
            self.blocked_since_ms.setdefault(side, now_ms)

    def _note_bad(self, frame: BadFrame, now_ms: int) -> None:
        self.scale_detail = frame.reason
        self.stability.feed_bad(now_ms)

    def _note_state(self, reading: Reading, now_ms: int) -> None:
        """Take a state without a number: the scale speaks, but there is no weight."""
        self.scale_detail = reading.state or ""
        self.scale_good_ms, self._kg = now_ms, None
        self._overloaded = reading.overload is True
        self._moved_ms = now_ms
        self.stability.interrupt()

    def _weigh(self, weight: Kilograms, now_ms: int) -> None:
        self.scale_detail = ""
        if weight.kg != self._kg:
            self._moved_ms = now_ms
        self.scale_good_ms, self._kg, self._overloaded = now_ms, weight.kg, False
        self.stability.feed(weight, now_ms)
        if self._curve is not None:
            self._curve.add(weight.kg, now_ms)

    def _from_devices(self, lane: Lane, now_ms: int, journal_trouble: str | None) -> Event | None:
        trouble = journal_trouble or self.trouble(now_ms)
        match lane.state:
            case State.STARTING:
                return self._deck_known(now_ms)
            case State.OUT_OF_SERVICE:
                return None if trouble else ServiceBack()
            case State.IDLE:
                return ServiceLost(trouble) if trouble else self._tagged(now_ms)
            case State.ADMITTED:
                return self._drove_on(lane, now_ms)
            case State.ON_DECK:
                return self._settled(now_ms) or self._cleared(lane, now_ms)
            case _:
                return self._cleared(lane, now_ms)

    def _tagged(self, now_ms: int) -> CardPresented | SeveralTags | None:
        several = SeveralTags() if self.cards.several(now_ms) else None
        return self._presented(now_ms) or several

    def _presented(self, now_ms: int) -> CardPresented | None:
        card = self.plates.waits(self.cards.take(now_ms), now_ms)
        if card is None or self.cards.is_doubtful(card):
            return None
        return CardPresented(card.tag, card.mono_ms, self.plates.at_card(now_ms))

    def _deck_known(self, now_ms: int) -> DeckKnown | None:
        plateau = self.stability.steady(now_ms)
        if plateau is None or self.inputs_stale(now_ms):
            return None
        empty = self._empty(now_ms)
        if empty is None and self.beams_clear(now_ms) and self._is_light(plateau):
            return None
        found = Found(kg=plateau.kg, is_empty=empty is not None)
        return DeckKnown(recover(self._stop, found, self._scale.e_kg))

    def _drove_on(self, lane: Lane, now_ms: int) -> DroveOn | None:
        kg = self.weight_kg(now_ms)
        clear_ms = self._clear_ms(now_ms)
        on = (
            kg is not None
            and kg >= self._rules.loaded_kg_min
            and clear_ms is not None
            and clear_ms >= self._rules.beams_clear_ms
            and self._passed_the_entry(lane)
        )
        return DroveOn() if on else None

    def _passed_the_entry(self, lane: Lane) -> bool:
        """Tell whether the truck was seen in the entry beam: one that is stuck proves nothing."""
        return self._entry_blocked_ms is not None and self._entry_blocked_ms >= lane.since_ms

    def _settled(self, now_ms: int) -> WeightSettled | None:
        if self._clear_ms(now_ms) is None or self._clear_since_ms is None:
            return None
        plateau = self.stability.settled(now_ms, self._clear_since_ms)
        if plateau is None or self._curve is None:
            return None
        return WeightSettled(
            weight_kg=plateau.kg,
            frames=plateau.frames,
            stable_ms=plateau.span_ms,
            curve=self._curve.to_json(),
            pictures=self.plates.evidence(),
        )

    def _cleared(self, lane: Lane, now_ms: int) -> DeckCleared | None:
        empty = self._empty(now_ms) if lane.state in _EMPTYING else None
        return DeckCleared(empty.kg) if empty else None

    def _empty(self, now_ms: int) -> Plateau | None:
        blind = self._clear_ms(now_ms) is None or self.scale_frozen
        if blind or self._clear_since_ms is None:
            return None
        plateau = self.stability.steady(now_ms, self._clear_since_ms)
        return plateau if plateau and self._is_light(plateau) else None

    def _is_light(self, plateau: Plateau) -> bool:
        return abs(plateau.kg) <= self._rules.empty_kg_max

    def _clear_ms(self, now_ms: int) -> int | None:
        if self._clear_since_ms is None or not self.beams_clear(now_ms):
            return None
        return now_ms - self._clear_since_ms

    def _age_ms(self, at_ms: int | None, now_ms: int) -> int:
        return now_ms - (self._started_ms if at_ms is None else at_ms)
