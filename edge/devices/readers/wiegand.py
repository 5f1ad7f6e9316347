"""Wiegand readers behind a serial converter: one line per card, 9600 8N1.

A reader of 26 bits sends parity, 8 bits of facility, 16 bits of card, parity; one of 34 bits has
16 bits of each. The first parity bit is even over the first half, the last is odd over the second.
Converters write the bits, or facility and card without parity. The line ends with CR, LF or ETX.

    format     26 bits                       34 bits
    bits       26 times 0 or 1               34 times 0 or 1
    hex        6 digits                      8 digits
    decimal    8 digits                      10 digits
    facility   facility,card: 3 and 5 digits 5 and 5 digits

Widths are fixed, zeros in front included: a number that lost digits would be another number. Where
`format` is not set, lines that can be one thing only are read; six or eight digits without a letter
are hex or decimal, and refused. The first line then fixes format and width for the next; another
form is believed when its line comes twice in a row. The tag is facility and card in hex, `decimal`
the same number.

Blind spots: only `bits` carries a check, and two wrong bits in one half pass it. Where `bits` is
not told, a byte that turns into a line end can cut the first line of 34 bits to 26. A UHF reader
behind Wiegand sends 3 or 4 bytes from the middle of its EPC, so that two trucks can have the same
number: connect such readers by serial line or TCP.
"""

import re
from typing import Final, Literal

from edge.devices.framing import PatternCutter
from edge.devices.readers.codec import ReaderCodec, TagBytes, Tags, number_of
from edge.devices.readings import BadFrame, TagSeen

Format = Literal["bits", "hex", "decimal", "facility"]
LINE_BYTES_MAX: Final = 38
TORN_BITS: Final = 10
"""From this many digits on, a number of only 0 and 1 is the rest of a line of bits."""

_LINE: Final = re.compile(
    rb"(?<![0-9A-Za-z,])([0-9A-Fa-f]{6,34}|[0-9]{3},[0-9]{5}|[0-9]{5},[0-9]{5})(?:\r\n?|\n|\x03)"
)
_FORMS: Final[dict[tuple[Format, int], re.Pattern[str]]] = {
    ("bits", 26): re.compile("[01]{26}"),
    ("bits", 34): re.compile("[01]{34}"),
    ("hex", 26): re.compile("[0-9A-Fa-f]{6}"),
    ("hex", 34): re.compile("[0-9A-Fa-f]{8}"),
    ("decimal", 26): re.compile("[0-9]{8}"),
    ("decimal", 34): re.compile("[0-9]{10}"),
    ("facility", 26): re.compile("[0-9]{3},[0-9]{5}"),
    ("facility", 34): re.compile("[0-9]{5},[0-9]{5}"),
}


class Wiegand(ReaderCodec):
    """Lines of one converter."""

    tail = b"\r"

    def __init__(
        self,
        *,
        format: Format | None = None,  # noqa: A002  # the option's name
        bits: int | None = None,
        tag_bytes: TagBytes = None,
    ) -> None:
        if bits not in {None, 26, 34}:
            raise ValueError(f"bits must be 26 or 34, got {bits}")
        self.check = "parity" if format in {None, "bits"} else "none"
        self._format = format
        self._bits = bits
        self._forms = {
            form: pattern
            for form, pattern in _FORMS.items()
            if format in {None, form[0]} and bits in {None, form[1]}
        }
        self._form: tuple[Format, int] | None = None
        self._refused = ""
        super().__init__(PatternCutter(_LINE, LINE_BYTES_MAX, self._parse), tag_bytes)

    def encode(self, tag: TagSeen) -> bytes:
        """Return the line for a number of three bytes (26 bits) or four; bits if not told."""
        lengths = (3, 4) if self._bits is None else (3 if self._bits == 26 else 4,)
        number = number_of(tag, *lengths)
        return f"{_written(number, self._format or 'bits')}\r\n".encode()

    def _parse(self, match: "re.Match[bytes]") -> Tags | BadFrame:
        line = match[1].decode()
        forms = [form for form, pattern in self._forms.items() if pattern.fullmatch(line)]
        if self._format is None and line.isdecimal():
            if any(form == "hex" for form, _ in forms):
                return BadFrame("hex or decimal: set format", match[0])
            if len(line) == TORN_BITS and set(line) <= {"0", "1"}:
                forms = []
        if not forms:
            return BadFrame("malformed", match[0])
        form = forms[0]
        value = _value(line, *form)
        if value is None:
            return BadFrame("parity" if form[0] == "bits" else "number too large", match[0])
        if not self._is_usual(form, line):
            return BadFrame("another form than before: set format and bits", match[0])
        return (TagSeen(f"{value:0{(form[1] - 2) // 4}X}", decimal=value),)

    def _is_usual(self, form: tuple[Format, int], line: str) -> bool:
        if self._form in {None, form} or line == self._refused:
            self._form, self._refused = form, ""
            self.check = "parity" if form[0] == "bits" else "none"
            return True
        self._refused = line
        return False


def _value(line: str, form: Format, bits: int) -> int | None:
    """Return facility and card as one number; None if parity or size forbid it."""
    if form == "bits":
        half = bits // 2
        even, odd = line[:half].count("1") % 2, line[half:].count("1") % 2
        return int(line[1:-1], 2) if (even, odd) == (0, 1) else None
    if form == "hex":
        return int(line, 16)
    facility, _, card = line.rpartition(",")
    if form == "facility" and int(card) >= 1 << 16:
        return None
    value = (int(facility or 0) << 16) + int(card)
    return value if value < 1 << (bits - 2) else None


def _written(number: bytes, form: Format) -> str:
    value, is_short = int.from_bytes(number), len(number) == 3
    if form == "hex":
        return number.hex().upper()
    if form == "decimal":
        return f"{value:0{8 if is_short else 10}d}"
    if form == "facility":
        return f"{value >> 16:0{3 if is_short else 5}d},{value & 0xFFFF:05d}"
    data = f"{value:0{len(number) * 8}b}"
    half = len(data) // 2
    even, odd = data[:half].count("1") % 2, 1 - data[half:].count("1") % 2
    return f"{even}{data}{odd}"
