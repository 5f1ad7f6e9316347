"""Barriers, lights and photocells on a Modbus relay board: channels, addresses and debouncing.

Inputs are read with function 02. A pulse is best timed by the board itself, so that a box that dies
cannot hold a barrier command:

    fc05  function 05 at 0200h + channel, the value in tenths of a second (Waveshare class, V2)
    fc16  function 16 at register 3 + 5 x channel: 4 (close, then open), tenths of a second (Juying
          DAM and most Chinese boards that call it 闪开)

A board of plain coils cannot: there the box switches off what it switched on (`HeldCoils`). Nothing
is ever toggled. Lights are plain coils. Sources: Waveshare Modbus RTU Relay manual; public code for
boards of the second kind, such as `01 10 00 03 00 02 04 00 04 00 32`.
"""

from dataclasses import dataclass, field
from typing import Final

PULSE_BASE: Final = 0x0200
PULSE_TENTHS_MAX: Final = 0x7FFF
FLASH_BASE: Final = 3
FLASH_STEP: Final = 5
FLASH_ON: Final = 4


def pulse(channel: int, pulse_ms: int) -> tuple[int, int]:
    """Return (address, value) of a pulse by function 05; ValueError if it cannot be timed."""
    return PULSE_BASE + channel, _tenths(pulse_ms)


def flash(channel: int, pulse_ms: int) -> tuple[int, list[int]]:
    """Return (register, values) of a pulse by function 16; ValueError if it cannot be timed."""
    return FLASH_BASE + FLASH_STEP * channel, [FLASH_ON, _tenths(pulse_ms)]


def _tenths(pulse_ms: int) -> int:
    tenths, rest = divmod(pulse_ms, 100)
    if rest or not 1 <= tenths <= PULSE_TENTHS_MAX:
        raise ValueError(f"pulse_ms must be 100 to 3276700 in steps of 100, got {pulse_ms}")
    return tenths


@dataclass(slots=True)
class HeldCoils:
    """Coils that were switched on, and when each is to be switched off."""

    pulse_ms: int
    _off_ms: dict[int, int] = field(default_factory=dict)

    @property
    def channels(self) -> list[int]:
        """Return what is on."""
        return list(self._off_ms)

    def begin(self, channel: int, now_ms: int) -> None:
        """Take note that a coil is being switched on."""
        self._off_ms[channel] = now_ms + self.pulse_ms

    def ended(self, channel: int) -> None:
        """Take note that a coil is off."""
        self._off_ms.pop(channel, None)

    def due(self, now_ms: int) -> list[int]:
        """Return what is to be switched off now."""
        return [channel for channel, off_ms in self._off_ms.items() if off_ms <= now_ms]

    def next_ms(self) -> int | None:
        """Return when the next coil is to be switched off."""
        return min(self._off_ms.values(), default=None)


def lamps(*, entry_green: bool, exit_green: bool) -> list[tuple[str, bool]]:
    """Return (lamp, lit) for the green and the red lamp of each side, red whenever not green.

    What goes dark comes first, so that both colours are never lit at once.
    """
    lit = {
        "entry_green": entry_green,
        "entry_red": not entry_green,
        "exit_green": exit_green,
        "exit_red": not exit_green,
    }
    return sorted(lit.items(), key=lambda lamp: lamp[1])


@dataclass(slots=True)
class Debounced:
    """A photocell. A 0 counts at once, a 1 only when it has lasted: doubt reads as blocked."""

    debounce_ms: int
    _since_ms: int | None = None

    def read(self, *, on: bool, now_ms: int) -> bool:
        """Take one sample; return the input's value."""
        if not on:
            self._since_ms = None
            return False
        if self._since_ms is None:
            self._since_ms = now_ms
        return now_ms - self._since_ms >= self.debounce_ms


@dataclass(slots=True)
class Settled:
    """A limit switch. Either value counts only when it has lasted, and before that it is unknown.

    A doubt that read as "not open" would pass for an arm that came down.
    """

    debounce_ms: int
    _latest: bool | None = None
    _since_ms: int = 0
    _value: bool | None = None

    def read(self, *, on: bool, now_ms: int) -> bool | None:
        """Take one sample; return the switch's last steady value, or None if it had none yet."""
        if on is not self._latest:
            self._latest, self._since_ms = on, now_ms
        if now_ms - self._since_ms >= self.debounce_ms:
            self._value = on
        return self._value
