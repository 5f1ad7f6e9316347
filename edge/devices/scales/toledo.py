"""Mettler Toledo continuous output (8142, Wildcat, Jaguar, IND) and its many clones, often 7E1.

Frame: STX  SWA SWB SWC  weight (6)  tare (6)  CR  [checksum]        17 or 18 bytes
       STX  SWA SWB SWC  weight (6)            CR  [checksum]        11 or 12 bytes

The fields have no point and no sign; zeros or blanks lead them. `toledo_words` says what the three
status words mean. The checksum makes the low seven bits of the sum of all bytes zero. Whether there
is one is seen: without it CR is followed by STX and a status word, or by nothing. A frame without
is therefore read when the next begins; say `checksum=no` where it must be read at once. Some send
LF behind CR, which could be a wrong checksum: such frames are read from the second in a row on, or
all with `checksum=no`. Sources: Wildcat manual p. 6-4, IND445 p. 50, Rockwell 57C428 appendix D,
KERN FTC p. 42, Liden LUW2001, Flintec FT-13 p. 45, BWS platform scales p. 22 (LF).

`expanded` and `not_zeroed` say whether a weight is read while an indicator shows ten times the
resolution, or has not been zeroed since power-up. Both are read unless refused: many makers hold
the second bit at 1. `motion=inverted` reads clones that turn the motion bit round: a weight that
moves would count as stable without it. Clones are known by bit 6 of SWA; they hold the bits of the
unit, which is then not known, and of expansion, which is then not looked at.

Blind spots: a frame without checksum is defended by its length alone. The first of such frames can
have lost just its six characters of tare; a later one that changes its length is not believed.
A clone's eight-bit checksum can pass for rubbish where damage clears bit 6 of SWA. Where the
checksum happens to be 0Ah, the second of two damaged frames in a row passes for one with LF.
"""

import re
from typing import Final, Literal

from edge.devices.checksums import sum_complement
from edge.devices.framing import STX, Counts, OneForm, ParityWatch
from edge.devices.parity import SEVEN_BITS, parity_setting
from edge.devices.readings import BadFrame, Reading, WrongLine, no_weight
from edge.devices.scales.codec import Check, ScaleCodec
from edge.devices.scales.toledo_words import (
    ALWAYS,
    EXPANDED,
    MOTION,
    NOT_ZEROED,
    OUT_OF_RANGE,
    DummyZero,
    Motion,
    field_weight,
    fields_for,
    state_reading,
    unit_of,
    weight_reading,
    words_for,
)

Checksum = Literal["auto", "yes", "no"]
Unsure = Literal["read", "refuse"]

FRAME_BYTES_MAX: Final = 18
CLONE: Final = 0x40
"""Set in SWA by makers (Flintec, Liden) who hold the bits of the unit and of expansion, and whose
checksums may have eight bits."""

_Seen = Literal["right", "wrong", "none", "line end"]
"""The checksum of a frame, or the byte in its place."""

_SEVEN: Final = 0x7F
_STX: Final = STX[0]
_LF: Final = 0x0A
_STX_OR_LF: Final = (_STX, _LF)
_BLANK: Final = 0x20
_FRAME: Final = re.compile(rb"\x02([ -\x7f]{3})([ -~]{6})([ -~]{6})?\r")


class ToledoContinuous(ScaleCodec):
    """All four lengths."""

    check: Check = "sum7"
    tail = STX + b" "

    def __init__(
        self,
        *,
        dummy_zero: DummyZero = "included",
        checksum: Checksum = "auto",
        expanded: Unsure = "read",
        not_zeroed: Unsure = "read",
        motion: Motion = "normal",
    ) -> None:
        self._turned = MOTION if motion == "inverted" else 0
        self._dummy_zero: DummyZero = dummy_zero
        self._has_checksum = checksum != "no"
        self._refused_b = NOT_ZEROED if not_zeroed == "refuse" else 0
        self._refused_c = EXPANDED if expanded == "refuse" else 0
        if checksum == "no":
            self.check = "none"
        super().__init__(_Cutter(self, checksum))

    def encode(self, reading: Reading) -> bytes:
        """Return the frame, short without a tare; ValueError for what has no place in it."""
        swb, unit = words_for(reading)
        swb ^= self._turned
        code, weight, tare = 2, "      ", ""
        if reading.weight is not None:
            code, weight, tare = fields_for(reading.weight, reading.tare, self._dummy_zero)
        words = bytes([ALWAYS | 0x08 | code, swb, ALWAYS | unit])
        frame = STX + words + f"{weight}{'' if reading.tare is None else tare}\r".encode()
        return frame + bytes([sum_complement(frame, _SEVEN)]) * self._has_checksum

    def parse(self, match: re.Match[bytes]) -> Reading | BadFrame:
        """Read the frame before its checksum."""
        (swa, swb, swc), weight_field, tare_field = match.groups()
        swb ^= self._turned
        unit = None if swa & CLONE else unit_of(swb, swc)
        if unit is None and not swa & CLONE:
            return BadFrame("unit", match[0])
        if swb & OUT_OF_RANGE:
            return state_reading(swb, unit)
        if swb & self._refused_b or (swc & self._refused_c and not swa & CLONE):
            return no_weight("error", unit=unit)
        weight = field_weight(weight_field, swa, self._dummy_zero)
        tare = field_weight(tare_field or b"", swa, self._dummy_zero)
        if weight is None or (tare is None and (tare_field or b"").strip()):
            return BadFrame("malformed", match[0])
        return weight_reading(swb, weight, tare, unit)


class _Cutter:
    """Finds the frames, and sees whether a checksum follows."""

    def __init__(self, codec: ToledoContinuous, checksum: Checksum) -> None:
        self.counts = Counts()
        self._codec = codec
        self._checksum: Checksum = checksum
        self._parity = ParityWatch()
        self._form = OneForm()
        self._seen: _Seen = "none"
        self._buffer = b""

    def feed(self, data: bytes) -> list[Reading | BadFrame | WrongLine]:
        """Take the next bytes; return the frames, good and bad, that they completed."""
        self.counts.total_bytes += len(data)
        raw = self._buffer + data
        text = raw if raw.isascii() else raw.translate(SEVEN_BITS)
        found: list[Reading | BadFrame | WrongLine] = []
        kept = len(raw) - FRAME_BYTES_MAX + 1
        for match in _FRAME.finditer(text):
            seen = self._checked(raw, text, match)
            if seen is None:
                kept = match.start()
                break
            item = self._judge(match, text, seen)
            length = match.end() - match.start() + (seen != "none")
            found += [item] if text is raw else self._parity.check(_sent(raw, match, length), item)
            self.counts.add(found[-1], length)
            kept = max(kept, match.end())
        self._buffer = raw[max(kept, 0) :]
        return found

    def _checked(self, raw: bytes, text: bytes, match: re.Match[bytes]) -> _Seen | None:
        """Return what the byte behind the frame is; None while more bytes are needed to tell."""
        end = match.end()
        if self._checksum == "no":
            return "none"
        if len(text) == end:
            return None
        if (sum(match[0]) + text[end]) & _SEVEN == 0:
            return "right"
        if self._checksum == "yes":
            return "wrong"
        if text[end] in _STX_OR_LF:
            return _if_next_begins(text, end)
        return "none" if _is_rubbish(raw, match) else "wrong"

    def _judge(self, match: re.Match[bytes], text: bytes, seen: _Seen) -> Reading | BadFrame:
        first, self._seen = seen != self._seen, seen
        if seen == "wrong" or (seen == "line end" and first):
            is_lf = text[match.end()] == _LF
            reason = "LF in the place of the checksum: checksum=no" if is_lf else "checksum"
            return BadFrame(reason, text[match.start() : match.end() + 1])
        if seen != "right" and not self._form.believes(match.lastindex):
            return BadFrame("length", match[0])
        self._codec.check = "sum7" if seen == "right" else "none"
        return self._codec.parse(match)


def _if_next_begins(text: bytes, end: int) -> _Seen | None:
    """Tell a wrong checksum that looks like STX or LF from these: a status word follows STX."""
    seen: _Seen = "line end" if text[end] == _LF else "none"
    start = end + (seen == "line end")
    if len(text) < start + 2:
        return None
    return seen if text[start] == _STX and text[start + 1] >= _BLANK else "wrong"


def _sent(raw: bytes, match: re.Match[bytes], length: int) -> bytes:
    """Return the bytes whose parity counts: an eight-bit sum behind seven-bit text has none."""
    body = raw[match.start() : match.end()]
    return body if body.isascii() else raw[match.start() : match.start() + length]


def _is_rubbish(raw: bytes, match: re.Match[bytes]) -> bool:
    """Whether the byte behind a frame breaks the parity of its text and is not an eight-bit sum."""
    start, end = match.span()
    body = raw[start:end]
    if match[1][0] & CLONE:
        return False
    if body.isascii():
        return raw[end] > _SEVEN
    setting = parity_setting(body)
    return setting is not None and parity_setting(raw[start : end + 1]) != setting
