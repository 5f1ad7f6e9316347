"""Mettler Toledo standard command set (MT-SICS), ASCII, usually 9600 8N1.

Line: S  blank  S stable or D dynamic  blank  10 characters  blank  unit  CR LF
Some fill the unit with blanks to five characters.

`S I` means busy, `S +` overload, `S -` underload, `ES` `ET` `EL` an error. The weight is net. An
indicator that was told `SIR` repeats by itself; `request` asks again and again with `S`, `SI` or
`SIR`. Source: MT-SICS reference manual, level 0 and 1.

Blind spot: nothing guards a digit that changes on the line.
"""

import re
from typing import Final, Literal

from edge.devices.framing import PatternCutter, lines_without
from edge.devices.readings import BadFrame, Reading, State, no_weight
from edge.devices.scales.codec import ScaleCodec
from edge.devices.scales.fields import (
    LINE_END,
    number,
    right_justified,
    shown_as,
    unit_named,
    weighed,
)
from edge.devices.scales.numbers import shown_weight

LINE_BYTES_MAX: Final = 28

_LINE: Final = re.compile(
    rb"(?:S ([SD]) ([ +\-0-9.]{10}) ([A-Za-z%%]{1,5}) {0,4}|S ([I+-])|E([STL]))%b" % LINE_END
)
_NEAR: Final = lines_without(_LINE, LINE_BYTES_MAX)
_STABLE: Final = {True: "S", False: "D"}
_STATES: Final[dict[bytes, State]] = {b"I": "not_executable", b"+": "overload", b"-": "underload"}
_ANSWERS: Final[dict[State | None, str]] = {
    "not_executable": "S I\r\n",
    "overload": "S +\r\n",
    "underload": "S -\r\n",
    "error": "ES\r\n",
}


class MtSics(ScaleCodec):
    """Answers to the weight commands."""

    tail = b"\r\n"

    def __init__(self, *, request: Literal["none", "S", "SI", "SIR"] = "none") -> None:
        super().__init__(PatternCutter(_LINE, LINE_BYTES_MAX, parse, near=_NEAR))
        self.request = b"" if request == "none" else request.encode() + b"\r\n"

    def encode(self, reading: Reading) -> bytes:
        """Return the answer; ValueError for a weight that is not net or a missing fact."""
        if reading.state is not None:
            return shown_as(_ANSWERS, reading.state, "state").encode()
        text = right_justified(shown_weight(reading), 10)
        stable = shown_as(_STABLE, reading.stable, "stable")
        shown_as({"net": ""}, reading.mode, "mode")
        unit = shown_as(dict.fromkeys(("kg", "t", "g", "lb"), ""), reading.unit, "unit")
        return f"S {stable} {text} {reading.unit}{unit}\r\n".encode()


def parse(match: re.Match[bytes]) -> Reading | BadFrame:
    """Read one answer."""
    stable, digits, unit_name, answer, _ = match.groups()
    if stable is None:
        return no_weight(_STATES.get(answer, "error"))
    return weighed(
        match[0],
        unit_named(unit_name),
        number(digits),
        stable=stable == b"S",
        mode="net",
        overload=False,
        underload=False,
    )
