"""Numbers as indicators show them: decimals are part of what is shown and are kept."""

from decimal import Decimal

from edge.devices.readings import Reading


def shown_weight(reading: Reading) -> Decimal:
    """Return the weight to be sent; ValueError for a reading that has none."""
    if reading.weight is None:
        raise ValueError(f"the frame has no place for the state {reading.state}")
    return reading.weight


def decimals_of(weight: Decimal) -> int:
    """Return how many decimals are shown; ValueError for what no indicator shows (1E+3, NaN)."""
    exponent = weight.as_tuple().exponent
    if not isinstance(exponent, int) or exponent > 0:
        raise ValueError(f"weight {weight} is no number with all its digits")
    return -exponent


def with_point(weight: Decimal, width: int, fill: str = " ") -> str:
    """Return the absolute value with its point, right-justified; ValueError if it does not fit."""
    decimals_of(weight)
    text = f"{abs(weight):f}".rjust(width, fill)
    if len(text) > width:
        raise ValueError(f"weight {weight} does not fit {width} characters")
    return text


def without_point(weight: Decimal, width: int) -> tuple[str, int]:
    """Return the digits of the absolute value, led by zeros, and how many of them are decimals.

    ValueError if they do not fit.
    """
    places = decimals_of(weight)
    digits = f"{abs(int(weight.scaleb(places))):0{width}d}"
    if len(digits) > width:
        raise ValueError(f"weight {weight} does not fit {width} digits")
    return digits, places
