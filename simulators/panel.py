"""What an indicator shows: load in, reading out, with everything that a protocol might carry.

Knows no protocol and no clock.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import product
from typing import Final, Literal

from edge.devices.readings import Mode, Reading, State, no_weight
from simulators.deck import Indication

Unit = Literal["kg", "t"]
E_KG: Final = 20
MAX_KG: Final = 100_000
DECIMALS: Final[dict[Unit, int]] = {"kg": 0, "t": 3}
_UNIT_KG: Final[dict[Unit, int]] = {"kg": 1, "t": 1000}
_MOTION_LOOKS: Final = 4
_MOTION_E: Final = 1.0
"""The load moves if it did not stay within so many divisions over the last looks."""
_OVER_E: Final = 9
_UNDER_E: Final = 20
"""Divisions above capacity and below zero at which an indicator shows no number any more."""


@dataclass(frozen=True, slots=True)
class Range:
    """What the scale is made for."""

    e_kg: int = E_KG
    max_kg: int = MAX_KG
    unit: Unit = "kg"

    def __post_init__(self) -> None:
        """Raise ValueError for a scale that cannot be."""
        if not 1 <= self.e_kg <= self.max_kg:
            raise ValueError(
                f"e_kg {self.e_kg}, max_kg {self.max_kg}: expected 1 <= e_kg <= max_kg"
            )
        if self.unit not in DECIMALS:
            raise ValueError(f"unit {self.unit!r}: one of {', '.join(DECIMALS)}")


def tellings(reading: Reading) -> Iterator[Reading]:
    """Yield the reading with fewer and fewer facts beside what it shows, all of them true.

    Protocols that know net only, or motion only, have no place for the whole truth.
    """
    # Nothing is tared while gross is shown: the net weight is the same.
    modes: list[Mode | None] = [reading.mode, "net", None]
    limits = [(reading.overload, reading.underload), (None, None)]
    for mode, (overload, underload), stable, tare in product(
        modes if reading.mode == "gross" else [reading.mode, None],
        limits,
        [reading.stable, None],
        [reading.tare, None],
    ):
        yield replace(
            reading, mode=mode, overload=overload, underload=underload, stable=stable, tare=tare
        )


class Panel:
    """The keys and the display of one indicator; look at it as often as it sends."""

    def __init__(self, scale_range: Range) -> None:
        self.range = scale_range
        self.tare_kg = 0
        """Set by the tare key; anything but 0 shows net."""
        self.state: State | None = None
        """Shown in place of any weight, for as long as it is set."""
        self.shown_kg = 0
        """The gross weight that was shown last."""
        self._indication = Indication(scale_range.e_kg)
        self._loads_kg: deque[float] = deque(maxlen=_MOTION_LOOKS)

    def look(self, load_kg: float) -> Reading:
        """Return what is shown now that the load cells feel `load_kg`."""
        self._loads_kg.append(load_kg)
        self.shown_kg = self._indication.show(load_kg)
        return self.reading()

    def reading(self) -> Reading:
        """Return what is shown, without another look at the load cells."""
        unit, net = self.range.unit, bool(self.tare_kg)
        if state := self.state or self._beyond():
            return no_weight(state, unit=unit, mode="net" if net else "gross")
        return Reading(
            weight=self._shown(self.shown_kg - self.tare_kg),
            unit=unit,
            stable=self._is_still(),
            mode="net" if net else "gross",
            overload=False,
            underload=False,
            tare=self._shown(self.tare_kg) if net else None,
        )

    def _beyond(self) -> State | None:
        if self.shown_kg > self.range.max_kg + _OVER_E * self.range.e_kg:
            return "overload"
        return "underload" if self.shown_kg < -_UNDER_E * self.range.e_kg else None

    def _is_still(self) -> bool:
        if not self._loads_kg:
            return True
        return max(self._loads_kg) - min(self._loads_kg) <= _MOTION_E * self.range.e_kg

    def _shown(self, weight_kg: int) -> Decimal:
        unit = self.range.unit
        return round(Decimal(weight_kg) / _UNIT_KG[unit], DECIMALS[unit])
