"""A&D standard format (AD-4329, AD-440x, AD-4325 and many who copied it), usually 2400 7E1.

Line: HH , KK ,  sign  7 characters with a point  unit of 2 or 3 characters  CR LF

HH: ST stable, US in motion, ZR zero, HD held, OL (LO on AD-4402) out of range. KK: GS or G gross,
NT or N net, TR or T tare, PT preset tare. The point may be a comma. Lines of another width and
other lines of this family are read too, as `headers` says. Out of range, the digits become blanks
(format 1) or nines (format 2), and the sign says at which end; OL without a sign is too much. An
answer to a command with an address carries it in front: `@01ST,...`. `request` asks with RW
(displayed), RG, RN or RT; `address` 1 to 99 asks one of several indicators (with RW unless
`request` says otherwise) and hears no other.
Source: A&D AD-4406 manual p. 45, AD-4402 p. 80, AD-4329A p. 43.

Blind spots: nothing guards a digit that changes on the line; of ` kg` as a unit of three
characters, a lost k leaves the ` g` of another.
"""

import re
from typing import Annotated, Final, Literal

from pydantic import Field

from edge.devices.readings import BadFrame, Reading, State
from edge.devices.scales.fields import LINE_END, TWO_LETTERS, shown_as, sign
from edge.devices.scales.headers import ANY_LINE, LINE_BYTES_MAX, NO_WORD_BEFORE, headed_line
from edge.devices.scales.numbers import shown_weight, with_point
from edge.devices.scales.steady_lines import Line, SteadyCodec, SteadyLines

_LINE: Final = re.compile(
    rb"(?:@(?P<address>[0-9]{2}),?)?(?:"
    rb"(?P<usual>%b(?:ST|US|HD|ZR|OL|LO|UL),(?:GS|NT|TR|PT|[GNTP]) ?,[ +-]"
    rb"(?:[ 0-9.,]{6}[0-9.,]|[ .,]{7})"
    rb"[ A-Za-z%%]{2,3}%b)|%b)" % (NO_WORD_BEFORE, LINE_END, ANY_LINE)
)
_HEADERS: Final = {True: "ST", False: "US", None: "HD"}
_MODE_LETTERS: Final = {"gross": "GS", "net": "NT", "tare": "TR"}
_STATES: Final[dict[State | None, str]] = {
    "overload": "OL,GS,+       kg\r\n",
    "underload": "OL,GS,-       kg\r\n",
    "out_of_range": "US,GS,        kg\r\n",
}


class AndStandard(SteadyCodec):
    """The line of 18 or 19 bytes."""

    tail = b"\r\n"

    def __init__(
        self,
        *,
        request: Literal["none", "RW", "RG", "RN", "RT"] = "none",
        address: Annotated[int, Field(ge=1, le=99)] | None = None,
    ) -> None:
        super().__init__(SteadyLines(_LINE, LINE_BYTES_MAX, self._parse))
        self._address = None if address is None else b"%02d" % address
        command = "RW" if request == "none" and address is not None else request
        prefix = b"@" + self._address if self._address else b""
        self.request = b"" if command == "none" else prefix + command.encode() + b"\r\n"

    def encode(self, reading: Reading) -> bytes:
        """Return the line; ValueError if a fact is missing or does not fit."""
        prefix = "" if self._address is None else f"@{self._address.decode()}"
        if reading.state is not None:
            return (prefix + shown_as(_STATES, reading.state, "state")).encode()
        weight = shown_weight(reading)
        digits = sign(weight, "+") + with_point(weight, 7, "0")
        header = _HEADERS[reading.stable]
        mode = shown_as(_MODE_LETTERS, reading.mode, "mode")
        unit = shown_as(TWO_LETTERS, reading.unit, "unit")
        return f"{prefix}{header},{mode},{digits}{unit}\r\n".encode()

    def _parse(self, match: re.Match[bytes]) -> Line | BadFrame:
        if match["address"] != self._address and self._address is not None:
            return BadFrame("address", match[0])
        return headed_line(match[0], is_usual=match["usual"] is not None, tells_underload=True)
