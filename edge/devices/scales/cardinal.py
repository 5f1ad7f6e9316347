"""Cardinal 738 and SB-200 scoreboard output, and the answer of 190, 205, 210 to ENQ.

SB-200: CR  sign  7 characters with the point  status  unit 2  mode  ETX               (14 bytes)
738:    CR  sign  7 characters with the point  status  blank  unit 2  blank  mode  2 blanks  ETX
ENQ:    sign  7 characters  unit 2  mode  condition 2  CR                              (13 bytes)

Sign: minus, blank or plus. Status: m motion, o (or c) overload, e not displayed, blank none. Mode:
G or N. Condition: MO motion, OC overload, EE not displayed, CZ centre of zero; blank may also mean
that conditions are switched off, so it says nothing. `request=ENQ` asks. SB500 and SMA are
protocols of their own. Source: Cardinal 200 manual p. 27 and p. 43, 190 manual p. 35, Fairbanks
FB6002 p. 78 (738), Brecknell RD65 p. 8 (205).

Blind spots: nothing guards a digit that changes on the line; the answer to ENQ has no start of its
own. Where the setup leaves the point out, the number has six characters: that is not read, because
it looks like a longer one that lost a byte.
"""

import re
from typing import Final, Literal

from edge.devices.framing import PatternCutter
from edge.devices.readings import BadFrame, Mode, Reading, State, no_weight
from edge.devices.scales.codec import ScaleCodec
from edge.devices.scales.fields import (
    NOT_TORN,
    NOT_TORN_BYTES,
    TWO_LETTERS,
    number,
    shown_as,
    sign,
    unit_named,
)
from edge.devices.scales.numbers import shown_weight, with_point

FRAME_BYTES_MAX: Final = 18
ENQ: Final = b"\x05"

_FRAME: Final = re.compile(
    rb"\r([ +\-][ 0-9.]{7})([ moce])"
    rb"(?:([A-Za-z/ ]{2})([GN])| ([A-Za-z/ ]{2}) ([GN])  )\x03"
    rb"|((?:[+\-]|%b )[ 0-9.]{7})([A-Za-z/ ]{2})([GN])(  |MO|OC|EE|CZ|BZ)\r" % NOT_TORN,
    re.IGNORECASE,
)
_MODES: Final[dict[bytes, Mode]] = {b"G": "gross", b"N": "net"}
_STATES: Final[dict[bytes, State]] = {
    b"O": "overload",
    b"C": "overload",
    b"E": "error",
    b"OC": "overload",
    b"EE": "error",
}
_MODE_LETTERS: Final = {"gross": "G", "net": "N"}
_STATE_LETTERS: Final[dict[State | None, str]] = {"overload": "o", "error": "e"}
_STABLE: Final = {b" ": True, b"M": False, b"MO": False}
_STATUS: Final = {True: " ", False: "m"}


class Cardinal(ScaleCodec):
    """Scoreboard output and answers to ENQ."""

    def __init__(self, *, request: Literal["none", "ENQ"] = "none") -> None:
        super().__init__(PatternCutter(_FRAME, FRAME_BYTES_MAX + NOT_TORN_BYTES, parse))
        self.request = b"" if request == "none" else ENQ

    def encode(self, reading: Reading) -> bytes:
        """Return the SB-200 frame, or the answer to ENQ if nothing is known of motion.

        ValueError if mode or unit is missing or seven characters do not do.
        """
        if reading.state is not None:
            return f"\r {'':7}{shown_as(_STATE_LETTERS, reading.state, 'state')}lbG\x03".encode()
        weight = shown_weight(reading)
        digits = sign(weight) + with_point(weight, 7)
        unit = shown_as(TWO_LETTERS, reading.unit, "unit")
        mode = shown_as(_MODE_LETTERS, reading.mode, "mode")
        if reading.stable is None:
            return f"{digits}{unit}{mode}  \r".encode()
        return f"\r{digits}{_STATUS[reading.stable]}{unit}{mode}\x03".encode()


def parse(match: re.Match[bytes]) -> Reading | BadFrame:
    """Read one frame."""
    digits, status, near_unit, near_mode, unit, mode, *answer = match.groups()
    if digits is None:
        digits, unit, mode, status = answer
    status = status.upper()
    if status in _STATES:
        return no_weight(_STATES[status])
    weight, known = number(digits), unit_named(near_unit or unit)
    if weight is None or known is None:
        return BadFrame("malformed" if weight is None else "unit", match[0])
    return Reading(
        weight=weight,
        unit=known,
        stable=_STABLE.get(status),
        mode=_MODES[(near_mode or mode).upper()],
        overload=False if status in _STABLE else None,
    )
