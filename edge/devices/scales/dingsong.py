"""Dingsong (顶松) 4821 and DS822, also sold as Keli: answers and continuous output, 8N1 or 7E1.

Asked: STX  address A-Z  command A or C  check  ETX
A:     STX  address  a  sign  6 digits  decimals  6 digits of tare  error  status 2  check  ETX
C:     STX  address  c  six characters of the display, each with its lamp and point  check  ETX

Continuous output (`modE` 4 to 7) sends A with `Adr` 1, in capitals, and C with `Adr` 3; `Adr` 2 is
`yaohua-eq`, 5 `toledo-continuous`, 12 the XK3190-D2+. The check is one character: the XOR of
everything before it, STX too, with bit 6 set. The weight of A is net, and its tare beside it; the
first byte of status has bit 1 stable. C is what the display shows, a character and its point (bit 0
of the byte behind it), and says nothing else; a blank place is a blank or `<`. `oL` is an
overload, dashes alone a weight out of range.

`request` asks with A or C; `checksum=no` reads frames whose check is wrong, as the instrument's
`modE` 3 does: the example of its own manual has such a check.
Source: DS822-X technical manual V1.1 p. 4 and p. 13-14, 4821 manual p. 34, a capture of `Adr` 3.

The XOR does not see order, and the set bit hides bit 6 of a changed byte.
"""

import re
from decimal import Decimal
from typing import Final, Literal

from edge.devices.checksums import xor_of
from edge.devices.framing import ETX, STX, PatternCutter
from edge.devices.readings import BadFrame, Reading, State, no_weight
from edge.devices.scales.codec import Check, ScaleCodec
from edge.devices.scales.fields import number, shown_as
from edge.devices.scales.numbers import decimals_of, shown_weight, without_point
from edge.devices.scales.yaohua_command import address_letter

FRAME_BYTES_MAX: Final = 22
DIGITS: Final = 6
DECIMALS_MAX: Final = 5

_SET: Final = 0x40
_STABLE: Final = 0x02
_NO_ERROR: Final = (0x00, 0x20, 0x30)
_POINT: Final = 0x01
_SHOWN: Final[dict[State | None, str]] = {"overload": "  oL  ", "out_of_range": "------"}
_FRAME: Final = rb"""
    \x02[%b](?:
    [Aa](?P<sign>[+\-])(?P<net>[\x20 0-9]{5}[0-9])(?P<decimals>[0-5])(?P<tare>[\x20 0-9]{5}[0-9])
    (?P<error>.)(?P<status>.).
    |[Cc](?P<shown>(?:[0-9A-Za-z<\x20\-][\x20-\x23\x30-\x33]){6})
    )(?P<check>[\x40-\x7f])\x03"""


class Dingsong(ScaleCodec):
    """One indicator; without `address`, whichever is on the line."""

    check: Check = "xor"

    def __init__(
        self,
        *,
        request: Literal["none", "A", "C"] = "none",
        address: str | int | None = None,
        checksum: Literal["yes", "no"] = "yes",
    ) -> None:
        """`address` is a letter A-Z or a number 1-26; ValueError for another."""
        self._address = "A" if address is None else address_letter(str(address))
        self._is_display = request == "C"
        self._is_checked = checksum == "yes"
        if not self._is_checked:
            self.check = "none"
        self.request = b"" if request == "none" else _framed(f"{self._address}{request}".encode())
        heard = b"A-Z" if address is None else self._address.encode()
        pattern = re.compile(_FRAME % heard, re.DOTALL | re.VERBOSE)
        near = rb"\x02[%b][AaCc][^\x02\x03]{4,18}\x03" % heard
        super().__init__(PatternCutter(pattern, FRAME_BYTES_MAX, self._parse, near=near))

    def encode(self, reading: Reading) -> bytes:
        """Return the frame A, or C if that is asked for; ValueError for what has no place in it."""
        body = _display(reading) if self._is_display else _weighing(reading)
        return _framed(self._address.encode() + body)

    def _parse(self, match: re.Match[bytes]) -> Reading | BadFrame:
        body, check = match[0][:-2], match["check"][0]
        if self._is_checked and check != xor_of(body) | _SET:
            return BadFrame("checksum", match[0])
        return _weighed(match) if match["shown"] is None else _shown(match)


def _framed(body: bytes) -> bytes:
    return STX + body + bytes([xor_of(STX + body) | _SET]) + ETX


def _weighed(match: re.Match[bytes]) -> Reading | BadFrame:
    net, tare = match["net"].lstrip(), match["tare"].lstrip()
    if not net.isdigit() or not tare.isdigit():
        return BadFrame("malformed", match[0])
    if match["error"][0] not in _NO_ERROR:
        return no_weight("error")
    places = int(match["decimals"])
    weight = Decimal(int(net)).scaleb(-places)
    return Reading(
        weight=-weight if match["sign"] == b"-" and weight else weight,
        stable=bool(match["status"][0] & _STABLE),
        mode="net",
        tare=Decimal(int(tare)).scaleb(-places),
    )


def _shown(match: re.Match[bytes]) -> Reading | BadFrame:
    shown = match["shown"]
    text = b"".join(
        shown[at : at + 1] + b"." * (shown[at + 1] & _POINT) for at in range(0, len(shown), 2)
    )
    text = text.strip(b" <")
    if text.lower() == b"ol" or re.fullmatch(rb"-{2,}", text):
        return no_weight("out_of_range" if b"-" in text else "overload")
    weight = number(text)
    return BadFrame("malformed", match[0]) if weight is None else Reading(weight=weight)


def _weighing(reading: Reading) -> bytes:
    if reading.state is not None:
        error = shown_as({"error": "1"}, reading.state, "state")
        return f"a+{0:06d}0{0:06d}{error}\x20\x20".encode()
    weight = shown_weight(reading)
    tare = Decimal(0).scaleb(-decimals_of(weight)) if reading.tare is None else reading.tare
    shown_as({"net": ""}, reading.mode, "mode")
    if tare < 0 or decimals_of(tare) != decimals_of(weight):
        raise ValueError(f"tare {tare}: it has the decimals of the weight {weight}, and no sign")
    (net, places), (tare_digits, _) = without_point(weight, DIGITS), without_point(tare, DIGITS)
    if places > DECIMALS_MAX:
        raise ValueError(f"weight {weight}: at most {DECIMALS_MAX} decimals")
    status = shown_as({True: "\x22", False: "\x20"}, reading.stable, "stable")
    return f"a{'-' if weight < 0 else '+'}{net}{places}{tare_digits}\x20{status}\x20".encode()


def _display(reading: Reading) -> bytes:
    if reading.state is not None:
        text = shown_as(_SHOWN, reading.state, "state")
        return b"c" + b"".join(one.encode() + b" " for one in text)
    weight = shown_weight(reading)
    digits, places = without_point(weight, DIGITS - (weight < 0))
    if places >= len(digits):
        raise ValueError(f"weight {weight}: at most {len(digits) - 1} decimals")
    text = ("-" if weight < 0 else "") + digits
    point = len(text) - 1 - places if places else len(text)
    return b"c" + b"".join(
        one.encode() + (b"!" if at == point else b" ") for at, one in enumerate(text)
    )
