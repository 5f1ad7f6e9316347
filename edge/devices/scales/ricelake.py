"""Rice Lake 682, 920i, 880, 120 Plus stream, and OB-350 scoreboard format 3.

Stream: STX  sign  7 characters with a point  unit  G or N  status  CR LF (or CR)

Sign: blank or minus. Unit: L K T G, blank for none; O (ounces) is refused. Status: blank valid, Z
centre of zero, M motion, H held, O out of range, I invalid; the last two may show anything for a
number. Cardinal calls it IQ355. 920i and 880 streams can be set up freely: `generic` reads those.
Source: Rice Lake 920i installation manual, stream formats; Cardinal 225 manual p. 119.

OB-350: STX  N  sign  7 characters  blank and unit  ETX                  (14 bytes)

The OB-350 says neither motion nor overload. Source: OB-350 operator's manual p. 16.

Blind spots: nothing guards a digit that changes on the line; T is taken for tonnes.
"""

import re
from typing import Final

from edge.devices.framing import ETX, STX, FrameCutter, PatternCutter, fixed
from edge.devices.readings import BadFrame, Mode, Reading, State, no_weight
from edge.devices.scales.codec import ScaleCodec
from edge.devices.scales.fields import (
    LINE_END,
    ONE_LETTER,
    TWO_LETTERS,
    UNIT_LETTERS,
    beyond_range,
    no_number,
    number,
    shown_as,
    sign,
    unit_named,
    weighed,
)
from edge.devices.scales.numbers import shown_weight, with_point

NEAR_BYTES_MAX: Final = 26
"""Of what looks like a frame and is none; a frame has 14."""
OB350_BYTES: Final = 14

_STREAM: Final = re.compile(
    rb"\x02([ +\-])([ -~]{7})([LKTGO ])([GN])([ ZMHOI])%b?" % LINE_END, re.IGNORECASE
)
_NEAR: Final = rb"\x02[ -~]{6,24}[\r\n]"
_OB350: Final = re.compile(rb"\x02([NGng])([ +\-][ 0-9.\-]{7}) ([A-Za-z ]{2})\x03")
_STABLE: Final = {b" ": True, b"Z": True, b"M": False, b"H": None}
_MODES: Final[dict[bytes, Mode]] = {b"G": "gross", b"N": "net"}
_MOTION: Final = {True: " ", False: "M", None: "H"}
_MODE_LETTERS: Final = {"gross": "G", "net": "N"}
_STATES: Final[dict[State | None, str]] = {
    "overload": "\x02        KGO\r\n",
    "underload": "\x02-       KGO\r\n",
    "error": "\x02        KGI\r\n",
}


class RiceLakeStream(ScaleCodec):
    """The stream of most Rice Lake indicators."""

    def __init__(self) -> None:
        super().__init__(PatternCutter(_STREAM, NEAR_BYTES_MAX, parse_stream, near=_NEAR))

    def encode(self, reading: Reading) -> bytes:
        """Return the frame; ValueError if the mode is missing or seven characters do not do."""
        if reading.state is not None:
            return shown_as(_STATES, reading.state, "state").encode()
        weight = shown_weight(reading)
        digits = sign(weight) + with_point(weight, 7)
        unit = shown_as({**ONE_LETTER, None: " "}, reading.unit, "unit")
        mode = shown_as(_MODE_LETTERS, reading.mode, "mode")
        return f"\x02{digits}{unit}{mode}{_MOTION[reading.stable]}\r\n".encode()


class RiceLakeOb350(ScaleCodec):
    """Scoreboard format 3 of the OB-350."""

    def __init__(self) -> None:
        super().__init__(FrameCutter(STX, fixed(OB350_BYTES), parse_ob350, text=True))

    def encode(self, reading: Reading) -> bytes:
        """Return the frame; ValueError if mode or unit is missing or the weight does not fit."""
        if reading.state == "error":
            return b"\x02N -------" + b" kg" + ETX
        weight = shown_weight(reading)
        digits = sign(weight) + with_point(weight, 7)
        mode = shown_as(_MODE_LETTERS, reading.mode, "mode")
        unit = shown_as(TWO_LETTERS, reading.unit, "unit")
        return f"\x02{mode}{digits} {unit}\x03".encode()


def parse_stream(match: re.Match[bytes]) -> Reading | BadFrame:
    """Read one frame of the stream."""
    minus, digits, letter, mode, status = match.groups()
    status = status.upper()
    if status == b"I":
        return no_weight("error")
    if status == b"O":
        return beyond_range(minus, "overload")
    unit = UNIT_LETTERS.get(letter.upper())
    weight = number(minus + digits, unit)
    if weight is None or (unit is None and letter != b" "):
        return BadFrame(no_number(digits, unit) if weight is None else "unit", match[0])
    return Reading(
        weight=weight,
        unit=unit,
        stable=_STABLE[status],
        mode=_MODES[mode.upper()],
        overload=False,
        underload=False,
    )


def parse_ob350(frame: bytes) -> Reading | BadFrame:
    """Read one frame of the OB-350."""
    match = _OB350.fullmatch(frame)
    if match is None:
        return BadFrame("malformed", frame)
    mode, digits, unit_name = match.groups()
    if not digits.strip(b" -"):
        return no_weight("error")
    return weighed(frame, unit_named(unit_name), number(digits), mode=_MODES[mode.upper()])
