"""A Yaohua XK3190 indicator that sends its continuous frame about twenty times a second."""

from decimal import Decimal
from random import Random
from typing import Final, Literal

from edge.devices.readings import Reading
from edge.devices.scales import scale_decoder
from simulators.deck import Indication
from simulators.lines import Line, LineFaults, damaged

FRAME_S: Final = 0.05

Unit = Literal["kg", "t"]
_DECIMALS: Final[dict[Unit, int]] = {"kg": 0, "t": 3}
_UNIT_KG: Final[dict[Unit, int]] = {"kg": 1, "t": 1000}


class Indicator:
    """Turns the load on the deck into frames; `frozen` repeats the last shown weight for ever."""

    def __init__(self, line: Line, *, e_kg: int, unit: Unit, rng: Random) -> None:
        self.line = line
        self.unit: Unit = unit
        self.faults = LineFaults()
        self.frozen = False
        self.shown_kg = 0
        self._codec = scale_decoder("yaohua-continuous", {})
        self._indication = Indication(e_kg)
        self._rng = rng

    def send(self, load_kg: float) -> None:
        """Send one frame for what the load cells feel now."""
        shown_kg = self._indication.show(load_kg)
        if not self.frozen:
            self.shown_kg = shown_kg
        weight = Decimal(self.shown_kg) / _UNIT_KG[self.unit]
        frame = self._codec.encode(Reading(weight=round(weight, _DECIMALS[self.unit])))
        self.line.send(damaged(frame, self.faults, self._rng))
