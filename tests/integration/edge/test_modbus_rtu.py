"""The relay board on a serial line: the very bytes of its manual."""

import json
import os
import queue
import select
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymodbus.framer import FramerRTU

from edge.config import PlcSettings
from edge.io.modbus_plc import ModbusPlc
from edge.lane.effects import Barrier, Open
from edge.lane.signals import BarrierTold, InputsLost, InputsRead

WAIT_S = 10
FRAMES = Path(__file__).parents[2] / "frames" / "modbus_relay.json"
MANUAL = {
    frame["expect"]["meaning"]: bytes.fromhex(frame["hex"])
    for frame in json.loads(FRAMES.read_text())["frames"]
}


def with_crc(frame: bytes) -> bytes:
    return frame + FramerRTU.compute_CRC(frame).to_bytes(2, "big")


class SerialBoard:
    """Answers on a pseudo-terminal: both beams clear, no barrier open, orders echoed."""

    def __init__(self) -> None:
        self._master, self._slave = os.openpty()
        self.path = os.ttyname(self._slave)
        self.inputs = 0b0011
        self.is_silent = False
        self.asked: set[bytes] = set()
        self.orders: queue.Queue[bytes] = queue.Queue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        request = b""
        while not self._stopping.is_set():
            if not select.select([self._master], [], [], 0.05)[0]:
                continue
            request += os.read(self._master, 64)
            while len(request) >= 8:
                frame, request = request[:8], request[8:]
                answer = self._answer(frame)
                if not self.is_silent:
                    os.write(self._master, answer)

    def _answer(self, frame: bytes) -> bytes:
        if frame[1] in {1, 2}:
            self.asked.add(frame)
            return with_crc(bytes([frame[0], frame[1], 1, self.inputs]))
        self.orders.put(frame)
        return frame

    def taken(self) -> list[bytes]:
        return [self.orders.get_nowait() for _ in range(self.orders.qsize())]

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()
        os.close(self._master)
        os.close(self._slave)


class Box:
    """The lane box's side of the line."""

    def __init__(self, board: SerialBoard, **settings: Any) -> None:
        self.signals: queue.Queue[Any] = queue.Queue()
        known = {"source": f"rtu://{board.path}?baudrate=9600", "debounce_ms": 0}
        self.plc = ModbusPlc(PlcSettings(**{**known, **settings}), self.signals.put)
        self.plc.start()

    def until(self, kind: type) -> Any:
        give_up_s = time.monotonic() + WAIT_S
        while time.monotonic() < give_up_s:
            signal = self.signals.get(timeout=WAIT_S)
            if isinstance(signal, kind):
                return signal
            assert isinstance(signal, InputsLost | InputsRead)
        raise AssertionError(f"no {kind.__name__} came")

    def green(self, board: SerialBoard, side: Barrier | None) -> list[bytes]:
        """Ask for a light and return what was sent until the next pulse."""
        self.plc.light({"entry": side == "entry", "exit": side == "exit"})
        self.plc.obey(Open("exit"))
        self.until(BarrierTold)
        return board.taken()


@pytest.fixture
def board() -> Iterator[SerialBoard]:
    made = SerialBoard()
    yield made
    made.stop()


def test_inputs_and_pulses_go_over_a_serial_line(board: SerialBoard) -> None:
    box = Box(board, pulse_ms=700)
    first = box.until(InputsRead)
    assert (first.entry_clear, first.exit_clear, first.entry_open) == (True, True, False)
    box.plc.obey(Open("entry"))
    box.until(BarrierTold)
    box.plc.stop()
    assert board.taken().count(MANUAL["relay 0 flash ON 700 ms"]) == 1
    assert board.asked == {with_crc(bytes.fromhex("010200000004"))}


def test_pulses_and_lights_are_byte_for_byte_those_of_the_manual(board: SerialBoard) -> None:
    outputs = {"entry_green": 0, "entry_open": 8, "entry_close": 9, "exit_open": 1}
    box = Box(board, pulse_ms=800, outputs=outputs)
    box.until(InputsRead)
    sent = [*box.green(board, None), *box.green(board, "entry"), *box.green(board, None)]
    box.plc.stop()
    used = ["relay 0 off", "relay 1 flash ON 800 ms", "relay 0 on"]
    off, pulse, on = (MANUAL[meaning] for meaning in used)
    assert [frame for frame in sent if frame in {off, pulse, on}] == [
        *(off, pulse),
        *(on, pulse),
        *(off, pulse),
    ]


def coil(channel: int, *, on: bool) -> bytes:
    return with_crc(bytes([1, 5, 0, channel, 0xFF if on else 0, 0]))


RED = {"entry_red": 6, "exit_red": 7}
ENTRY_GREEN, EXIT_GREEN, ENTRY_RED, EXIT_RED = 4, 5, 6, 7


def test_a_light_with_two_lamps_never_shows_both(board: SerialBoard) -> None:
    box = Box(board, outputs=RED)
    box.until(InputsRead)
    assert set(box.green(board, None)[:4]) == {
        *(coil(ENTRY_GREEN, on=False), coil(EXIT_GREEN, on=False)),
        *(coil(ENTRY_RED, on=True), coil(EXIT_RED, on=True)),
    }
    assert box.green(board, "entry")[:2] == [coil(ENTRY_RED, on=False), coil(ENTRY_GREEN, on=True)]
    assert box.green(board, None)[:2] == [coil(ENTRY_GREEN, on=False), coil(ENTRY_RED, on=True)]
    box.plc.stop()


def test_a_box_that_is_stopped_leaves_the_lights_red(board: SerialBoard) -> None:
    box = Box(board, outputs=RED)
    box.until(InputsRead)
    box.green(board, "entry")
    box.plc.stop()
    assert board.taken() == [coil(ENTRY_GREEN, on=False), coil(ENTRY_RED, on=True)]


def test_a_board_that_falls_silent_does_not_keep_the_box_from_stopping(board: SerialBoard) -> None:
    box = Box(board, poll_ms=500)
    box.until(InputsRead)
    box.green(board, "exit")
    board.is_silent = True
    box.plc.stop()
    assert not box.plc._thread.is_alive


def test_a_lamp_on_the_resting_contact_is_lit_while_its_relay_is_off(board: SerialBoard) -> None:
    box = Box(board, outputs=RED, inverted=["entry_red", "exit_red"])
    box.until(InputsRead)
    assert {coil(ENTRY_RED, on=False), coil(EXIT_RED, on=False)} <= set(box.green(board, None))
    assert coil(ENTRY_RED, on=True) in box.green(board, "entry")
    box.plc.stop()


def test_inputs_can_be_on_another_board_read_as_coils(board: SerialBoard) -> None:
    board.inputs = 0b0111
    box = Box(board, input_unit_id=7, input_function=1, inverted=["exit_open_limit"])
    read = box.until(InputsRead)
    box.plc.stop()
    assert board.asked == {with_crc(bytes.fromhex("070100000004"))}
    assert (read.entry_clear, read.entry_open, read.exit_open) == (True, True, True)
