"""CAS 22-byte format (CI-100A, CI-150A, CI-400, CI-600D, NT-200), eight data bits, no parity.

Line: HH , KK ,  id  lamps ,  8 characters  blank  unit 2  CR LF

HH: ST stable, US in motion, OL overload. KK: GS gross, NT net. The id is 31h for device 01. Lamps
is a byte of bits with bit 7 set: it is not text, and says nothing that the letters do not say. The
eight characters are the number with its point, led by zeros or blanks. With relays, the blank is
a byte of their states. Some programs expect blanks in place of id and lamps, or a minus among them.
The same indicators can send the eight characters alone, with CR LF (10 bytes), and the format of
`and-standard`. Numbers of other widths and OL and UL of any length are read as `headers` says;
other lines that begin like one are bad frames. Source: CAS CI-600D manual p. 75, CI-400 p. 104; a
program for the CI-201A of a yard (the minus).

Blind spots: nothing guards a digit that changes on the line; a line is not read while its relays
happen to look like a letter, a digit, a point or a parity bit.
"""

import re
from typing import Final

from edge.devices.framing import UNKNOWN_FORM
from edge.devices.readings import BadFrame, Reading, State
from edge.devices.scales.fields import LINE_END, TWO_LETTERS, number, right_justified, shown_as
from edge.devices.scales.headers import (
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
    rb"(?P<head>%b(?:ST|US|ZR|OL|UL),(?:GS|NT)),(?P<id>.)(?P<lamps>.),(?:"
    rb"(?P<usual>%b)[^A-Za-z0-9.,](?P<unit>%b|[A-Za-z] )%b"
    rb"|(?P<rest>(?![ +\-0-9.]{8}[+\-0-9.][ A-Za-z]{2}%b)[ +\-0-9.]{0,24} [A-Za-z]{1,3} *)%b)"
    rb"|(?<![ -@])(?P<bare>[ +\-0-9.]{8})\r\n"
    rb"|(?<![^\r\n])(?P<beyond> {0,20}[+\-]? {0,20}(?:OL|UL)(?:,(?:GS|NT),(?:..,)?)?"
    rb"(?:[ +\-][ +\-0-9.]{0,32})?[A-Za-z]{0,3} {0,4})%b"
    rb"|(?P<other>(?:[A-Za-z]{1,8}(?:, ?| )|[A-Z]{1,8})?(?:ST|US|ZR|OL|UL),"
    rb"[^\r\n]{8,44}[A-Za-z] {0,4})[\r\n]"
    % (NO_WORD_BEFORE, EIGHT, UNIT_OF_TWO, LINE_END, LINE_END, LINE_END, LINE_END),
    re.DOTALL,
)
_MINUS: Final = (b" -", b"- ")
_LAMPS: Final = re.compile(rb",..,(?=[ +\-])", re.DOTALL)
_STATES: Final[dict[State | None, str]] = {
    "overload": "OL,GS,1\x84,+        kg\r\n",
    "underload": "OL,GS,1\x84,-        kg\r\n",
    "out_of_range": "US,GS,1\x84,         kg\r\n",
}


class Cas22(SteadyCodec):
    """The line of 22 bytes, and the bare number of 10 bytes."""

    def __init__(self) -> None:
        super().__init__(SteadyLines(_LINE, LINE_BYTES_MAX, _parse, binary="lamps"))

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


def _parse(match: re.Match[bytes]) -> Line | BadFrame:
    if match["other"] is not None:
        return BadFrame(UNKNOWN_FORM, match[0])
    if match["bare"] is not None:
        weight = number(match["bare"])
        bad = BadFrame("malformed", match[0])
        return bad if weight is None else Line(Reading(weight=weight), match[0])
    if match["beyond"] is not None:
        text = _LAMPS.sub(b",", match["beyond"])
        return headed_line(match[0], is_usual=False, tells_underload=False, text=text)
    is_usual = match["usual"] is not None
    rest = b"%b %b" % match.group("usual", "unit") if is_usual else match["rest"]
    if match["id"] + match["lamps"] in _MINUS:
        rest = b"-" + rest.replace(b"-", b" ")
    text = b"%b,%b" % (match["head"], rest)
    return headed_line(match[0], is_usual=is_usual, tells_underload=False, text=text)
