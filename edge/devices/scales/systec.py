"""SysTec IT1, IT3, IT6000E and their kin, answering `<RM>` or `<RN>`; TCP port 1234, or serial.

Reply: <  error (2)  motion 0/1  negative 0/1  date (8)  time (5)  ident (4)  scale (1)
          gross (8)  tare (8)  net (8)  unit (2)  tare code (2)  range (1)  terminal (3)
          CRC (8)  >  [CR LF]                                           62 characters in < >
       <  error (2)  >  if there is no weight

The CRC is CRC-16/MODBUS over the 54 characters before it, in decimal, led by blanks. `<RN>` waits
for a stable weight and stores it in the legal memory under the next ident; `<RM>` reads at once and
stores nothing: for polling, and so the default. The weight is the net one while there is a tare,
else the gross one. Of the errors 12 is overload and 13 motion that does not end.

Source: SysTec IT3 technical manual, chapter 20.
"""

import re
from decimal import Decimal
from typing import Final, Literal

from edge.devices.checksums import crc16_modbus
from edge.devices.framing import PatternCutter
from edge.devices.readings import BadFrame, Reading, State, no_weight
from edge.devices.scales.codec import ScaleCodec
from edge.devices.scales.fields import (
    TWO_LETTERS,
    numbers,
    right_justified,
    shown_as,
    unit_named,
)
from edge.devices.scales.numbers import shown_weight

FRAME_BYTES: Final = 64
CHECKED: Final = 54
WIDTH: Final = 8

_FRAME: Final = re.compile(
    rb"<([0-9]{2})(?:([01])([01])[ -~]{18}([-+ 0-9.,]{8})([-+ 0-9.,]{8})([-+ 0-9.,]{8})"
    rb"([A-Za-z ]{2})[ -~]{6}(?= *[0-9]+>)([ 0-9]{8}))?>"
)
_NEAR: Final = rb"<[0-9][ -;=?-~]{2,61}>"
_ERRORS: Final[dict[bytes, State]] = {b"12": "overload", b"13": "not_executable"}
_ERROR_LETTERS: Final[dict[State | None, str]] = {
    "overload": "<12>\r\n",
    "not_executable": "<13>\r\n",
    "error": "<11>\r\n",
}


class SystecRn(ScaleCodec):
    """`command` is what the box asks with."""

    check = "crc16"

    def __init__(self, *, command: Literal["RM", "RN"] = "RM") -> None:
        self.request = f"<{command}>".encode()
        super().__init__(PatternCutter(_FRAME, FRAME_BYTES, _parse, near=_NEAR))

    def encode(self, reading: Reading) -> bytes:
        """Return the reply, of no date; ValueError for what has no place in it.

        A net weight has a tare, a gross weight none but zero.
        """
        if reading.state is not None:
            return shown_as(_ERROR_LETTERS, reading.state, "state").encode()
        weight = shown_weight(reading)
        tare = Decimal(0) if reading.tare is None else reading.tare
        if tare < 0 or reading.mode != ("net" if tare else "gross"):
            raise ValueError(f"the frame has no place for mode {reading.mode}, tare {tare}")
        motion = shown_as({True: "0", False: "1"}, reading.stable, "stable")
        fields = (weight + tare, tare, weight)
        body = (
            f"00{motion}{int(weight + tare < 0)}01.01.0000:00   01"
            f"{''.join(right_justified(one, WIDTH) for one in fields)}"
            f"{shown_as(TWO_LETTERS, reading.unit, 'unit').strip():<2}     1"
        )
        return f"<{body}{crc16_modbus(body.encode()):8d}>\r\n".encode()


def _parse(match: re.Match[bytes]) -> Reading | BadFrame:
    error, crc = match[1], match[8]
    if crc is not None and int(crc) != crc16_modbus(match[0][1 : 1 + CHECKED]):
        return BadFrame("checksum", match[0])
    if error != b"00":
        return no_weight(_ERRORS.get(error, "error"))
    if crc is None:
        return BadFrame("malformed", match[0])
    return _weighed(match)


def _weighed(match: re.Match[bytes]) -> Reading | BadFrame:
    _, motion, negative, gross_field, tare_field, net_field, unit_name, _ = match.groups()
    unit = unit_named(unit_name)
    if unit is None:
        return BadFrame("unit", match[0])
    weights = numbers(unit, gross_field, tare_field, net_field)
    if isinstance(weights, str):
        return BadFrame(weights, match[0])
    gross, tare, net = weights
    weight = net if tare else gross
    return Reading(
        weight=-weight if negative == b"1" and weight > 0 else weight,
        unit=unit,
        stable=motion == b"0",
        mode="net" if tare else "gross",
        overload=False,
        tare=tare,
    )
