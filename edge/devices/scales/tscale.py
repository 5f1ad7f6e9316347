"""T-Scale NHB and QHW bench scales, continuous output.

NHB: HH , KK  8 characters  unit of 3, left-justified  CR LF       `ST,GS    20.7g  `
     or with a unit of two letters                                 `ST,GS    59.6kg`
QHW: HH , KK ,  8 characters  unit of 2, right-justified  CR LF    `ST,GS,   245.6 g`

HH: ST stable, US in motion, OL overload. KK: GS gross, NT net. Leading zeros are blanks; a number
led by zeros, one of another width (a minus of its own before the eight characters) and all other
lines of this family are read as `headers` says. Source: logs of both scales.

Blind spot: nothing guards a digit that changes on the line.
"""

import re
from typing import Final

from edge.devices.readings import BadFrame, Reading, State
from edge.devices.scales.fields import LINE_END, TWO_LETTERS, right_justified, shown_as
from edge.devices.scales.headers import (
    ANY_LINE,
    EIGHT,
    LINE_BYTES_MAX,
    NO_WORD_BEFORE,
    UNIT_OF_TWO,
    headed_line,
    headers_for,
)
from edge.devices.scales.numbers import shown_weight
from edge.devices.scales.steady_lines import Line, SteadyCodec, SteadyLines

_LINE: Final = re.compile(
    rb"(?P<usual>%b(?:ST|US|OL),(?:GS|NT)(?:,(?![ +\-]?0[0-9])%b%b%b"
    rb"|(?![ +\-]?0[0-9])%b"
    rb"(?:[ A-Za-z][A-Za-z][ A-Za-z]|[A-Za-z]  |[A-Za-z]{2})%b))|%b"
    % (NO_WORD_BEFORE, EIGHT, UNIT_OF_TWO, LINE_END, EIGHT, LINE_END, ANY_LINE)
)
_STATES: Final[dict[State | None, str]] = {
    "overload": "OL,GS,+        g\r\n",
    "underload": "OL,GS,-        g\r\n",
    "out_of_range": "US,GS,         g\r\n",
}


class TScale(SteadyCodec):
    """The lines of NHB and QHW scales."""

    tail = b"\r\n"

    def __init__(self) -> None:
        super().__init__(SteadyLines(_LINE, LINE_BYTES_MAX, _parse))

    def encode(self, reading: Reading) -> bytes:
        """Return the line of a QHW; ValueError if a fact is missing or does not fit."""
        if reading.state is not None:
            return shown_as(_STATES, reading.state, "state").encode()
        text = right_justified(shown_weight(reading), 8)
        header, mode = headers_for(reading)
        unit = shown_as(TWO_LETTERS, reading.unit, "unit")
        return f"{header},{mode},{text}{unit}\r\n".encode()


def _parse(match: re.Match[bytes]) -> Line | BadFrame:
    return headed_line(match[0], is_usual=match["usual"] is not None, tells_underload=False)
