"""The Modbus TCP face of a lane's relay board (FC01, 02, 05, 16); pymodbus does the protocol."""

import asyncio
import struct
from collections.abc import Callable
from typing import ClassVar, Final

from pymodbus.constants import ExcCodes
from pymodbus.pdu import ExceptionResponse, ModbusPDU
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from simulators.deck import Beams
from simulators.gates import CHANNELS, GateBoard, IllegalAddress, IllegalValue

_READ_COILS, _READ_INPUTS, _WRITE_REGISTERS = 1, 2, 16
_REGISTERS: Final = 64
_UNIT = 1


class _SingleCoil(ModbusPDU):
    """FC05 with its value kept: the stock form knows only on and off, not a pulse length."""

    function_code = 5
    rtu_frame_size = 8
    obey: ClassVar[Callable[[int, int], ExcCodes | None]]

    value = 0

    def encode(self) -> bytes:
        return struct.pack(">HH", self.address, self.value)

    def decode(self, data: bytes) -> None:
        self.address, self.value = struct.unpack(">HH", data[:4])

    async def datastore_update(self, context: object, device_id: int) -> ModbusPDU:
        """Switch the relay; the answer of a board that obeyed is an echo."""
        del context, device_id
        if fault := type(self).obey(self.address, self.value):
            return ExceptionResponse(self.function_code, fault)
        return self


class Plc:
    """Serves one board; an input in `cut_wires` reads as an open contact."""

    def __init__(self, board: GateBoard, beams: Callable[[float], Beams], port: int = 0) -> None:
        self.board = board
        self.cut_wires: set[int] = set()
        self.asked_times = 0
        self._beams = beams
        self._port = port
        self._server: ModbusTcpServer | None = None

    @property
    def source(self) -> str:
        return f"tcp://127.0.0.1:{self._port}"

    async def plug_in(self) -> None:
        pdu = type("SingleCoil", (_SingleCoil,), {"obey": staticmethod(self._obey)})
        self._server = ModbusTcpServer(
            self._device(), address=("127.0.0.1", self._port), custom_pdu=[pdu]
        )
        await self._server.serve_forever(background=True)
        listening = self._server.transport
        assert isinstance(listening, asyncio.Server)
        self._port = listening.sockets[0].getsockname()[1]

    async def unplug(self) -> None:
        if self._server is not None:
            await self._server.shutdown()  # type: ignore[no-untyped-call]  # pymodbus left it so
            self._server = None

    def _device(self) -> SimDevice:
        bits = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]
        registers = [SimData(0, count=_REGISTERS, values=0, datatype=DataType.REGISTERS)]
        return SimDevice(_UNIT, (bits, list(bits), registers, registers), action=self._answer)

    async def _answer(  # noqa: PLR0913, PLR0917  pymodbus calls it so
        self,
        function_code: int,
        start_address: int,
        address: int,
        count: int,
        current_registers: list[int],
        set_values: list[int] | list[bool] | None,
    ) -> ExcCodes | None:
        """Put the board's state into the registers just before they are read."""
        del start_address, count
        self.asked_times += 1
        at_s = asyncio.get_running_loop().time()
        if function_code == _WRITE_REGISTERS and set_values is not None:
            values = [int(value) for value in set_values]
            return self._obeyed(
                lambda: self.board.write_registers(address, values, at_s, self._beams(at_s))
            )
        if set_values is not None:
            return ExcCodes.ILLEGAL_FUNCTION
        if function_code == _READ_INPUTS:
            inputs = self.board.inputs(at_s, self._beams(at_s))
            current_registers[0] = _packed(
                [on and number not in self.cut_wires for number, on in enumerate(inputs)]
            )
        elif function_code == _READ_COILS:
            current_registers[0] = _packed(self.board.coils(at_s))
        return None

    def _obey(self, address: int, value: int) -> ExcCodes | None:
        at_s = asyncio.get_running_loop().time()
        return self._obeyed(lambda: self.board.write(address, value, at_s, self._beams(at_s)))

    @staticmethod
    def _obeyed(command: Callable[[], None]) -> ExcCodes | None:
        try:
            command()
        except IllegalAddress:
            return ExcCodes.ILLEGAL_ADDRESS
        except IllegalValue:
            return ExcCodes.ILLEGAL_VALUE
        return None


def _packed(bits: list[bool]) -> int:
    assert len(bits) == CHANNELS
    return sum(1 << position for position, bit in enumerate(bits) if bit)
