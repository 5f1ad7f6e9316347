"""Indicators that keep their weight in Modbus registers, over a serial line (RTU) or TCP.

`map` names a model of `modbus_maps`; its numbers can be overridden one by one. One request reads
everything from the first register that is needed to the last: weight, tare, status, division. Over
TCP the source is `socket://host:502` with `framing=tcp`.

What the indicator refuses for now (exceptions 5 and 6) is `not_executable`, what it cannot do
(exception 4) is an error, and what it does not have (1 to 3 and others) a bad frame: the map is
wrong. Source: Modbus application protocol 1.1b3, and for the maps each maker's manual.

Blind spots: over TCP nothing but the connection guards the bytes; two registers that change while
they are read can give half of an old and half of a new number, if the indicator allows it.
"""

from dataclasses import replace
from typing import Annotated, Final

from pydantic import Field

from edge.devices.readings import BadFrame, Reading, State, no_weight
from edge.devices.scales.codec import Check, ScaleCodec
from edge.devices.scales.modbus_frames import (
    FAILED,
    Framing,
    Query,
    RtuAnswers,
    TcpAnswers,
    framed,
)
from edge.devices.scales.modbus_maps import MAPS, ByteOrder, NumberType, Which
from edge.devices.scales.modbus_registers import registers_of

BUSY: Final = 6
REGISTERS: Final = 0x10000

_STATES: Final[dict[int, State]] = {4: "error", 5: "not_executable", BUSY: "not_executable"}

Base = Annotated[int, Field(ge=0, le=40_001)]
Function = Annotated[int, Field(ge=3, le=4)]
UnitId = Annotated[int, Field(ge=0, le=255)]


class ModbusScale(ScaleCodec):
    """One indicator. `first` is the register of the weight, as the manual with this `base` counts.

    `value` is the weight that is read where a model has several, `order` the order of its bytes
    with a the highest, and `divisor` what the number is to be divided by.
    """

    check: Check = "crc16"

    def __init__(  # noqa: PLR0913 - each is an option of the protocol
        self,
        *,
        map: str = "plain",  # noqa: A002 - the option's public name
        value: Which | None = None,
        base: Base | None = None,
        first: int | None = None,
        function: Function | None = None,
        type: NumberType | None = None,  # noqa: A002 - the option's public name
        order: ByteOrder | None = None,
        divisor: int | None = None,
        unit_id: UnitId = 1,
        framing: Framing = "rtu",
    ) -> None:
        """Make the codec; ValueError for an unknown map, a weight it lacks, or a register."""
        if map not in MAPS:
            raise ValueError(f"map {map!r}: known are {', '.join(sorted(MAPS))}")
        model = MAPS[map]
        which: Which = next(iter(model.weights)) if value is None else value
        if which not in model.weights:
            raise ValueError(f"value {which}: {map} has {', '.join(model.weights)}")
        weight = model.weights[which]
        weight = replace(
            weight,
            register=weight.register if first is None else first,
            type=type or weight.type,
            order=order or weight.order,
        )
        decimals = None if divisor is None else _decimals(divisor)
        self._registers = registers_of(model, which, weight, decimals)
        self._framing: Framing = framing
        if framing == "tcp":
            self.check = "none"
        address = self._registers.first - (model.base if base is None else base)
        if not 0 <= address <= REGISTERS - self._registers.count:
            raise ValueError(f"first: register {address} does not exist, counted from 0")
        self._query = Query(unit_id, function or model.function, address, self._registers.count)
        self.request = framed(unit_id, self._query.pdu, framing)
        answers = TcpAnswers if framing == "tcp" else RtuAnswers
        super().__init__(answers(self._query, self._registers.read, _refused))

    def encode(self, reading: Reading) -> bytes:
        """Return the answer; ValueError for a fact, state or number without a place in it."""
        function = self._query.function
        if reading.state == "not_executable":
            return self._framed(bytes([function | FAILED, BUSY]))
        data = self._registers.written(reading)
        return self._framed(bytes([function, len(data)]) + data)

    def _framed(self, pdu: bytes) -> bytes:
        return framed(self._query.unit_id, pdu, self._framing)


def _decimals(divisor: int) -> int:
    decimals = len(str(divisor)) - 1
    if divisor != 10**decimals:
        raise ValueError(f"divisor {divisor}: expected 1, 10, 100 and so on")
    return decimals


def _refused(code: int, frame: bytes) -> Reading | BadFrame:
    if code in _STATES:
        return no_weight(_STATES[code])
    return BadFrame(f"exception {code}", frame)
