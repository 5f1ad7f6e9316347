"""What the indicator says: the latest weight, its age, its plateau, and the curve of the stop."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from edge.config import Rules
from edge.devices.readings import BadFrame, Reading, WrongLine
from edge.devices.readings import State as Shown
from edge.lane.curve import Curve
from edge.lane.signals import ScaleRead
from edge.lane.stability import Stability
from edge.lane.state import Lane, State, begins, stop_of
from edge.lane.weight import OFF_STEP, Kilograms, to_kilograms

_SHOWS_NO_WEIGHT: Final[Mapping[Shown | None, str]] = {
    "overload": "scale_overload",
    "underload": "scale_underload",
}
"""Why an indicator that shows this, and no weight, cannot weigh a truck."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleFacts:
    """What the settings say of the scale."""

    e_kg: int
    max_kg: int
    unit: Literal["kg", "t"]
    accept_net: bool = False


class Scale:
    """One indicator, followed frame by frame."""

    def __init__(self, rules: Rules, facts: ScaleFacts, now_ms: int) -> None:
        self.facts = facts
        self.stability = Stability(rules, e_kg=facts.e_kg, max_kg=facts.max_kg)
        self.good_ms: int | None = None
        """When the last believable frame came; None before the first."""
        self.moved_ms = now_ms
        """When the weight last changed."""
        self.detail = ""
        """Why the last frame gave no weight."""
        self.line_hint = ""
        """The line setting that the indicator really uses, if it is read in spite of another."""
        self.loaded_since_ms: int | None = None
        """Since when at least `loaded_kg_min` has been on the deck without a break."""
        self.unloaded_ms: int | None = None
        """When it last showed less than that."""
        self.curve: Curve | None = None
        """The curve of the present stop, from its card to its weighing."""
        self._rules = rules
        self._started_ms = now_ms
        self._kg: int | None = 0
        self._overloaded = False
        self._shown: Shown | None = None
        self._shown_since_ms: int | None = None
        """Since when there has been a state in place of a weight."""
        self._off_step_ms: int | None = None

    def read(self, signal: ScaleRead) -> None:
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

    def weight_kg(self, now_ms: int) -> int | None:
        """Return the last weight; None while the scale is silent."""
        if self.good_ms is None or now_ms - self.good_ms > self._rules.silent_ms:
            return None
        return self._kg

    def is_silent(self, now_ms: int) -> bool:
        """Tell whether the silence has lasted so long that the lane goes out of service."""
        since_ms = self._started_ms if self.good_ms is None else self.good_ms
        return now_ms - since_ms > self._rules.out_of_service_ms

    def trouble(self, now_ms: int) -> str | None:
        """Return what keeps the scale from weighing, once it has lasted for too long.

        Weights that are no multiple of e are not silence: the indicator shows finer steps, or e is
        wrong.
        """
        if self.is_silent(now_ms):
            off_step_ms = self._off_step_ms
            is_off = off_step_ms is not None and now_ms - off_step_ms <= self._rules.silent_ms
            return OFF_STEP if is_off else "scale_silent"
        return self.shows_no_weight(now_ms)

    def shows_no_weight(self, now_ms: int) -> str | None:
        """Return which state the indicator has shown in place of a weight for too long."""
        since_ms = self._shown_since_ms
        if since_ms is None or now_ms - since_ms <= self._rules.out_of_service_ms:
            return None
        return _SHOWS_NO_WEIGHT.get(self._shown, "scale_error")

    def is_above_range(self, now_ms: int) -> bool:
        """Tell whether more stands on the deck than the scale may weigh."""
        kg = self.weight_kg(now_ms)
        return self._overloaded or (kg is not None and kg > self.facts.max_kg)

    def committed(self, before: Lane, after: Lane) -> None:
        """Follow a change of state that is now on record."""
        if begins(before, after):
            self.curve = Curve(stop_of(after).arrived_ms or after.since_ms)
        if before.state is State.ON_DECK and after.state is not State.ON_DECK:
            self.stability.consume()
        if after.stop is None or after.state is State.WEIGHED:
            self.curve = None

    def _kilograms(self, reading: Reading) -> Kilograms | BadFrame | None:
        facts = self.facts
        return to_kilograms(reading, facts.unit, facts.e_kg, accept_net=facts.accept_net)

    def _note_bad(self, frame: BadFrame, now_ms: int) -> None:
        self.detail = frame.reason
        if frame.reason == OFF_STEP:
            self._off_step_ms = now_ms
        self.stability.feed_bad(now_ms)

    def _note_state(self, reading: Reading, now_ms: int) -> None:
        """Take a state without a number: the scale speaks, but there is no weight."""
        self.detail = reading.state or ""
        self.good_ms, self._kg = now_ms, None
        self._overloaded = reading.overload is True
        if self._shown_since_ms is None:
            self._shown_since_ms = now_ms
        self._shown = reading.state
        self.moved_ms = now_ms
        self.loaded_since_ms = None
        self.stability.interrupt()

    def _weigh(self, weight: Kilograms, now_ms: int) -> None:
        self.detail = ""
        self._shown_since_ms = None
        if weight.kg != self._kg:
            self.moved_ms = now_ms
        if weight.kg < self._rules.loaded_kg_min:
            self.loaded_since_ms, self.unloaded_ms = None, now_ms
        elif self.loaded_since_ms is None or self.weight_kg(now_ms) is None:
            self.loaded_since_ms = now_ms
        self.good_ms, self._kg, self._overloaded = now_ms, weight.kg, False
        self.stability.feed(weight, now_ms)
        if self.curve is not None:
            self.curve.add(weight.kg, now_ms)
