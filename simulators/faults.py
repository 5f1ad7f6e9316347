"""What a bad cable does to a frame: settings that may be changed at any time, and their effect."""

from dataclasses import dataclass, fields
from random import Random
from typing import Final, Self

from simulators.uart import UartSettings, sampled, wave

BURST_BITS: Final = 20


@dataclass(slots=True)
class LineFaults:
    """The fields may be changed while the device sends."""

    bit_error: float = 0.0
    """Probability that a bit on the wire flips; start, parity and stop bits are bits as well."""
    burst: float = 0.0
    """Probability that a frame is hit by a burst, which makes `burst_bits` bits in a row random."""
    burst_bits: int = BURST_BITS
    torn: float = 0.0
    """Probability that a frame loses its end."""
    silent: bool = False
    """Nothing comes through, in either direction."""
    frozen: bool = False
    """Repeat the last frame before the fault until the fault ends."""
    port: UartSettings | None = None
    """What the port at the other end is really set to; what its opener asked for is ignored."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `bit_error=0.001,torn=0.1,silent,port=9600 8N1`; ValueError names what is wrong."""
        faults = cls()
        for item in filter(None, text.split(",")):
            name, separator, value = item.strip().partition("=")
            faults._set(name, value if separator else None)
        return faults

    def clear(self) -> None:
        """Mend the cable."""
        good = type(self)()
        for field in fields(self):
            setattr(self, field.name, getattr(good, field.name))

    def _set(self, name: str, value: str | None) -> None:
        if name in {"silent", "frozen"} and value is None:
            setattr(self, name, True)
        elif name in {"bit_error", "burst", "torn"} and value is not None:
            setattr(self, name, _probability(name, value))
        elif name == "burst_bits" and value is not None and value.isdecimal():
            self.burst_bits = int(value)
        elif name == "port" and value is not None:
            self.port = UartSettings.parse(value)
        else:
            raise ValueError(f"fault {name!r}: one of {', '.join(f.name for f in fields(self))}")

    @property
    def hurts_bits(self) -> bool:
        """Whether single bits are at risk."""
        return self.bit_error > 0 or self.burst > 0


def _probability(name: str, value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise ValueError(f"fault {name}: expected a probability, got {value!r}")
    return number


def damaged(
    frame: bytes, faults: LineFaults, line: tuple[UartSettings, UartSettings], rng: Random
) -> bytes:
    """Return what a port delivers of a frame; `line` is what the device sends and the port hears.

    Draws from `rng` only what the faults need, so that a good cable needs no chance.
    """
    sent, heard = line
    if faults.silent:
        return b""
    if faults.torn and rng.random() < faults.torn:
        frame = frame[: rng.randrange(len(frame))]
    if sent == heard and sent.bits == 8 and not faults.hurts_bits:
        return frame
    return sampled(_flipped(wave(frame, sent), faults, rng), sent, heard)


def _flipped(bits: bytes, faults: LineFaults, rng: Random) -> bytes:
    if not faults.hurts_bits:
        return bits
    flipped = bytearray(bits)
    if faults.bit_error:
        for position in range(len(flipped)):
            flipped[position] ^= rng.random() < faults.bit_error
    if flipped and rng.random() < faults.burst:
        start = rng.randrange(len(flipped))
        for position in range(start, min(start + faults.burst_bits, len(flipped))):
            flipped[position] = rng.getrandbits(1)
    return bytes(flipped)
