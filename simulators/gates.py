"""A lane's relay board and the two barrier arms it moves: commands and time in, inputs out. Pure.

FC05 on 0x0000 + channel switches a relay (FF00 on, 0000 off, 5500 toggle). What times a pulse:

- `fc05`: FC05 on 0x0200 + channel closes it for value x 100 ms (Waveshare class, firmware V2);
- `fc16`: FC16 on register 3 + 5 x channel, with 4 and the time in tenths of a second (Juying DAM);
- `coil`: nothing does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from simulators.deck import Beams

ENTRY_OPEN, ENTRY_CLOSE, EXIT_OPEN, EXIT_CLOSE, ENTRY_GREEN, EXIT_GREEN = range(6)
"""Output channels."""
CHANNELS: Final = 8
_PULSE: Final = 0x0200
_ON, _OFF, _TOGGLE = 0xFF00, 0x0000, 0x5500
_PULSE_MAX: Final = 0x7FFF
_FLASH_BASE: Final = 3
_FLASH_STEP: Final = 5
_FLASH_ON: Final = 4
_FOR_EVER: Final = float("inf")

PulseKind = Literal["fc05", "fc16", "coil"]


class IllegalAddress(ValueError):
    """There is no such relay."""


class IllegalValue(ValueError):
    """The relay knows no such command."""


@dataclass(slots=True)
class Arm:
    """A barrier arm on its motor; position 0 is down, 1 is up."""

    travel_s: float
    opened_times: int = 0
    """Commands to open so far: a waiting driver notices each."""
    _position: float = 0.0
    _rising: bool = False
    _since_s: float = 0.0

    def position(self, at_s: float) -> float:
        way = (at_s - self._since_s) / self.travel_s
        moved = self._position + way if self._rising else self._position - way
        return min(1.0, max(0.0, moved))

    def is_open(self, at_s: float) -> bool:
        return self._rising and self.position(at_s) >= 1.0

    def is_closed(self, at_s: float) -> bool:
        return not self._rising and self.position(at_s) <= 0.0

    def open(self, at_s: float) -> None:
        self.opened_times += 1
        self._turn(at_s, rising=True)

    def close(self, at_s: float, *, beam_blocked: bool) -> None:
        """Lower the arm, unless the barrier's own safety beam sees something under it."""
        if not beam_blocked:
            self._turn(at_s, rising=False)

    def guard(self, at_s: float, *, beam_blocked: bool) -> None:
        """Raise an arm that is coming down on something."""
        if beam_blocked and not self._rising and not self.is_closed(at_s):
            self._turn(at_s, rising=True)

    def _turn(self, at_s: float, *, rising: bool) -> None:
        self._position, self._since_s = self.position(at_s), at_s
        self._rising = rising


@dataclass(slots=True)
class GateBoard:
    """Eight relays, eight inputs, two arms."""

    entry: Arm
    exit: Arm
    pulse: PulseKind = "fc05"
    _relay_until_s: list[float] = field(default_factory=lambda: [0.0] * CHANNELS)

    def write(self, address: int, value: int, at_s: float, beams: Beams) -> None:
        """Obey one FC05; raise IllegalAddress or IllegalValue and change nothing otherwise."""
        channel = address - _PULSE if address >= _PULSE else address
        is_known = address < _PULSE or self.pulse == "fc05"
        if not (is_known and 0 <= channel < CHANNELS):
            raise IllegalAddress(f"no relay at {address:#06x}")
        self._close_until(channel, self._until(address, channel, value, at_s), at_s, beams)

    def write_registers(
        self, address: int, values: Sequence[int], at_s: float, beams: Beams
    ) -> None:
        """Obey one FC16; raise IllegalAddress or IllegalValue and change nothing otherwise."""
        channel, rest = divmod(address - _FLASH_BASE, _FLASH_STEP)
        if self.pulse != "fc16" or rest or not 0 <= channel < CHANNELS:
            raise IllegalAddress(f"no registers at {address:#06x}")
        if len(values) != 2 or values[0] != _FLASH_ON or not 1 <= values[1] <= _PULSE_MAX:
            raise IllegalValue(f"no pulse: {list(values)}")
        self._close_until(channel, at_s + values[1] / 10, at_s, beams)

    def _close_until(self, channel: int, until_s: float, at_s: float, beams: Beams) -> None:
        was_on = self.is_on(channel, at_s)
        self._relay_until_s[channel] = until_s
        if not was_on and until_s > at_s:
            self._move(channel, at_s, beams)

    def is_on(self, channel: int, at_s: float) -> bool:
        return self._relay_until_s[channel] > at_s

    def coils(self, at_s: float) -> list[bool]:
        return [self.is_on(channel, at_s) for channel in range(CHANNELS)]

    def inputs(self, at_s: float, beams: Beams) -> list[bool]:
        """Return the contacts: both photocells (closed = clear), open limits, closed limits."""
        return [
            not beams.entry_blocked,
            not beams.exit_blocked,
            self.entry.is_open(at_s),
            self.exit.is_open(at_s),
            self.entry.is_closed(at_s),
            self.exit.is_closed(at_s),
            False,
            False,
        ]

    def guard(self, at_s: float, beams: Beams) -> None:
        """Let each barrier's safety beam do its work; call it often."""
        self.entry.guard(at_s, beam_blocked=beams.entry_blocked)
        self.exit.guard(at_s, beam_blocked=beams.exit_blocked)

    def _until(self, address: int, channel: int, value: int, at_s: float) -> float:
        if address >= _PULSE:
            if not 1 <= value <= _PULSE_MAX:
                raise IllegalValue(f"pulse of {value} x 100 ms")
            return at_s + value / 10
        if value not in (_ON, _OFF, _TOGGLE):
            raise IllegalValue(f"relay command {value:#06x}")
        on = not self.is_on(channel, at_s) if value == _TOGGLE else value == _ON
        return _FOR_EVER if on else 0.0

    def _move(self, channel: int, at_s: float, beams: Beams) -> None:
        if channel == ENTRY_OPEN:
            self.entry.open(at_s)
        elif channel == ENTRY_CLOSE:
            self.entry.close(at_s, beam_blocked=beams.entry_blocked)
        elif channel == EXIT_OPEN:
            self.exit.open(at_s)
        elif channel == EXIT_CLOSE:
            self.exit.close(at_s, beam_blocked=beams.exit_blocked)
