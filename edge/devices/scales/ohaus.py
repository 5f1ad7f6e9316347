"""Ohaus Defender 3000, continuous output.

Line: sign  [blank]  7 characters with the point  blank  unit 5  ? or blank  mode  CR LF

Sign: minus or blank. The unit is left-justified; ? means motion. Mode: G gross, N or NET
net, T tare. Source: logs of a Defender 3000 and of a platform scale with the same output, 18 bytes
a line; Defender 3000 indicator manual p. 35 for 21 bytes, with a blank behind the sign and a mode
of three characters.

Blind spots: nothing guards a digit that changes on the line; a line has no start of its own. The
longer line looks like a shorter one behind the sign of a torn one, and is believed when it comes
twice in a row.
"""

import re
from typing import Final

from edge.devices.framing import OneForm, PatternCutter, lines_without
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
    weighed,
)
from edge.devices.scales.numbers import shown_weight, with_point

LINE_BYTES_MAX: Final = 19
LOGGED: Final = b""
"""What is between sign and digits in the shorter line."""

_LINE: Final = re.compile(
    rb"([+\-]|%b )( ?)([ 0-9.]{7}) ([A-Za-z ]{2})   ([ ?])([GNTgnt])%b?" % (NOT_TORN, LINE_END)
)
_NEAR: Final = lines_without(_LINE, LINE_BYTES_MAX)
_MODES: Final[dict[bytes, Mode]] = {b"G": "gross", b"N": "net", b"T": "tare"}
_MODE_LETTERS: Final = {"gross": "G", "net": "N", "tare": "T"}
_MARKS: Final = {True: " ", False: "?"}


class Ohaus(ScaleCodec):
    """The line of the Defender 3000."""

    def __init__(self) -> None:
        self._form = OneForm()
        self._form.believes(LOGGED)
        super().__init__(
            PatternCutter(_LINE, LINE_BYTES_MAX + NOT_TORN_BYTES, self._parse, near=_NEAR)
        )

    def encode(self, reading: Reading) -> bytes:
        """Return the line; ValueError if a fact is missing or seven characters do not do."""
        weight = shown_weight(reading)
        digits = sign(weight) + with_point(weight, 7)
        unit = shown_as(TWO_LETTERS, reading.unit, "unit")
        mark = shown_as(_MARKS, reading.stable, "stable")
        mode = shown_as(_MODE_LETTERS, reading.mode, "mode")
        return f"{digits} {unit}   {mark}{mode}\r\n".encode()

    def _parse(self, match: re.Match[bytes]) -> Reading | BadFrame:
        minus, blank, digits, unit_name, mark, mode = match.groups()
        if not self._form.believes(blank):
            return BadFrame("not as long as the last", match[0])
        return weighed(
            match[0],
            unit_named(unit_name),
            number(minus + digits),
            stable=mark == b" ",
            mode=_MODES[mode.upper()],
        )
