"""T-Scale NHB and QHW bench scales, continuous output.

NHB: HH , KK  8 characters  unit of 3, left-justified  CR LF       `ST,GS    20.7g  `
QHW: HH , KK ,  8 characters  unit of 2, right-justified  CR LF    `ST,GS,   245.6 g`

HH: ST stable, US in motion, OL overload. KK: GS gross, NT net. Leading zeros are blanks; a number
led by zeros is left to `and-standard`, which this looks like. Source: logs of both scales.

Blind spot: nothing guards a digit that changes on the line.
"""

import re
from typing import Final

from edge.devices.framing import PatternCutter
from edge.devices.readings import BadFrame, Mode, Reading, State
from edge.devices.scales.codec import ScaleCodec
from edge.devices.scales.fields import (
    LINE_END,
    TWO_LETTERS,
    beyond_range,
    number,
    right_justified,
    shown_as,
    unit_named,
)
from edge.devices.scales.numbers import shown_weight

LINE_BYTES_MAX: Final = 18

_LINE: Final = re.compile(
    rb"(ST|US|OL),(GS|NT)(?:,(?![ +\-]?0[0-9])([ +\-0-9.]{8})([ A-Za-z]{2})"
    rb"|(?![ +\-]?0[0-9])([ +\-0-9.]{8})([ A-Za-z]{3}))%b?" % LINE_END
)
_MODES: Final[dict[bytes, Mode]] = {b"GS": "gross", b"NT": "net"}
_HEADERS: Final = {True: "ST", False: "US"}
_MODE_LETTERS: Final = {"gross": "GS", "net": "NT"}
_STATES: Final[dict[State | None, str]] = {
    "overload": "OL,GS,+        g\r\n",
    "underload": "OL,GS,-        g\r\n",
    "out_of_range": "US,GS,         g\r\n",
}


class TScale(ScaleCodec):
    """The lines of NHB and QHW scales."""

    def __init__(self) -> None:
        super().__init__(PatternCutter(_LINE, LINE_BYTES_MAX, parse))

    def encode(self, reading: Reading) -> bytes:
        """Return the line of a QHW; ValueError if a fact is missing or does not fit."""
        if reading.state is not None:
            return shown_as(_STATES, reading.state, "state").encode()
        text = right_justified(shown_weight(reading), 8)
        header = shown_as(_HEADERS, reading.stable, "stable")
        mode = shown_as(_MODE_LETTERS, reading.mode, "mode")
        unit = shown_as(TWO_LETTERS, reading.unit, "unit")
        return f"{header},{mode},{text}{unit}\r\n".encode()


def parse(match: re.Match[bytes]) -> Reading | BadFrame:
    """Read one line."""
    header, mode, spaced, spaced_unit, joined, joined_unit = match.groups()
    digits, unit_name = spaced or joined, spaced_unit or joined_unit
    if header == b"OL" or not digits.strip(b" +-."):
        return beyond_range(digits.strip()[:1], "overload" if header == b"OL" else "out_of_range")
    unit, weight = unit_named(unit_name), number(digits)
    if unit is None or weight is None:
        return BadFrame("unit" if unit is None else "malformed", match[0])
    return Reading(
        weight=weight, unit=unit, stable=header == b"ST", mode=_MODES[mode], overload=False
    )
