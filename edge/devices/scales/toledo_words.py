"""Status words and weight fields of the Mettler Toledo continuous output, which clones share.

SWA: bits 2-0 place of the point, 4-3 division x1 x2 x5, 5 always 1.
SWB: 0 net, 1 negative, 2 out of range, 3 motion, 4 kg (0 lb), 5 always 1, 6 power-up not zeroed.
SWC: bits 2-0 another unit (0 none, 1 g, 2 t), 3 print request, 4 expanded x10, 5 always 1.

Codes 0 and 1 of the point mean two dummy zeros and one. Makers disagree whether these are among the
six characters (`included`: the characters are the number) or to be written behind them (`append`):
compare with the display. Expanded shows ten times the resolution; the characters are then what the
display shows, with the point where SWA puts it.

Some clones turn the motion bit round: 1 is stable (`motion=inverted`). One frame does not show it:
somebody has to look, with a deck that stands still and one that is moved.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, Literal, TypeVar

from edge.devices.readings import Reading, Unit, no_weight
from edge.devices.scales.numbers import decimals_of, shown_weight

DummyZero = Literal["included", "append"]
Motion = Literal["normal", "inverted"]
"""What a 1 of the motion bit means: in motion, or stable."""
Bits = TypeVar("Bits")

WIDTH: Final = 6
NET: Final = 0x01
NEGATIVE: Final = 0x02
OUT_OF_RANGE: Final = 0x04
MOTION: Final = 0x08
KG: Final = 0x10
ALWAYS: Final = 0x20
NOT_ZEROED: Final = 0x40
EXPANDED: Final = 0x10

_WHOLE: Final = 2
"""The code of a number without decimals and dummy zeros."""
_PLACES_MAX: Final = 5

_OTHER_UNITS: Final[dict[int, Unit]] = {1: "g", 2: "t"}
_UNIT_BITS: Final[dict[object, tuple[int, int]]] = {
    "kg": (KG, 0),
    "lb": (0, 0),
    "g": (KG, 1),
    "t": (KG, 2),
}
"""What the unit adds to SWB and SWC."""
_MODE_BITS: Final[dict[object, int]] = {"gross": 0, "net": NET}
_MOTION_BITS: Final[dict[object, int]] = {True: 0, False: MOTION}
_STATE_BITS: Final[dict[object, int]] = {
    "overload": OUT_OF_RANGE,
    "underload": OUT_OF_RANGE | NEGATIVE,
}


def unit_of(swb: int, swc: int) -> Unit | None:
    """Return the unit; None for one that is not for weighing trucks, such as ounces."""
    if other := swc & 0x07:
        return _OTHER_UNITS.get(other)
    return "kg" if swb & KG else "lb"


def field_weight(field: bytes, swa: int, dummy_zero: DummyZero) -> Decimal | None:
    """Return the number of six characters and the place of their point; None if there is none."""
    digits = field.lstrip(b" ")
    if not digits.isdigit():
        return None
    exponent = _WHOLE - (swa & 0x07)
    if exponent > 0:
        return Decimal(int(digits) * (10**exponent if dummy_zero == "append" else 1))
    return Decimal(int(digits)).scaleb(exponent)


def state_reading(swb: int, unit: Unit | None) -> Reading:
    """Return the reading of an indicator that is out of range; the sign says at which end."""
    return no_weight(
        "underload" if swb & NEGATIVE else "overload",
        unit=unit,
        stable=not swb & MOTION,
        mode="net" if swb & NET else "gross",
    )


def weight_reading(swb: int, weight: Decimal, tare: Decimal | None, unit: Unit | None) -> Reading:
    """Return the reading of an indicator that is in range; minus zero is zero."""
    return Reading(
        weight=-weight if swb & NEGATIVE and weight else weight,
        unit=unit,
        stable=not swb & MOTION,
        mode="net" if swb & NET else "gross",
        overload=False,
        underload=False,
        tare=tare,
    )


def words_for(reading: Reading) -> tuple[int, int]:
    """Return SWB and the unit of SWC; ValueError for a fact without a place in them.

    An indicator that is out of range is shown in motion unless it is known to be stable.
    """
    unit_b, unit_c = _bits(_UNIT_BITS, reading.unit, "unit")
    swb = ALWAYS | unit_b | _bits(_MODE_BITS, reading.mode, "mode")
    if reading.state is not None:
        moves = 0 if reading.stable else MOTION
        return swb | moves | _bits(_STATE_BITS, reading.state, "state"), unit_c
    negative = NEGATIVE if shown_weight(reading) < 0 else 0
    return swb | negative | _bits(_MOTION_BITS, reading.stable, "stable"), unit_c


def fields_for(
    weight: Decimal, tare: Decimal | None, dummy_zero: DummyZero
) -> tuple[int, str, str]:
    """Return the code of the point and both fields, led by zeros; ValueError if they do not fit.

    A number too long for six characters gets dummy zeros where these can be appended.
    """
    if tare is not None and tare < 0:
        raise ValueError(f"the frame has no place for a negative tare: {tare}")
    numbers = (abs(weight), tare or Decimal(0))
    places = max(map(decimals_of, numbers))
    while dummy_zero == "append" and -_WHOLE < places <= 0 and not _fit(numbers, places):
        places -= 1
    if places > _PLACES_MAX or not _fit(numbers, places):
        raise ValueError(f"weight {weight}, tare {tare}: six digits cannot show them")
    shown, shown_tare = (f"{int(one.scaleb(places)):0{WIDTH}d}" for one in numbers)
    return _WHOLE + places, shown, shown_tare


def _fit(numbers: tuple[Decimal, ...], places: int) -> bool:
    scaled = [one.scaleb(places) for one in numbers]
    return all(one == int(one) and len(str(int(one))) <= WIDTH for one in scaled)


def _bits(table: Mapping[object, Bits], fact: object, name: str) -> Bits:
    if fact not in table:
        raise ValueError(f"the frame has no place for {name} {fact}")
    return table[fact]
