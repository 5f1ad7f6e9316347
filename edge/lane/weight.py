"""From what the indicator displays to whole kilograms, exactly or not at all."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from edge.devices.readings import BadFrame, Reading
from edge.messages import KG_MAX

OFF_STEP: Final = "weight_not_multiple_of_e"
FINER: Final = (2, 4, 5, 10)
"""Expanded outputs divide e by one of these."""

_TO_KG: Final = {"kg": 0, "t": 3}


@dataclass(frozen=True, slots=True)
class Kilograms:
    """A weight in whole kilograms, and whether the indicator itself lets it count."""

    kg: int
    usable: bool
    """False while the indicator says motion, net, overload or underload; silence does not."""


def to_kilograms(
    reading: Reading, unit: Literal["kg", "t"], e_kg: int, *, accept_net: bool = False
) -> Kilograms | BadFrame | None:
    """Convert exactly; a weight that is no multiple of the division is refused, never rounded.

    So is one that no record has room for: kilograms that are taken for tonnes, a damaged number.
    None for an indicator that shows a state and no number.
    """
    if reading.weight is None:
        return None
    if reading.unit is not None and reading.unit != unit:
        return BadFrame("unit_differs_from_setting", str(reading.unit).encode())
    kg = reading.weight.scaleb(_TO_KG[unit])
    if not kg.is_finite() or abs(kg) > KG_MAX:
        return BadFrame("weight_beyond_any_scale", str(reading.weight).encode())
    if kg != kg.to_integral_value() or int(kg) % e_kg:
        return BadFrame(OFF_STEP, str(reading.weight).encode())
    untared = accept_net and reading.mode == "net" and not reading.tare
    usable = (
        reading.stable is not False
        and (reading.mode in {None, "gross"} or untared)
        and not reading.overload
        and not reading.underload
    )
    return Kilograms(int(kg), usable)


def finer_step_kg(weight: Decimal, unit: Literal["kg", "t"], e_kg: int) -> Decimal | None:
    """Return the step, finer than e, that a weight off the steps of e is a multiple of.

    An indicator whose expanded (high resolution) output is on sends such weights beside a coarser
    display. None if the weight fits e, or none of the usual steps.
    """
    kg = weight.scaleb(_TO_KG[unit])
    if not kg.is_finite() or not kg % e_kg:
        return None
    return next((Decimal(e_kg) / part for part in FINER if not kg * part % e_kg), None)
