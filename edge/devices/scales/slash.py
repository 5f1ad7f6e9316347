"""Bench scales that set the last digit apart by a slash, as verified balances show it.

Line: sign  6 characters with the point  /  last digit  unit of 2  blank  S or U  CR LF  (15 bytes)

`+007.12/3 G S` is 7.123 g, stable: the digit behind the slash is the auxiliary one. One description
calls it an index of stability; the program that the log comes from appends it. A unit of one letter
has a blank before it; a blank before two letters is passed over.
Source: log of a laboratory scale; Shinko (ViBRA) manuals, numeric format with auxiliary digit.

Blind spot: nothing guards a digit that changes on the line.
"""

import re
from typing import Final

from edge.devices.framing import PatternCutter, lines_without
from edge.devices.readings import BadFrame, Reading
from edge.devices.scales.codec import ScaleCodec
from edge.devices.scales.fields import LINE_END, number, shown_as, sign, unit_named, weighed
from edge.devices.scales.numbers import decimals_of, shown_weight, with_point

LINE_BYTES_MAX: Final = 16

_LINE: Final = re.compile(
    rb"([+\-])([ 0-9]{2,5}\.[0-9]{0,3})/([0-9]) ?((?<= )[A-Za-z]|[A-Za-z]{2}) ([SUDsud])%b?"
    % LINE_END
)
_NEAR: Final = lines_without(_LINE, LINE_BYTES_MAX)
_STABLE: Final = {True: "S", False: "U"}
_UNITS: Final = {"kg": "KG", "t": "T", "g": "G", "lb": "LB"}


class Slash(ScaleCodec):
    """The line with a slash."""

    def __init__(self) -> None:
        super().__init__(PatternCutter(_LINE, LINE_BYTES_MAX, parse, near=_NEAR))

    def encode(self, reading: Reading) -> bytes:
        """Return the line; ValueError if a fact is missing or it has not 1 to 4 decimals."""
        weight = shown_weight(reading)
        digits = with_point(weight, 7, "0")
        if not 1 <= decimals_of(weight) <= 4:
            raise ValueError(f"weight {weight}: the digit behind the slash is a decimal")
        unit = shown_as(_UNITS, reading.unit, "unit")
        stable = shown_as(_STABLE, reading.stable, "stable")
        text = f"{sign(weight, '+')}{digits[:-1]}/{digits[-1]}{unit:>2} {stable}\r\n"
        return text.encode()


def parse(match: re.Match[bytes]) -> Reading | BadFrame:
    """Read one line."""
    minus, digits, last, unit_name, stable = match.groups()
    unit = unit_named(unit_name)
    weight = number(minus + digits + last) if len(digits) == 6 else None
    return weighed(match[0], unit, weight, stable=stable in b"Ss")
