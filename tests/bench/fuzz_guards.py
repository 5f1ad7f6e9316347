"""The checksums of the protocols once more, written apart from the codecs that they judge.

Bit by bit and slow: they are asked only about what is not plainly right.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import Final

Seal = Callable[[bytes], bytes]
"""A frame with the right checksum in place of the one it had; nothing if it cannot have one."""


def as_it_is(line: bytes) -> bytes:
    return line


@dataclass(frozen=True, slots=True)
class Guard:
    """How frames of one protocol are checked."""

    seal: Seal
    plain: Seal = as_it_is
    """Brings the ways in which one checksum can be written into one."""
    options: Mapping[str, object] | None = None
    """With these alone the decoder may believe nothing without a checksum."""
    more_lengths: tuple[int, ...] = ()
    """Of frames that can pass, beside those that the encoder makes."""

    def frames_in(
        self, line: bytes, shape: "Shape", around: tuple[int, int] | None = None
    ) -> Iterator[bytes]:
        """Every piece of a line whose checksum is right; `around` must be inside it."""
        first, last = around or (len(line), 0)
        for length in (*shape.lengths, *self.more_lengths):
            for at in range(max(0, last - length), min(first, len(line) - length) + 1):
                if line[at] in shape.firsts:
                    frame = line[at : at + length]
                    if self.plain(self.seal(frame)) == self.plain(frame):
                        yield frame


@dataclass(frozen=True, slots=True)
class Shape:
    """What the frames of a protocol look like from outside."""

    lengths: tuple[int, ...]
    firsts: frozenset[int]
    """With which bytes they begin."""
    shows_digits: bool
    """Numbers stand in them as text."""


def xor_letters(first: int, last: int) -> Seal:
    """Two hex characters at `last` are the XOR of everything from `first` up to them."""

    def seal(frame: bytes) -> bytes:
        start = last if last >= 0 else len(frame) + last
        check = b"%02X" % reduce(xor, frame[first:start], 0)
        return frame[:start] + check + frame[start + 2 :]

    return seal


def xor_byte(frame: bytes) -> bytes:
    """The last byte but one is the XOR of all before it, the first apart."""
    return frame[:-2] + bytes([reduce(xor, frame[1:-2], 0)]) + frame[-1:]


def sum_byte(mask: int) -> Seal:
    """The last byte makes the sum of all zero."""
    return lambda frame: frame[:-1] + bytes([-sum(frame[:-1]) & mask])


def crc_reflected(data: bytes, polynomial: int) -> int:
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ polynomial if crc & 1 else crc >> 1
    return crc


def crc_end(polynomial: int) -> Seal:
    """The last two bytes are a CRC, its low byte first."""
    return lambda frame: frame[:-2] + crc_reflected(frame[:-2], polynomial).to_bytes(2, "little")


def systec_plain(frame: bytes) -> bytes:
    """Write the CRC with blanks before it."""
    return frame[:55] + b"%8s" % frame[55:63].lstrip(b" 0") + frame[63:]


def systec(frame: bytes) -> bytes:
    """Eight characters behind 54 are a CRC in decimal."""
    return frame[:55] + b"%8d" % crc_reflected(frame[1:55], 0xA001) + frame[63:]


def em4100(frame: bytes) -> bytes:
    """Two hex characters are the XOR of the five numbers before them."""
    try:
        number = bytes.fromhex(frame[1:11].decode("ascii"))
    except ValueError:
        return b""
    return frame[:11] + b"%02X" % reduce(xor, number, 0) + frame[13:]


def wiegand_bits(frame: bytes) -> bytes:
    """The first bit makes its half even, the last one its half odd."""
    bits = frame.rstrip(b"\r\n\x03")
    data = bits[1:-1]
    half = len(data) // 2
    even, odd = data[:half].count(b"1") % 2, 1 - data[half:].count(b"1") % 2
    return b"%d%b%d%b" % (even, data, odd, frame[len(bits) :])


def uhf_bb7e(frame: bytes) -> bytes:
    """The tag's own CRC over PC and EPC, then a sum over the packet."""
    crc = 0xFFFF
    for byte in frame[6:-4]:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    whole = frame[:-4] + (crc ^ 0xFFFF).to_bytes(2)
    return whole + bytes([sum(whole[1:]) & 0xFF]) + frame[-1:]


_LETTERS: Final = bytes.maketrans(b":;<=>?abcdef", b"ABCDEFABCDEF")


def letters(frame: bytes) -> bytes:
    """Write hex characters as firmware does that adds 37h above nine."""
    return frame.translate(_LETTERS)


GUARDS: Final[dict[str, Guard]] = {
    "yaohua-continuous": Guard(xor_letters(1, 9), letters),
    "yaohua-command": Guard(xor_letters(1, -3), letters),
    "yaohua-a12e": Guard(xor_letters(0, 11), letters, more_lengths=(13,)),
    "toledo-continuous": Guard(sum_byte(0x7F), options={"checksum": "yes"}),
    "flintec-toledo": Guard(sum_byte(0xFF)),
    "systec-rn": Guard(systec, systec_plain, more_lengths=(64,)),
    "modbus": Guard(crc_end(0xA001)),
    "em4100": Guard(em4100, bytes.upper, options={"checksum": True}, more_lengths=(16,)),
    "mifare-uid": Guard(xor_byte),
    "rfid-len-type": Guard(xor_byte),
    "uhf-bb7e": Guard(uhf_bb7e),
    "uhf-reader18": Guard(crc_end(0x8408)),
    "wiegand": Guard(wiegand_bits, options={"format": "bits"}, more_lengths=(27, 35)),
}
