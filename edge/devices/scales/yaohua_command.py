"""Yaohua XK3190 (A9+, DS1, A26 …) and Keli XK3118K9 that answer when asked (`tF=1`), 8N1.

Asked: STX  address A-Z  command  XOR high  XOR low  ETX                              6 bytes
Reply: STX  address  command  sign  6 digits  decimals 0-4  XOR high  XOR low  ETX    14 bytes
       the same with eight digits (H2B)                                               16 bytes
Wrong: STX  address  EOT  XOR high  XOR low  ETX

The XOR runs over everything between STX and itself, and is spelled as in continuous output.
Commands: A handshake, B gross, C tare, D net; E to H read a truck, cargo or customer number or a
price, by model, and are texts; `0` sets zero on the A22. An address is the indicator's parameter
`Adr` 01-26 as a letter. How many digits an indicator sends is seen; `digits` 6 or 8 believes no
other frame. Source: XK3190-DS1 manual p. 4-9, A9+, A23p p. 21-26, H2B p. 9, XK3118K9 p. 9-10.

The XOR does not see order: two digits that change places are not noticed.
Nor that two equal ones were lost: a reply with six digits among replies with eight is believed when
it comes twice in a row.
"""

import re
from typing import Final

from edge.devices.framing import ETX, STX, OneForm, PatternCutter
from edge.devices.readings import BadFrame, Mode, Reading, no_weight
from edge.devices.scales.codec import ScaleCodec
from edge.devices.scales.fields import shown_as
from edge.devices.scales.numbers import shown_weight
from edge.devices.scales.yaohua import (
    CHECK,
    DIGITS,
    check_characters,
    field_weight,
    is_check,
    weight_field,
)

FRAME_BYTES_MAX: Final = 16
NEAR_BYTES_MAX: Final = 20
"""Of what looks like a reply and is none."""
WIDTHS: Final = (6, 8)
COMMANDS: Final = "ABCDEFGHI0"
ADDRESSES: Final = 26

_LETTERS: Final[dict[Mode | None, str]] = {"gross": "B", "tare": "C", "net": "D"}
_MODES: Final[dict[bytes, Mode]] = {b"B": "gross", b"C": "tare", b"D": "net"}


class YaohuaCommand(ScaleCodec):
    """One indicator, at address A and asked for its gross weight by default.

    With `address` or `value` given, replies of other indicators or with other values are passed
    over; without, every answer on the line is read.
    """

    check = "xor"

    def __init__(
        self,
        *,
        address: str | int | None = None,
        value: Mode | None = None,
        digits: int | None = None,
    ) -> None:
        """`address` is a letter A-Z or a number 1-26; ValueError for another, or other digits."""
        if digits not in {None, *WIDTHS}:
            raise ValueError(f"digits must be 6 or 8, got {digits}")
        self._digits = digits
        self._form = OneForm()
        self._address = "A" if address is None else address_letter(str(address))
        self._value: Mode | None = value
        self.request = command_frame(self._address, _LETTERS[value or "gross"])
        super().__init__(self._cutter_of(any_address=address is None))

    def encode(self, reading: Reading) -> bytes:
        """Return the reply; ValueError for a weight, mode or state that it cannot be."""
        if reading.state == "not_executable":
            return _framed(f"{self._address}\x04".encode())
        if self._value not in {None, reading.mode}:
            raise ValueError(f"mode {reading.mode}: the {self._value} weight was asked for")
        start = f"{self._address}{shown_as(_LETTERS, reading.mode, 'mode')}".encode()
        return _framed(start + weight_field(shown_weight(reading), self._digits or DIGITS))

    def _cutter_of(self, *, any_address: bool) -> PatternCutter[Reading]:
        address = b"A-Z" if any_address else self._address.encode()
        letters = b"BCD" if self._value is None else _LETTERS[self._value].encode()
        widths = (self._digits,) if self._digits else WIDTHS
        digits = b"|".join(b"[ 0-9]{%d}[0-9]" % (width - 1) for width in widths)
        data = rb"([%b])([+-])(%b)([0-4])" % (letters, digits)
        frame = re.compile(rb"\x02[%b](?:%b|\x04)%b\x03" % (address, data, CHECK))
        near = rb"\x02[%b][%b][ -~]{5,16}\x03" % (address, letters)
        return PatternCutter(frame, NEAR_BYTES_MAX, self._parse, near=near)

    def _parse(self, match: "re.Match[bytes]") -> Reading | BadFrame:
        command, sign, digits, decimals, check = match.groups()
        if not is_check(check, match[0][1:-3]):
            return BadFrame("checksum", match[0])
        if command is None:
            return no_weight("not_executable")
        if b" " in digits.lstrip():
            return BadFrame("malformed", match[0])
        if not self._form.believes(len(digits)):
            return BadFrame("not as long as the last", match[0])
        return Reading(weight=field_weight(sign, digits, decimals), mode=_MODES[command])


def command_frame(address: str, command: str) -> bytes:
    """Return the bytes of a command; ValueError for an address or command that does not exist."""
    if len(command) != 1 or command not in COMMANDS:
        raise ValueError(f"command {command!r}: known are {', '.join(COMMANDS)}")
    return _framed(f"{address_letter(address)}{command}".encode())


def address_letter(address: str) -> str:
    """Return the letter of an address given as A-Z or 1-26; ValueError for another."""
    letter = address.upper()
    if address.isascii() and address.isdigit() and 1 <= int(address) <= ADDRESSES:
        letter = chr(ord("A") + int(address) - 1)
    if len(letter) != 1 or not "A" <= letter <= "Z":
        raise ValueError(f"address {address!r}: expected a letter A-Z or a number 1-26")
    return letter


def _framed(body: bytes) -> bytes:
    return STX + body + check_characters(body) + ETX
