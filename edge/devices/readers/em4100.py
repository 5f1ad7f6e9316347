"""EM4100 125 kHz cards as ASCII (RDM6300 and many readers like it), 9600 8N1.

Frame: STX  10 hex digits (version, four bytes of number)  XOR  [CR LF]  ETX

The XOR runs over the five bytes and is two hex digits, or one byte as it is. The frame repeats
while the card is in the field. The number printed on the card is the low four bytes in decimal.

Some readers send no XOR. Where `checksum` is not set, such a frame is believed until the first
frame with an XOR shows that this reader sends one. Without an XOR nothing is believed that stands
inside a damaged frame. `checksum` is true (either form), false, or `raw` (one byte).

An XOR of one byte can look like the frame's end, like a line end or like a digit. The number is the
same in all cases but one: two digits of XOR that lost a digit before them. What could be such a
frame counts when the reader is known to send one byte, or when it comes twice in a row.

Blind spot: two digits lost from the very first frame of a line look like a frame without an XOR.
`checksum=true` closes it. A card number is an identifier and no credential: it is cheap to copy.
"""

import re
from typing import Final, Literal, NamedTuple

from edge.devices.checksums import xor_of
from edge.devices.framing import ETX, STX, FrameCutter, until
from edge.devices.parity import SEVEN_BITS
from edge.devices.readers.codec import Check, ReaderCodec, TagBytes, Tags, number_of
from edge.devices.readings import BadFrame, TagSeen

FRAME_BYTES_MAX: Final = 16
NUMBER_BYTES: Final = 5
RAW_AT: Final = 11
"""Where an XOR of one byte stands."""

Form = Literal["none", "digits", "raw", "either"]
"""Of the XOR. `either`: one byte that is right and looks like the frame's end or a line end."""

_NUMBER: Final = re.compile(rb"\x02([0-9A-Fa-f]{10})")
_LINE_ENDS: Final = frozenset({b"", b"\r", b"\n", b"\r\n"})
_ENDS: Final = frozenset({b"\r", b"\n", ETX})
_DIGITS: Final = re.compile(rb"([0-9A-Fa-f]{2})(?:\r?\n?)\x03")
_DIGIT: Final = re.compile(rb"[0-9A-Fa-f]")


class _Found(NamedTuple):
    """What stands in a frame of the right shape."""

    number: bytes
    form: Form
    is_right: bool
    is_doubtful: bool = False
    """The XOR of one byte could be a digit of two, or no XOR at all."""


class Em4100(ReaderCodec):
    """The ASCII frame."""

    check: Check = "xor"

    def __init__(
        self,
        *,
        checksum: bool | Literal["raw"] | None = None,
        tag_bytes: TagBytes = None,
    ) -> None:
        if checksum is False:
            self.check = "none"
        self._checksum = checksum
        self._form: Form | None = "raw" if checksum == "raw" else None
        self._damaged = self._doubtful = b""
        super().__init__(
            FrameCutter(STX, until(ETX, FRAME_BYTES_MAX), self._parse, text=True, binary=_raw_at),
            tag_bytes,
        )

    def encode(self, tag: TagSeen) -> bytes:
        """Return the frame for a number of five bytes; ValueError for another."""
        number = number_of(tag, NUMBER_BYTES)
        match self._checksum:
            case False:
                check = b""
            case "raw":
                check = bytes([xor_of(number)])
            case _:
                check = f"{xor_of(number):02X}".encode()
        return STX + number.hex().upper().encode() + check + ETX

    def _parse(self, frame: bytes) -> Tags | BadFrame:
        is_inside = self._damaged.endswith(frame)
        found = _found(frame)
        self._damaged = b"" if found else frame
        if found is None or (found.form in {"none", "either"} and is_inside):
            return BadFrame("malformed", frame)
        reason = self._wrong(found, frame)
        if reason is not None:
            return BadFrame(reason, frame)
        number = found.number
        return (TagSeen(number.hex().upper(), decimal=int.from_bytes(number[1:])),)

    def _wrong(self, found: _Found, frame: bytes) -> str | None:
        """Say what is wrong with the check, or with there being one."""
        if found.form == "either":
            return None if self._is_raw(found, frame) else self._without_check()
        if found.form == "none":
            return self._without_check()
        if self._checksum is False:
            return "unexpected checksum"
        if not found.is_right or (self._checksum == "raw" and found.form != "raw"):
            return "checksum"
        if found.form == "raw" and not self._is_raw(found, frame):
            return "one byte of checksum, or a digit was lost: set checksum"
        self._form, self.check = found.form, "xor"
        return None

    def _without_check(self) -> str | None:
        if self._checksum or self._form in {"digits", "raw"}:
            return "no checksum"
        self.check = "none"
        return None

    def _is_raw(self, found: _Found, frame: bytes) -> bool:
        """Tell whether one byte is this reader's XOR, and not what is left of two digits."""
        is_known = self._form == "raw" or (self._form is None and not found.is_doubtful)
        is_again, self._doubtful = frame == self._doubtful, frame
        return is_known or is_again


def _raw_at(raw: bytes) -> int | None:
    """Return where a frame as it came has an XOR of one byte, by its shape."""
    text = raw.translate(SEVEN_BITS)
    found = _found(text[:RAW_AT] + raw[RAW_AT : RAW_AT + 1] + text[RAW_AT + 1 :])
    return RAW_AT if found is not None and found.form in {"raw", "either"} else None


def _found(frame: bytes) -> _Found | None:
    match = _NUMBER.match(frame)
    if match is None:
        return None
    number, rest = bytes.fromhex(match[1].decode()), frame[RAW_AT:]
    if digits := _DIGITS.fullmatch(rest):
        return _Found(number, "digits", int(digits[1], 16) == xor_of(number))
    is_right, is_end = rest[0] == xor_of(number), rest[:1].translate(SEVEN_BITS) in _ENDS
    if rest[1:].removesuffix(ETX) in _LINE_ENDS and (is_right or not is_end):
        is_doubtful = is_end or _DIGIT.match(rest) is not None
        return _Found(number, "either" if is_end else "raw", is_right, is_doubtful)
    return _Found(number, "none", is_right=True) if rest.removesuffix(ETX) in _LINE_ENDS else None
