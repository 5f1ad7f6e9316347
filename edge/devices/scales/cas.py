"""CAS 22-byte format (CI-100A, CI-150A, CI-400, CI-600D, NT-200), eight data bits, no parity.

Line: HH , KK ,  id  lamps ,  8 characters  blank  unit 2  CR LF

HH: ST stable, US in motion, OL overload. KK: GS gross, NT net. The id is 31h for device 01. Lamps
is a byte of bits with bit 7 set: it is not text, and says nothing that the letters do not say. The
eight characters are the number with its point, led by zeros or blanks. With relays, the blank is
a byte of their states. The same indicators can send the eight characters alone, with CR LF (10
bytes), and the format of `and-standard`. Source: CAS CI-600D manual p. 75, CI-400 p. 104.

Blind spots: nothing guards a digit that changes on the line; a line is not read while its relays
happen to look like a letter, a digit, a point or a parity bit.
"""

import re
from typing import Final

from edge.devices.framing import PatternCutter
from edge.devices.readings import BadFrame, Reading, State
from edge.devices.scales.codec import ScaleCodec
from edge.devices.scales.fields import LINE_END, TWO_LETTERS, number, right_justified, shown_as
from edge.devices.scales.headers import headed_reading, headers_for
from edge.devices.scales.numbers import shown_weight

LINE_BYTES_MAX: Final = 23

_LINE: Final = re.compile(
    rb"(ST|US|OL),(GS|NT),.(?P<lamps>.),([ +\-0-9.]{8})"
    rb"[^A-Za-z0-9.,]([ A-Za-z]{2})%b?"
    rb"|(?<![ -@])([ +\-0-9.]{8})\r\n" % LINE_END,
    re.DOTALL,
)
_STATES: Final[dict[State | None, str]] = {
    "overload": "OL,GS,1\x84,+        kg\r\n",
    "underload": "OL,GS,1\x84,-        kg\r\n",
    "out_of_range": "US,GS,1\x84,         kg\r\n",
}


class Cas22(ScaleCodec):
    """The line of 22 bytes, and the bare number of 10 bytes."""

    def __init__(self) -> None:
        super().__init__(PatternCutter(_LINE, LINE_BYTES_MAX, parse, binary="lamps"))

    def encode(self, reading: Reading) -> bytes:
        """Return the line, the bare number if nothing else is known; ValueError if it cannot."""
        if reading.state is not None:
            return shown_as(_STATES, reading.state, "state").encode("latin-1")
        text = right_justified(shown_weight(reading), 8)
        if reading.unit is None and reading.stable is None and reading.mode is None:
            return f"{text}\r\n".encode()
        header, mode = headers_for(reading)
        unit = shown_as(TWO_LETTERS, reading.unit, "unit")
        lamps = 0x80 | 0x40 * (header == "ST") | 0x04 * (mode == "GS")
        return f"{header},{mode},1{chr(lamps)},{text} {unit}\r\n".encode("latin-1")


def parse(match: re.Match[bytes]) -> Reading | BadFrame:
    """Read one line."""
    header, mode, _, digits, unit_name, bare = match.groups()
    if bare is None:
        return headed_reading(match, header, mode, digits, unit_name)
    weight = number(bare)
    return BadFrame("malformed", match[0]) if weight is None else Reading(weight=weight)
