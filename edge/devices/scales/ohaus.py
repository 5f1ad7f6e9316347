"""Ohaus Defender 3000, continuous output.

Line: sign  7 characters with the point  blank  unit 2  blank  4 characters of status  CR LF

Sign: minus or blank. Status, right-justified: G gross or N net, led by ? while the weight moves.
Source: logs of a Defender 3000 and of a platform scale with the same output, 18 bytes a line.

Blind spots: nothing guards a digit that changes on the line; a line has no start of its own.
"""

import re
from typing import Final

from edge.devices.framing import PatternCutter
from edge.devices.readings import BadFrame, Mode, Reading
from edge.devices.scales.codec import ScaleCodec
from edge.devices.scales.fields import (
    LINE_END,
    NOT_TORN,
    NOT_TORN_BYTES,
    TWO_LETTERS,
    number,
    shown_as,
    sign,
    unit_named,
)
from edge.devices.scales.numbers import shown_weight, with_point

LINE_BYTES_MAX: Final = 18

_LINE: Final = re.compile(
    rb"([+\-]|%b )([ 0-9.]{7}) ([A-Za-z ]{2})   ([ ?])([GNTgnt])%b?" % (NOT_TORN, LINE_END)
)
_MODES: Final[dict[bytes, Mode]] = {b"G": "gross", b"N": "net", b"T": "tare"}
_MODE_LETTERS: Final = {"gross": "G", "net": "N", "tare": "T"}
_MARKS: Final = {True: " ", False: "?"}


class Ohaus(ScaleCodec):
    """The line of the Defender 3000."""

    def __init__(self) -> None:
        super().__init__(PatternCutter(_LINE, LINE_BYTES_MAX + NOT_TORN_BYTES, parse))

    def encode(self, reading: Reading) -> bytes:
        """Return the line; ValueError if a fact is missing or seven characters do not do."""
        weight = shown_weight(reading)
        digits = sign(weight) + with_point(weight, 7)
        unit = shown_as(TWO_LETTERS, reading.unit, "unit")
        mark = shown_as(_MARKS, reading.stable, "stable")
        mode = shown_as(_MODE_LETTERS, reading.mode, "mode")
        return f"{digits} {unit}   {mark}{mode}\r\n".encode()


def parse(match: re.Match[bytes]) -> Reading | BadFrame:
    """Read one line."""
    minus, digits, unit_name, mark, mode = match.groups()
    unit, weight = unit_named(unit_name), number(minus + digits)
    if unit is None or weight is None:
        return BadFrame("unit" if unit is None else "malformed", match[0])
    return Reading(weight=weight, unit=unit, stable=mark == b" ", mode=_MODES[mode.upper()])
