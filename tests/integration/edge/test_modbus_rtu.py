"""The relay board on a serial line: the very bytes of its manual."""

import os
import queue
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from pymodbus.framer import FramerRTU

from edge.config import PlcSettings
from edge.io.modbus_plc import ModbusPlc
from edge.lane.effects import Open
from edge.lane.signals import BarrierTold, InputsLost, InputsRead

WAIT_S = 10
PULSE_OF_THE_MANUAL = bytes.fromhex("0105020000078DB0")
"""Relay 0 on for 700 ms."""


def with_crc(frame: bytes) -> bytes:
    return frame + FramerRTU.compute_CRC(frame).to_bytes(2, "big")


class SerialBoard:
    """Answers on a pseudo-terminal: both beams clear, no barrier open, orders echoed."""

    def __init__(self) -> None:
        self._master, self._slave = os.openpty()
        self.path = os.ttyname(self._slave)
        self.orders: queue.Queue[bytes] = queue.Queue()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        request = b""
        while True:
            request += os.read(self._master, 64)
            if request.startswith(b"end"):
                return
            while len(request) >= 8:
                frame, request = request[:8], request[8:]
                os.write(self._master, self._answer(frame))

    def _answer(self, frame: bytes) -> bytes:
        if frame[1] == 2:
            return with_crc(bytes([1, 2, 1, 0b0011]))
        self.orders.put(frame)
        return frame

    def stop(self) -> None:
        os.write(self._slave, b"end")
        self._thread.join()
        os.close(self._master)
        os.close(self._slave)


@pytest.fixture
def board() -> Iterator[SerialBoard]:
    made = SerialBoard()
    yield made
    made.stop()


def test_inputs_and_pulses_go_over_a_serial_line(board: SerialBoard) -> None:
    signals: queue.Queue[Any] = queue.Queue()
    source = f"rtu://{board.path}?baudrate=9600"
    plc = ModbusPlc(PlcSettings(source=source, pulse_ms=700, debounce_ms=0), signals.put)
    plc.start()
    first = signals.get(timeout=WAIT_S)
    while isinstance(first, InputsLost):
        first = signals.get(timeout=WAIT_S)
    assert isinstance(first, InputsRead)
    assert (first.entry_clear, first.exit_clear, first.entry_open) == (True, True, False)
    plc.obey(Open("entry"))
    while not isinstance(signals.get(timeout=WAIT_S), BarrierTold):
        continue
    plc.stop()
    sent = [board.orders.get_nowait() for _ in range(board.orders.qsize())]
    assert PULSE_OF_THE_MANUAL in sent
    assert sent.count(PULSE_OF_THE_MANUAL) == 1
