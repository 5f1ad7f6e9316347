"""Dini Argeo DFW, DGT and 3590 series, usually 9600 8N1.

Standard: [cc]HH , KK , 8 characters , unit 2  CR LF
AF:       [cc]HH , scale , 10 characters  unit , PT or blanks  10 characters  unit  CR LF
Extended: [cc][scale]HH , [scale ,] 8 or 10 characters , PT or blanks  8 or 10 , pieces , unit
          [, date and time]  CR LF

cc: address, in RS-485 mode alone. HH: ST stable, US in motion, OL overload, UL underload, TL not
level. KK: GS gross, NT net; VL and RZ (raw converter points) are refused. PT
or two blanks lead the tare; the weight of AF is gross, the extended string does not say. `request`
asks with READ (standard), REXT or REXD (extended); `address` 1 to 99 asks one of several
indicators, and hears no other. Source: 3590EXP technical manual p. 65, DGT4X p. 52, DFW serial
protocol.

Blind spot: nothing guards a digit that changes on the line.
"""

import re
from typing import Annotated, Final, Literal

from pydantic import Field

from edge.devices.readings import BadFrame, Reading, State, no_weight
from edge.devices.scales.fields import (
    LINE_END,
    TWO_LETTERS,
    number,
    right_justified,
    shown_as,
    unit_named,
)
from edge.devices.scales.headers import ANY_LINE, EIGHT, NO_WORD_BEFORE, UNIT_OF_TWO, headed_line
from edge.devices.scales.numbers import shown_weight
from edge.devices.scales.steady_lines import Line, SteadyCodec, SteadyLines

LINE_BYTES_MAX: Final = 80

_LINE: Final = re.compile(
    rb"(?P<address>[0-9]{2})?(?:(?P<standard>%b"
    rb"(?:ST|US|ZR|OL|UL|TL),(?:GS|NT|VL|RZ),%b,%b%b)"
    rb"|(?P<af>"
    rb"%b(?P<a>ST|US|OL|UL|TL),[0-9],(?P<a_weight>[ +\-0-9.]{10})(?P<a_unit>[ A-Za-z]{2}),"
    rb"(?:PT|  )(?P<a_tare>[ +\-0-9.]{10})(?P=a_unit)%b)"
    rb"|(?P<extended>[0-9]?,?"
    rb"%b(?P<e>ST|US|OL|UL|TL),(?:[0-9],)?(?P<e_weight>[ +\-0-9.]{8}(?:[ +\-0-9.]{2})?),"
    rb"(?:PT|  )(?P<e_tare>[ +\-0-9.]{8}(?:[ +\-0-9.]{2})?), *[0-9]{1,10},(?P<e_unit>[ A-Za-z]{2})"
    rb"(?:,[^\r\n]{0,20})?%b)|%b)"
    % (
        *(NO_WORD_BEFORE, EIGHT, UNIT_OF_TWO, LINE_END),
        *(NO_WORD_BEFORE, LINE_END, NO_WORD_BEFORE, LINE_END),
        ANY_LINE,
    )
)
_STATES: Final[dict[bytes, State]] = {b"OL": "overload", b"UL": "underload", b"TL": "error"}
_FIELDS: Final = ("weight", "tare", "unit")
_HEADERS: Final = {True: "ST", False: "US"}
_MODE_LETTERS: Final = {"gross": "GS", "net": "NT"}
_STATE_LETTERS: Final[dict[State | None, str]] = {
    "overload": "OL",
    "underload": "UL",
    "error": "TL",
}


class DiniArgeo(SteadyCodec):
    """The standard, the AF and the extended string."""

    tail = b"\r\n"

    def __init__(
        self,
        *,
        request: Literal["none", "READ", "REXT", "REXD"] = "none",
        address: Annotated[int, Field(ge=1, le=99)] | None = None,
    ) -> None:
        super().__init__(SteadyLines(_LINE, LINE_BYTES_MAX, self._parse))
        self._address = b"" if address is None else b"%02d" % address
        command = "READ" if request == "none" and address is not None else request
        self.request = b"" if command == "none" else self._address + command.encode() + b"\r\n"

    def encode(self, reading: Reading) -> bytes:
        """Return the standard string; with a tare AF for gross, the extended one for no mode.

        ValueError if a fact is missing or does not fit.
        """
        return self._address + _text(reading).encode() + b"\r\n"

    def _parse(self, match: re.Match[bytes]) -> Line | BadFrame:
        if self._address and match["address"] != self._address:
            return BadFrame("address", match[0])
        if match["af"] is None and match["extended"] is None:
            is_usual = match["standard"] is not None
            return headed_line(match[0], is_usual=is_usual, tells_underload=True)
        return _with_tare(match)


def _text(reading: Reading) -> str:
    if reading.state is not None:
        header = shown_as(_STATE_LETTERS, reading.state, "state")
        return f"{header},GS,        ,kg"
    weight = shown_weight(reading)
    header = shown_as(_HEADERS, reading.stable, "stable")
    unit = shown_as(TWO_LETTERS, reading.unit, "unit")
    if reading.tare is None or reading.mode == "net":
        mode = shown_as(_MODE_LETTERS, reading.mode, "mode")
        return f"{header},{mode},{right_justified(weight, 8)},{unit}"
    tare = right_justified(reading.tare, 10)
    if reading.mode is None:
        return f"1{header},{right_justified(weight, 10)},  {tare},         0,{unit}"
    shown_as({"gross": ""}, reading.mode, "mode")
    return f"{header},1,{right_justified(weight, 10)}{unit},  {tare}{unit}"


def _with_tare(match: re.Match[bytes]) -> Line | BadFrame:
    """Read a string that shows a tare: AF or extended."""
    letter = "a" if match["af"] is not None else "e"
    word, *fields = match.group(letter, *(f"{letter}_{name}" for name in _FIELDS))
    if len(fields[0]) != len(fields[1]):
        return BadFrame("torn", match[0])
    if word in _STATES:
        return Line(no_weight(_STATES[word]), match[0])
    weight, tare, unit = number(fields[0]), number(fields[1]), unit_named(fields[2])
    if unit is None or weight is None or tare is None:
        return BadFrame("unit" if unit is None else "malformed", match[0])
    reading = Reading(
        weight=weight,
        unit=unit,
        stable=word == b"ST",
        mode="gross" if letter == "a" else None,
        overload=False,
        underload=False,
        tare=tare,
    )
    return Line(reading, match[0])
