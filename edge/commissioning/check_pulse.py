"""Check of the relay board: it must close a relay for a moment in the way that the lane will ask.

Tried on the green lamp of the entry, so that no barrier moves: it flashes. Where the box times the
pulses itself, only its command is tried, and the lamp stays as it is.
"""

import struct
from collections.abc import Iterator
from threading import Event
from typing import Final

from pymodbus.client import ModbusSerialClient, ModbusTcpClient
from pymodbus.exceptions import ModbusException

from edge.config import PlcSettings
from edge.io.clock import monotonic_ms
from edge.io.modbus_plc import modbus_client
from edge.io.plc_pulses import PulseRefused, checked, timed_pulse
from taigan.finding import Finding, bad, ok, warn

FLASH_MS: Final = 300
WATCH_MS: Final = 1_500
LOOK_S: Final = 0.05

Client = ModbusTcpClient | ModbusSerialClient

_TROUBLE: Final = (ModbusException, OSError, ValueError, IndexError, struct.error)
_OTHERS: Final = (
    'plc.pulse = "fc05" (Waveshare class), "fc16" (boards with a register 3 + 5 x channel), or '
    '"coil" with its risk (docs/lane.md), or another board; the maker\'s manual says which'
)


def check_pulse(plc: PlcSettings) -> Iterator[Finding]:
    """Say whether the board takes the command, and ends a pulse by itself."""
    client = modbus_client(plc.source)
    try:
        if client.connect():
            yield _tried(client, plc)
    except PulseRefused as error:
        told = f'the board cannot do what plc.pulse = "{plc.pulse}" asks: {error}'
        yield bad("pulse", told, _OTHERS)
    except _TROUBLE as error:
        yield bad("pulse", f"{plc.source}: {error}", "check the line; see the check of plc")
    finally:
        client.close()  # type: ignore[no-untyped-call]  # pymodbus left it without types


def _tried(client: Client, plc: PlcSettings) -> Finding:
    lamp, unit = plc.outputs.entry_green, plc.unit_id
    before = _is_on(client, lamp, unit)
    if plc.pulse == "coil":
        checked(client.write_coil(lamp, bool(before), device_id=unit))
        return warn(
            "pulse",
            "the box times it: one that dies in between leaves a barrier's relay closed",
            "a board that times pulses itself is safer (docs/lane.md)",
        )
    checked(client.execute(no_response_expected=False, request=timed_pulse(plc, lamp, FLASH_MS)))
    try:
        return _watched(client, plc)
    finally:
        if before is not None:
            client.write_coil(lamp, before, device_id=unit)


def _watched(client: Client, plc: PlcSettings) -> Finding:
    """Look at the relay until its time is over."""
    lamp, give_up_ms = plc.outputs.entry_green, monotonic_ms() + WATCH_MS
    was_on = False
    while monotonic_ms() < give_up_ms:
        is_on = _is_on(client, lamp, plc.unit_id)
        if is_on is None:
            return warn("pulse", "taken; the board does not tell its relays", "look at the lamp")
        if was_on and not is_on:
            return ok("pulse", f"the board ended {FLASH_MS} ms by itself (tried on a green lamp)")
        was_on = was_on or is_on
        Event().wait(LOOK_S)
    if not was_on:
        told = f"taken, but relay {lamp} did not close"
        return bad("pulse", told, f"correct plc.outputs or plc.pulse: {_OTHERS}")
    return bad("pulse", f"the board did not end a pulse of {FLASH_MS} ms", _OTHERS)


def _is_on(client: Client, lamp: int, unit: int) -> bool | None:
    """Return a relay's state; None if the board does not tell it."""
    answer = client.read_coils(lamp, count=1, device_id=unit)
    return None if answer.isError() else bool(answer.bits[0])
