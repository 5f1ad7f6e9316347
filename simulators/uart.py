"""What a serial port hears when it is set otherwise than the device that sends to it.

The sender's bits are drawn as a wave; the receiver looks at that wave at its own bit times, as a
16550 does: it waits for a falling edge, looks at the middle of every bit from there, and judges the
first stop bit only. Then comes what Linux makes of it in raw mode without INPCK, PARMRK, IGNPAR and
IGNBRK, which is how pyserial opens a port (8250 driver, `read_status_mask`):

- a parity error changes nothing: the character is delivered as it was sampled;
- a framing error changes nothing either, and the low bit that stood where the stop bit belonged is
  taken for the next start bit (TL16C550 data sheet, line status register, FE);
- a line that stays low for a whole character is a break: one NUL, then nothing until it rises.

Nothing here does I/O or knows a clock. Times are whole ticks of 1/(2 · sender's baud · receiver's
baud) s, so that no rounding decides which bit is seen.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal, Self, cast

Parity = Literal["N", "E", "O", "M", "S"]

LOW: Final = b"\x00"
HIGH: Final = b"\x01"
"""One bit of a wave; a line at rest is high."""

_TEXT: Final = re.compile(r"([0-9]{2,7}) ([78])([NEOMS])([12])")


@dataclass(frozen=True, slots=True)
class UartSettings:
    """Settings of one end of a line."""

    baud: int = 9600
    bits: Literal[7, 8] = 8
    parity: Parity = "N"
    stops: Literal[1, 2] = 1

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `2400 7E1`; ValueError says what is expected."""
        match = _TEXT.fullmatch(text)
        if match is None or int(match[1]) < 50:
            raise ValueError(f"line {text!r}: expected baud rate and frame, such as '2400 7E1'")
        return cls(
            baud=int(match[1]),
            bits=7 if match[2] == "7" else 8,
            parity=cast("Parity", match[3]),
            stops=1 if match[4] == "1" else 2,
        )

    def __str__(self) -> str:
        return f"{self.baud} {self.bits}{self.parity}{self.stops}"

    @property
    def bits_per_character(self) -> int:
        """Start bit, parity and stop bits among them."""
        return 1 + self.bits + (self.parity != "N") + self.stops

    def seconds(self, characters: int) -> float:
        """Return how long so many characters are under way."""
        return characters * self.bits_per_character / self.baud


def received(data: bytes, sent: UartSettings, heard: UartSettings) -> bytes:
    """Return what a port set to `heard` delivers of one burst sent without a pause.

    The line rests before and after it.
    """
    return sampled(wave(data, sent), sent, heard)


def received_frames(
    frames: Iterable[bytes], gap_s: float, sent: UartSettings, heard: UartSettings
) -> bytes:
    """Return what is delivered of several frames with a pause of `gap_s` behind each."""
    rest = HIGH * round(gap_s * sent.baud)
    return sampled(b"".join(wave(frame, sent) + rest for frame in frames), sent, heard)


def wave(data: bytes, sent: UartSettings) -> bytes:
    """Return the bits on the wire, one per byte: start, data, parity, stop."""
    return b"".join(_character(byte, sent) for byte in data)


def sampled(bits: bytes, sent: UartSettings, heard: UartSettings) -> bytes:
    """Return what a port set to `heard` delivers of a wave whose bits last as `sent` says."""
    return bytes(_Receiver(bits, sent, heard).characters())


@cache
def _character(byte: int, sent: UartSettings) -> bytes:
    data = [byte >> position & 1 for position in range(sent.bits)]
    parity = {"N": [], "E": [sum(data) % 2], "O": [1 - sum(data) % 2], "M": [1], "S": [0]}
    return bytes([0, *data, *parity[sent.parity], *[1] * sent.stops])


class _Receiver:
    """Walks along one wave."""

    def __init__(self, bits: bytes, sent: UartSettings, heard: UartSettings) -> None:
        self._bits = bits
        self._sent_ticks = 2 * heard.baud
        self._bit_ticks = 2 * sent.baud
        self._data_bits = heard.bits
        self._stop_at = 1 + heard.bits + (heard.parity != "N")

    def characters(self) -> Iterable[int]:
        middle = self._next_start(0)
        while middle is not None:
            levels = [self._level(middle + n * self._bit_ticks) for n in range(self._stop_at + 1)]
            yield sum(bit << n for n, bit in enumerate(levels[1 : 1 + self._data_bits]))
            stop = middle + self._stop_at * self._bit_ticks
            if levels[-1]:
                middle = self._next_start(stop)
            elif any(levels):
                middle = stop
            else:
                middle = self._next_start(self._rises(stop))

    def _next_start(self, tick: int) -> int | None:
        """Return the middle of the next start bit; a low that ended before it was no start."""
        while (edge := self._bits.find(LOW, tick // self._sent_ticks)) >= 0:
            tick = edge * self._sent_ticks + self._bit_ticks // 2
            if not self._level(tick):
                return tick
        return None

    def _rises(self, tick: int) -> int:
        found = self._bits.find(HIGH, tick // self._sent_ticks)
        return (found if found >= 0 else len(self._bits)) * self._sent_ticks

    def _level(self, tick: int) -> int:
        position = tick // self._sent_ticks
        return self._bits[position] if position < len(self._bits) else 1
