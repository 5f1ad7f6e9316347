"""Readers that write a tag as one line of hex, as a keyboard would (Zebra, Secureye), 9600 8N1.

Line: 8 to 64 hex digits, an even number  blanks  CR, LF, TAB or ETX

From 16 digits on they may stand in groups of two or four, parted by one blank, `-` or `:`, and STX
may stand before them. The tag is the number as it stands; a line that says more (`EPC:` before
it, an antenna or a strength behind it) is a bad frame. A reader keeps to one length: the first is
believed, another when it comes twice in a row, so that a torn line is no tag. `bytes` fixes it.
Lines of a card's UID are better read by `mifare-uid`, which knows byte orders and BCC, lines of a
Wiegand converter by `wiegand`, and STX with ten digits by `em4100`.

Blind spots: no check; where `bytes` is not set, a first line that lost digits is believed.
"""

import re
from typing import Annotated, Final

from pydantic import Field

from edge.devices.framing import OneForm, PatternCutter
from edge.devices.readers.codec import TAG_BYTES_MAX, ReaderCodec, TagBytes, Tags, number_of
from edge.devices.readings import BadFrame, TagSeen

LINE_BYTES_MIN: Final = 4
BLANKS_MAX: Final = 4
LINE_MAX: Final = 3 * TAG_BYTES_MAX + BLANKS_MAX + 2

_HEX: Final = rb"[0-9A-Fa-f]"
_GROUPS: Final = b"|".join(
    rb"%b{%d}(?:%b%b{%d}){%d,%d}" % (_HEX, size, parted, _HEX, size, least - 1, most - 1)
    for size, least, most in ((2, 8, TAG_BYTES_MAX), (4, 4, TAG_BYTES_MAX // 2))
    for parted in (b" ", b"-", b":")
)
_NUMBER: Final = (
    rb"(?<![0-9A-Za-z,:-])(?<![0-9A-Fa-f] )(?:(?<!\x02)|(?=%b{16}))(?:%b{8,64}|(?<![!-~])(?:%b))"
    rb" {0,%d}(?:\r\n?|[\n\t\x03])" % (_HEX, _HEX, _GROUPS, BLANKS_MAX)
)
_LINE: Final = re.compile(_NUMBER)
_NEAR: Final = rb"(?<![^\r\n])(?![ -~]{0,70}%b)[ -~]{0,40}%b{16}[ -~]{0,40}(?:\r\n?|[\n\t\x03])" % (
    _NUMBER,
    _HEX,
)
"""A line with a long number in it that is none of the above."""
_NO_DIGITS: Final = b" -:\r\n\t\x02\x03"


class HexLine(ReaderCodec):
    """The line."""

    several = True
    tail = b"\r"

    def __init__(
        self,
        *,
        bytes: Annotated[int, Field(ge=LINE_BYTES_MIN, le=TAG_BYTES_MAX)] | None = None,  # noqa: A002  # the option's name
        tag_bytes: TagBytes = None,
    ) -> None:
        self._bytes = bytes
        self._length = OneForm()
        super().__init__(PatternCutter(_LINE, LINE_MAX, self._parse, near=_NEAR), tag_bytes)

    def encode(self, tag: TagSeen) -> bytes:
        """Return the line; ValueError for a number of another length."""
        lengths = (
            range(LINE_BYTES_MIN, TAG_BYTES_MAX + 1) if self._bytes is None else (self._bytes,)
        )
        return number_of(tag, *lengths).hex().upper().encode() + b"\r\n"

    def _parse(self, match: "re.Match[bytes]") -> Tags | BadFrame:
        digits = match[0].translate(None, _NO_DIGITS).decode()
        if len(digits) % 2:
            return BadFrame("an odd number of digits", match[0])
        length = len(digits) // 2
        if self._bytes not in {None, length}:
            return BadFrame("length of the number", match[0])
        if self._bytes is None and not self._length.believes(length):
            return BadFrame("another length than before: set bytes", match[0])
        return (TagSeen(digits.upper()),)
