"""Fairbanks short form (FBPUTR without tare) and CONCON, as sent by the 2800 and read by RD65.

Short:  STX  4  y  [blank]  6 characters  ETX        (10 bytes, 11 with the blank)
CONCON: STX  6 characters  unit letter  error  CR    (10 bytes)

y: 0 gross lb, 1 net lb, 2 tare lb, 3 gross kg, 4 net kg, 5 tare kg. The short form sends dashes for
overload and is silent below zero. CONCON: unit L K G T (O, ounces, is refused), error M motion, O
under or over, blank none; then the digits are blanks. Leading zeros are suppressed.
Source: Fairbanks 2800 manual p. 66; Brecknell RD65 manual p. 8 (the blank; tare).

Blind spots: nothing guards a digit that changes on the line. A lost digit can leave a frame of the
other length: one that comes between others is not believed. An indicator set to ounces, tons or
gallons sends the same y.
"""

import re
from typing import Final

from edge.devices.framing import OneForm, PatternCutter
from edge.devices.readings import BadFrame, Mode, Reading, Unit, no_weight
from edge.devices.scales.codec import ScaleCodec
from edge.devices.scales.fields import (
    ONE_LETTER,
    UNIT_LETTERS,
    number,
    right_justified,
    shown_as,
    weighed,
)
from edge.devices.scales.numbers import shown_weight

FRAME_BYTES_MAX: Final = 11

_FRAME: Final = re.compile(
    rb"\x02(?:4([0-5])([ \-]?[ 0-9.\-]{6})\x03|([ 0-9.\-]{6})([LKGTOlkgto])([ MO])\r)"
)
_NEAR: Final = rb"\x02[ -~]{4,9}[\x03\r]"
_KINDS: Final[dict[bytes, tuple[Mode, Unit]]] = {
    b"0": ("gross", "lb"),
    b"1": ("net", "lb"),
    b"2": ("tare", "lb"),
    b"3": ("gross", "kg"),
    b"4": ("net", "kg"),
    b"5": ("tare", "kg"),
}
_LETTERS: Final = {kind: letter.decode() for letter, kind in _KINDS.items()}
_MOTION: Final = {True: " ", False: "M"}


class FairbanksShort(ScaleCodec):
    """The short form, and CONCON where motion is known."""

    tail = b"\r"

    def __init__(self) -> None:
        self._form = OneForm()
        super().__init__(PatternCutter(_FRAME, FRAME_BYTES_MAX, self._parse, near=_NEAR))

    def encode(self, reading: Reading) -> bytes:
        """Return the short form, or CONCON where it is known whether the weight is stable.

        ValueError if the frame has no place for a fact or six characters do not do.
        """
        if reading.state == "overload":
            return b"\x0240------\x03"
        if reading.state == "out_of_range":
            return b"\x02      LO\r"
        text = right_justified(shown_weight(reading), 6)
        if reading.stable is not None:
            shown_as({None: ""}, reading.mode, "mode")
            unit = shown_as(ONE_LETTER, reading.unit, "unit")
            return f"\x02{text}{unit}{_MOTION[reading.stable]}\r".encode()
        kind = shown_as(_LETTERS, (reading.mode, reading.unit), "mode and unit")
        return f"\x024{kind}{text}\x03".encode()

    def _parse(self, match: re.Match[bytes]) -> Reading | BadFrame:
        kind, digits, *concon = match.groups()
        if kind is None:
            return _concon(match[0], *concon)
        if not self._form.believes(len(digits)):
            return BadFrame("not as long as the last", match[0])
        return _short(match[0], kind, digits)


def _short(frame: bytes, kind: bytes, digits: bytes) -> Reading | BadFrame:
    weight = number(digits)
    if weight is None:
        dashes = b"--" in digits and not digits.strip(b" -")
        return no_weight("overload") if dashes else BadFrame("malformed", frame)
    mode, unit = _KINDS[kind]
    return Reading(weight=weight, unit=unit, mode=mode, overload=False)


def _concon(frame: bytes, digits: bytes, letter: bytes, error: bytes) -> Reading | BadFrame:
    if error == b"O":
        return no_weight("out_of_range")
    return weighed(
        frame,
        UNIT_LETTERS.get(letter.upper()),
        number(digits),
        stable=error == b" ",
        overload=False,
        underload=False,
    )
