"""Barriers, lights and photocells on a Modbus relay board: channels, addresses and debouncing.

Inputs are read with function 02. A pulse is timed by the board itself (Waveshare class, firmware
V2): function 05 at 0200h + channel with the value in tenths of a second, so that a box that dies
cannot hold a barrier command. A board that cannot time a pulse cannot drive a barrier here: the
box never switches a barrier's relay on in order to switch it off later, nor toggles it. Lights are
plain coils. Source: Waveshare Modbus RTU Relay manual.
"""

from dataclasses import dataclass
from typing import Final

PULSE_BASE: Final = 0x0200
PULSE_TENTHS_MAX: Final = 0x7FFF


def pulse(channel: int, pulse_ms: int) -> tuple[int, int]:
    """Return (address, value) of a pulse; ValueError if the board cannot time it."""
    tenths, rest = divmod(pulse_ms, 100)
    if rest or not 1 <= tenths <= PULSE_TENTHS_MAX:
        raise ValueError(f"pulse_ms must be 100 to 3276700 in steps of 100, got {pulse_ms}")
    return PULSE_BASE + channel, tenths


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
