"""How a relay board is made to close a barrier's relay for a moment: `plc.pulse`.

The board times it (functions 05 and 16), or the box does: on now, off later. The box can die or
lose the line in between, and the relay stays closed until a box is there again. So its coils are
switched off before anything else whenever a line is opened, and when the box stops.
"""

import struct
from collections.abc import Callable
from typing import Final, Protocol

from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ExceptionResponse, ModbusPDU
from pymodbus.pdu.bit_message import WriteSingleCoilRequest
from pymodbus.pdu.register_message import WriteMultipleRegistersRequest

from edge.config import PlcSettings
from edge.devices.modbus_io import HeldCoils, flash, pulse

UNKNOWN_COMMANDS: Final = frozenset({1, 2, 3})
"""Exceptions of a board that will never obey: no such function, address, value."""

Ask = Callable[[ModbusPDU], ModbusPDU]
"""Send a request; return the answer, an exception of the board's among them."""


class PulseRefused(Exception):
    """The board does not know the command; the text is its answer."""


class Pulse(WriteSingleCoilRequest):
    """Function 05 with a time for value, which relay boards read as a pulse they end themselves."""

    tenths: int = 0

    def encode(self) -> bytes:
        return struct.pack(">HH", self.address, self.tenths)


class Pulses(Protocol):
    """Pulses on one board, while its line is open."""

    @property
    def held(self) -> list[int]:
        """Return the channels that the box holds closed now."""

    def rest(self) -> None:
        """Open every relay that nobody but the box opens."""

    def send(self, channel: int, now_ms: int) -> None:
        """Close a relay for a moment; PulseRefused if the board cannot."""

    def tend(self, now_ms: int) -> int | None:
        """Do what is due; return when more is."""

    def cut_short(self, channel: int) -> None:
        """End a pulse that the box holds."""


def pulses_of(plc: PlcSettings, ask: Ask) -> Pulses:
    """Make what a board's settings name."""
    if plc.pulse == "coil":
        barriers = tuple(plc.outputs.barriers)
        return CoilPulses(barriers, plc.pulse_ms, plc.unit_id, ask)
    return BoardPulses(plc, ask)


class BoardPulses:
    """The board ends each pulse by itself."""

    def __init__(self, plc: PlcSettings, ask: Ask) -> None:
        self.held: list[int] = []
        self._plc = plc
        self._ask = ask

    def rest(self) -> None:
        """Do nothing: no relay stays closed."""

    def send(self, channel: int, now_ms: int) -> None:
        del now_ms
        checked(self._ask(timed_pulse(self._plc, channel, self._plc.pulse_ms)))

    def tend(self, now_ms: int) -> int | None:
        del now_ms
        return None

    def cut_short(self, channel: int) -> None:
        del channel


class CoilPulses:
    """The box ends each pulse: on a board that knows plain coils and nothing else."""

    def __init__(self, channels: tuple[int, ...], pulse_ms: int, unit_id: int, ask: Ask) -> None:
        self._channels = channels
        self._unit_id = unit_id
        self._ask = ask
        self._held = HeldCoils(pulse_ms)

    @property
    def held(self) -> list[int]:
        return self._held.channels

    def rest(self) -> None:
        for channel in self._channels:
            self.cut_short(channel)

    def send(self, channel: int, now_ms: int) -> None:
        """Never two commands at once: what is still closed is opened first."""
        for other in self.held:
            self.cut_short(other)
        self._held.begin(channel, now_ms)  # also when the answer is lost: the board may have obeyed
        try:
            checked(self._switch(channel, on=True))
        except PulseRefused:
            self._held.ended(channel)
            raise

    def tend(self, now_ms: int) -> int | None:
        for channel in self._held.due(now_ms):
            self.cut_short(channel)
        return self._held.next_ms()

    def cut_short(self, channel: int) -> None:
        answer = self._switch(channel, on=False)
        if answer.isError():
            raise ModbusException(f"relay {channel} cannot be opened: device answered {answer}")
        self._held.ended(channel)

    def _switch(self, channel: int, *, on: bool) -> ModbusPDU:
        request = WriteSingleCoilRequest(address=channel, bits=[on], dev_id=self._unit_id)
        return self._ask(request)


def timed_pulse(plc: PlcSettings, channel: int, pulse_ms: int) -> ModbusPDU:
    """Return the command to a board that times pulses."""
    if plc.pulse == "fc16":
        address, registers = flash(channel, pulse_ms)
        return WriteMultipleRegistersRequest(
            address=address, registers=registers, dev_id=plc.unit_id
        )
    address, tenths = pulse(channel, pulse_ms)
    request = Pulse(address=address, bits=[True], dev_id=plc.unit_id)
    request.tenths = tenths
    return request


def checked(answer: ModbusPDU) -> ModbusPDU:
    """Return an answer; PulseRefused if the board does not know the command, else what it says."""
    if not answer.isError():
        return answer
    if isinstance(answer, ExceptionResponse) and answer.exception_code in UNKNOWN_COMMANDS:
        raise PulseRefused(
            f"exception {answer.exception_code} of function {answer.function_code & 0x7F}"
        )
    raise ModbusException(f"device answered {answer}")
