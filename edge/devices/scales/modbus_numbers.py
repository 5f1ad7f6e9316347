"""Numbers in Modbus registers, to and from bytes."""

import struct
from decimal import Decimal
from itertools import chain
from math import isfinite
from typing import Final

from edge.devices.scales.modbus_maps import ByteOrder, NumberType
from edge.devices.scales.numbers import decimals_of

_LIMITS: Final[dict[NumberType, tuple[int, int]]] = {
    "int32": (-(2**31), 2**31 - 1),
    "uint32": (0, 2**32 - 1),
    "int16": (-(2**15), 2**15 - 1),
    "uint16": (0, 2**16 - 1),
    "bcd": (0, 99_999_999),
}
_FLOAT_DIGITS: Final = range(6, 10)
"""Nine digits tell any two float32 apart; six are in all of them."""


def to_number(raw: bytes, kind: NumberType, order: ByteOrder) -> Decimal | None:
    """Return the number, a float with as few digits as are exact; None if it is not a number."""
    data = ordered(raw, order)
    if kind == "float32":
        return _from_float(data)
    if kind == "bcd":
        digits = data.hex()
        return Decimal(int(digits)) if digits.isdigit() else None
    return Decimal(int.from_bytes(data, signed=kind in {"int32", "int16"}))


def to_bytes(number: Decimal, kind: NumberType, order: ByteOrder) -> bytes:
    """Return the bytes; ValueError for a number that the type cannot hold exactly."""
    if kind == "float32":
        return ordered(_to_float(number), order)
    low, high = _LIMITS[kind]
    if number != int(number) or not low <= number <= high:
        raise ValueError(f"{number} is no {kind}")
    whole, size = int(number), 2 if kind.endswith("16") else 4
    if kind == "bcd":
        return ordered(bytes.fromhex(f"{whole:08d}"), order)
    return ordered(whole.to_bytes(size, signed=low < 0), order)


def ordered(data: bytes, order: ByteOrder) -> bytes:
    """Put the highest byte first, or undo it; a number of one register has bytes a and b."""
    if order in {"badc", "dcba"}:
        data = bytes(chain.from_iterable(zip(data[1::2], data[::2], strict=True)))
    return data[2:] + data[:2] if order in {"cdab", "dcba"} else data


def _from_float(data: bytes) -> Decimal | None:
    (value,) = struct.unpack(">f", data)
    if not isfinite(value):
        return None
    texts = (f"{value:.{digits}g}" for digits in _FLOAT_DIGITS)
    number = next(Decimal(text) for text in texts if struct.pack(">f", float(text)) == data)
    return Decimal(f"{number:f}") or Decimal(0)


def _to_float(number: Decimal) -> bytes:
    decimals_of(number)
    data = struct.pack(">f", float(number))
    if _from_float(data) != number:
        raise ValueError(f"{number} is no float32")
    return data
