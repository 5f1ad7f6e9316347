"""Barriers, lights and photocells over a real Modbus TCP server."""

import asyncio
import queue
import re
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from edge.config import PlcSettings
from edge.io.modbus_plc import BadPlcSource, ModbusPlc, modbus_client
from edge.lane.effects import Close, Open
from edge.lane.signals import BarrierTold, InputsLost, InputsRead
from simulators.deck import Beams
from simulators.gates import ENTRY_GREEN, Arm, GateBoard, PulseKind
from simulators.plc import Plc

WAIT_S = 10
ARM_S = 0.1


class Board:
    """A relay board with its own loop; `blocked` is what stands in its beams."""

    def __init__(self, pulse: PulseKind = "fc05") -> None:
        self.blocked = Beams()
        self.gates = GateBoard(Arm(ARM_S), Arm(ARM_S), pulse)
        self.plc = Plc(self.gates, lambda _: self.blocked)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.plug_in()

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(WAIT_S)

    def plug_in(self) -> None:
        self._call(self.plc.plug_in())

    def unplug(self) -> None:
        self._call(self.plc.unplug())

    def is_open(self, arm: Arm) -> bool:
        return arm.is_open(self._loop.time())

    def is_on(self, channel: int) -> bool:
        return self.gates.is_on(channel, self._loop.time())

    def is_green(self) -> bool:
        return self.gates.is_on(ENTRY_GREEN, self._loop.time())

    def stop(self) -> None:
        self.unplug()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class Listener:
    """The lane box's side, and what it posted."""

    def __init__(self, board: Board, **others: Any) -> None:
        self.signals: queue.Queue[Any] = queue.Queue()
        settings = PlcSettings(source=board.plc.source, poll_ms=10, debounce_ms=30, **others)
        self.plc = ModbusPlc(settings, self.signals.put)

    def until(self, is_it: Callable[[Any], bool]) -> Any:
        give_up_s = time.monotonic() + WAIT_S
        while True:
            signal = self.signals.get(timeout=max(0, give_up_s - time.monotonic()))
            if is_it(signal):
                return signal

    def inputs(self, **expected: Any) -> InputsRead:
        def fits(signal: Any) -> bool:
            if not isinstance(signal, InputsRead):
                return False
            return all(getattr(signal, name) == value for name, value in expected.items())

        read: InputsRead = self.until(fits)
        return read


@pytest.fixture
def board() -> Iterator[Board]:
    made = Board()
    yield made
    made.stop()


@pytest.fixture
def listener(board: Board) -> Iterator[Listener]:
    made = Listener(board)
    made.plc.start()
    yield made
    made.plc.stop()


def test_photocells_are_read(board: Board, listener: Listener) -> None:
    listener.inputs(entry_clear=True, exit_clear=True)
    board.blocked = Beams(entry_blocked=True)
    listener.inputs(entry_clear=False, exit_clear=True)
    board.blocked = Beams(exit_blocked=True)
    listener.inputs(entry_clear=True, exit_clear=False)


def test_a_cut_wire_reads_as_blocked(board: Board, listener: Listener) -> None:
    listener.inputs(entry_clear=True)
    board.plc.cut_wires.add(0)
    listener.inputs(entry_clear=False)


def test_unchanged_inputs_are_reported_every_second(board: Board, listener: Listener) -> None:
    first = listener.inputs(entry_clear=True, exit_clear=True)
    second = listener.inputs(entry_clear=True, exit_clear=True)
    assert second.mono_ms - first.mono_ms >= 1_000
    assert board.plc.asked_times > 10


def test_a_pulse_opens_the_barrier_and_its_limit_confirms(board: Board, listener: Listener) -> None:
    listener.inputs(entry_open=False)
    listener.plc.obey(Open("entry"))
    assert listener.until(lambda one: isinstance(one, BarrierTold)).order == Open("entry")
    listener.inputs(entry_open=True, exit_open=False)
    assert board.is_open(board.gates.entry)
    listener.plc.obey(Close("entry"))
    listener.inputs(entry_open=False)


def test_the_exit_has_channels_of_its_own(board: Board, listener: Listener) -> None:
    listener.inputs(exit_open=False)
    listener.plc.obey(Open("exit"))
    listener.inputs(exit_open=True, entry_open=False)
    listener.plc.obey(Close("exit"))
    listener.inputs(exit_open=False)
    assert not board.is_open(board.gates.exit)


def test_no_arm_comes_down_on_a_beam_that_is_blocked_by_now(
    board: Board, listener: Listener
) -> None:
    listener.inputs(entry_open=False, entry_clear=True)
    listener.plc.obey(Open("entry"))
    board.blocked = Beams(entry_blocked=True)
    listener.inputs(entry_open=True, entry_clear=False)
    listener.plc.obey(Close("entry"))
    listener.plc.obey(Open("exit"))
    told = listener.until(lambda one: isinstance(one, BarrierTold) and one.order != Open("entry"))
    assert told.order == Open("exit")
    board.blocked = Beams()
    listener.inputs(entry_clear=True)
    listener.plc.obey(Close("entry"))
    listener.inputs(entry_open=False)


def test_after_a_reconnect_lights_are_set_again_and_old_orders_are_not_sent(
    board: Board, listener: Listener
) -> None:
    listener.inputs(entry_clear=True)
    listener.plc.light({"entry": True, "exit": False})
    listener.plc.obey(Open("exit"))
    listener.inputs(exit_open=True)
    board.unplug()
    listener.until(lambda one: isinstance(one, InputsLost))
    listener.plc.obey(Open("entry"))
    board.gates = board.plc.board = GateBoard(Arm(ARM_S), Arm(ARM_S))
    board.plug_in()
    listener.inputs(entry_clear=True, entry_open=False)
    listener.inputs(entry_open=False)
    assert board.is_green()
    assert board.gates.entry.opened_times == 0


def test_after_a_reconnect_an_arm_that_is_up_never_reads_as_down(
    board: Board, listener: Listener
) -> None:
    """Or an order to close that the lost connection swallowed would count as obeyed."""
    listener.inputs(entry_clear=True)
    listener.plc.obey(Open("entry"))
    listener.inputs(entry_open=True)
    board.unplug()
    listener.until(lambda one: isinstance(one, InputsLost))
    board.plug_in()
    reads = [listener.inputs().entry_open]
    while reads[-1] is not True:
        reads.append(listener.inputs().entry_open)
    assert set(reads) == {None, True}


def test_a_board_without_limit_switches_is_not_asked_for_them(board: Board) -> None:
    listener = Listener(board, inputs={"entry_open_limit": "none", "exit_open_limit": "none"})
    listener.plc.start()
    read = listener.inputs(entry_clear=True)
    listener.plc.stop()
    assert (read.entry_open, read.exit_open) == (None, None)


def test_a_board_that_refuses_a_channel_counts_as_lost(board: Board) -> None:
    listener = Listener(board, outputs={"entry_green": 99})
    listener.plc.start()
    listener.plc.light({"entry": True, "exit": False})
    lost = listener.until(lambda one: isinstance(one, InputsLost))
    listener.plc.stop()
    assert "device answered" in lost.detail


def test_a_board_that_is_not_there_is_reported() -> None:
    signals: queue.Queue[Any] = queue.Queue()
    plc = ModbusPlc(PlcSettings(source="tcp://127.0.0.1:1"), signals.put)
    plc.start()
    assert isinstance(signals.get(timeout=WAIT_S), InputsLost)
    plc.stop()


def test_a_serial_board_is_addressed_by_its_line() -> None:
    client = modbus_client("rtu:///dev/ttyUSB1?baudrate=19200&parity=E&stopbits=2&bytesize=8")
    line = client.comm_params
    assert (line.host, line.baudrate, line.parity) == ("/dev/ttyUSB1", 19_200, "E")
    assert (line.stopbits, line.bytesize) == (2, 8)


def test_a_serial_board_behind_a_device_server_gets_rtu_frames() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        plc = ModbusPlc(PlcSettings(source=f"rtu+tcp://127.0.0.1:{port}"), lambda _: None)
        plc.start()
        line, _ = server.accept()
        with line:
            line.settimeout(WAIT_S)
            assert line.recv(8) == bytes.fromhex("010500040000") + b"\x8c\x0b"
        plc.stop()


@pytest.mark.parametrize(
    "source",
    [
        *("udp://h:1", "tcp://", "tcp://h:99999", "rtu://"),
        *("rtu:///dev/x?speed=1", "rtu:///dev/x?baudrate=a", "rtu:///dev/x?baudrate="),
        *("rtu:///dev/x?baudrate=0", "rtu:///dev/x?baudrate=99999999"),
        *("rtu:///dev/x?bytesize=7", "rtu:///dev/x?parity=M", "rtu:///dev/x?stopbits=3"),
    ],
)
def test_a_source_that_names_no_board_is_refused(source: str) -> None:
    with pytest.raises(BadPlcSource, match=re.escape(f"source {source!r}")):
        modbus_client(source)
