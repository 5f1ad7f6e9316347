"""Cardinal 738 and SB-200 scoreboard output, and the answer of 190, 205, 210 to ENQ.

SB-200: CR  sign  7 characters with the point  status  unit 2  mode  ETX               (14 bytes)
738:    CR  sign  7 characters with the point  status  blank  unit 2  blank  mode  2 blanks  ETX
        both with 6 characters where the point stands among them: `12.340`
ENQ:    sign  7 characters  unit 2  mode  condition 2  CR                              (13 bytes)
185:    the same with a blank before unit, mode, condition and CR                      (17 bytes)

Sign: minus, blank or plus. Status: m motion, o (or c) overload, e not displayed, blank none. Mode:
G or N. Condition: MO motion, OC overload, EE not displayed, CZ centre of zero; blank may also mean
that conditions are switched off, so it says nothing. `request=ENQ` asks. SB500 and SMA are
protocols of their own. Source: Cardinal 200 manual p. 27 and p. 43, 190 manual p. 35, 185 manual
p. 25, Fairbanks FB6002 p. 78 (738), Brecknell RD65 p. 8 (205), Rice Lake 480 p. 57 (6 characters).

Blind spots: nothing guards a digit that changes on the line; the answer to ENQ has no start of its
own. Where the setup leaves the point out, the number of an answer has six characters and looks like
a longer one that lost a byte: it is believed when it comes twice in a row. So is a frame of the
scoreboard output whose number has six characters.
"""

import re
from typing import Final, Literal

from edge.devices.framing import OneForm, PatternCutter
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
SIGNED: Final = 8
"""Sign and digits of the usual number."""

_FRAME: Final = re.compile(
    rb"\r([ +\-](?:[ 0-9.\-]{7}|(?=[ 0-9]*[0-9]\.[0-9]+[ moce])[ 0-9.]{6}))([ moce])"
    rb"(?:([A-Za-z/ ]{2})([GN])| ([A-Za-z/ ]{2}) ([GN])  )\x03"
    rb"|((?:[+\-]|%b )(?:[ 0-9.]{6,7}|[ \-]{6,7}))(?P<gap> ?)([A-Za-z/ ]{2})(?P=gap)([GN])(?P=gap)"
    rb"(  |MO|OC|EE|CZ|BZ)(?P=gap)\r" % NOT_TORN,
    re.IGNORECASE,
)
_NEAR: Final = rb"\r[ +\-][ -~]{8,16}\x03"
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

    tail = b"\r"

    def __init__(self, *, request: Literal["none", "ENQ"] = "none") -> None:
        self._streamed, self._answered = OneForm(), OneForm()
        self._streamed.believes(SIGNED)
        self._answered.believes(SIGNED)
        super().__init__(
            PatternCutter(_FRAME, FRAME_BYTES_MAX + NOT_TORN_BYTES, self._parse, near=_NEAR)
        )
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

    def _parse(self, match: re.Match[bytes]) -> Reading | BadFrame:
        digits, status, near_unit, near_mode, unit, mode, *answer = match.groups()
        form = self._streamed
        if digits is None:
            form = self._answered
            digits, _, unit, mode, status = answer
        if not form.believes(len(digits)):
            return BadFrame("not as long as the last", match[0])
        return _read(match[0], digits, near_unit or unit, near_mode or mode, status.upper())


def _read(
    frame: bytes, digits: bytes, unit_name: bytes, mode: bytes, status: bytes
) -> Reading | BadFrame:
    if status in _STATES:
        return no_weight(_STATES[status])
    weight, unit = number(digits), unit_named(unit_name)
    if weight is None or unit is None:
        return BadFrame("malformed" if weight is None else "unit", frame)
    return Reading(
        weight=weight,
        unit=unit,
        stable=_STABLE.get(status),
        mode=_MODES[mode.upper()],
        overload=False if status in _STABLE else None,
    )
