"""Readers that write a tag as one line of hex, as a keyboard would (Zebra, Secureye), 9600 8N1.

Line: 8 to 64 hex digits, an even number  blanks  CR, LF, TAB or ETX

The tag is the line as it stands. A reader keeps to one length: the first is believed, another when
it comes twice in a row, so that a torn line is no tag. `bytes` fixes it. Lines of a card's UID are
better read by `mifare-uid`, which knows byte orders and BCC, and lines of a Wiegand converter by
`wiegand`.

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
LINE_MAX: Final = 2 * TAG_BYTES_MAX + BLANKS_MAX + 2

_LINE: Final = re.compile(
    rb"(?<![0-9A-Za-z\x02,:-])([0-9A-Fa-f]{8,64}) {0,%d}(?:\r\n?|[\n\t\x03])" % BLANKS_MAX
)


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
        super().__init__(PatternCutter(_LINE, LINE_MAX, self._parse), tag_bytes)

    def encode(self, tag: TagSeen) -> bytes:
        """Return the line; ValueError for a number of another length."""
        lengths = (
            range(LINE_BYTES_MIN, TAG_BYTES_MAX + 1) if self._bytes is None else (self._bytes,)
        )
        return number_of(tag, *lengths).hex().upper().encode() + b"\r\n"

    def _parse(self, match: "re.Match[bytes]") -> Tags | BadFrame:
        digits = match[1].decode()
        if len(digits) % 2:
            return BadFrame("an odd number of digits", match[0])
        length = len(digits) // 2
        if self._bytes not in {None, length}:
            return BadFrame("length of the number", match[0])
        if self._bytes is None and not self._length.believes(length):
            return BadFrame("another length than before: set bytes", match[0])
        return (TagSeen(digits.upper()),)
