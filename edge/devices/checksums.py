"""Checksums that several protocols share."""

from functools import reduce
from operator import xor
from typing import Final


def xor_of(data: bytes) -> int:
    """Return the exclusive or of all bytes. It does not see their order."""
    return reduce(xor, data, 0)


def sum_complement(data: bytes, mask: int) -> int:
    """Return what makes the sum of `data` and itself zero under `mask` (7Fh or FFh)."""
    return -sum(data) & mask


def crc16_modbus(data: bytes) -> int:
    """Return CRC-16/MODBUS: polynomial A001h reflected, initial value FFFFh."""
    crc = 0xFFFF
    for byte in data:
        crc = crc >> 8 ^ _CRC16_MODBUS[(crc ^ byte) & 0xFF]
    return crc


def _table(polynomial: int) -> tuple[int, ...]:
    return tuple(
        reduce(lambda crc, _: crc >> 1 ^ polynomial * (crc & 1), range(8), byte)
        for byte in range(256)
    )


_CRC16_MODBUS: Final = _table(0xA001)
