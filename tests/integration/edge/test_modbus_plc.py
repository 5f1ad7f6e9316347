"""Barriers, lights and photocells over a real Modbus TCP server."""

import asyncio
import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from edge.config import PlcSettings
from edge.io.modbus_plc import BadPlcSource, ModbusPlc, modbus_client
from edge.lane.effects import Close, Open
from edge.lane.signals import BarrierRefused, BarrierTold, InputsLost, InputsRead
from simulators.deck import Beams
from simulators.gates import ENTRY_CLOSE, ENTRY_GREEN, ENTRY_OPEN, Arm, GateBoard, PulseKind
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


@pytest.fixture
def made() -> Iterator[Callable[[PulseKind], Board]]:
    """Make boards that time pulses in another way."""
    boards: list[Board] = []

    def make(pulse: PulseKind) -> Board:
        boards.append(Board(pulse))
        return boards[-1]

    yield make
    for board in boards:
        board.stop()


@pytest.mark.parametrize("pulse", ["fc05", "fc16", "coil"])
def test_every_kind_of_board_moves_its_arms_and_holds_no_relay(
    made: Callable[[PulseKind], Board], pulse: PulseKind
) -> None:
    board = made(pulse)
    listener = Listener(board, pulse=pulse, pulse_ms=100)
    listener.plc.start()
    try:
        listener.inputs(entry_open=False, entry_clear=True)
        for _ in range(2):
            listener.plc.obey(Open("entry"))
            assert listener.until(lambda one: isinstance(one, BarrierTold)).order == Open("entry")
            listener.inputs(entry_open=True)
            until(lambda: not board.is_on(ENTRY_OPEN))
            listener.plc.obey(Close("entry"))
            listener.inputs(entry_open=False)
            until(lambda: not board.is_on(ENTRY_CLOSE))
    finally:
        listener.plc.stop()


@pytest.mark.parametrize(("asked", "there"), [("fc05", "fc16"), ("fc16", "fc05"), ("fc05", "coil")])
def test_a_board_that_does_not_know_the_pulse_is_told_of_and_not_lost(
    made: Callable[[PulseKind], Board], asked: PulseKind, there: PulseKind
) -> None:
    board = made(there)
    listener = Listener(board, pulse=asked)
    listener.plc.start()
    listener.inputs(entry_clear=True)
    listener.plc.obey(Close("entry"))
    refused = listener.until(lambda one: not isinstance(one, InputsRead))
    listener.inputs(entry_clear=True)
    listener.plc.stop()
    assert isinstance(refused, BarrierRefused)
    assert (refused.order, refused.detail) == (
        Close("entry"),
        f"plc.pulse {asked}: exception 2 of function {5 if asked == 'fc05' else 16}",
    )


def test_an_arm_that_the_box_holds_down_is_let_go_when_its_beam_is_blocked(
    made: Callable[[PulseKind], Board],
) -> None:
    board = made("coil")
    listener = Listener(board, pulse="coil", pulse_ms=10_000)
    listener.plc.start()
    listener.inputs(entry_clear=True)
    listener.plc.obey(Close("entry"))
    until(lambda: board.is_on(ENTRY_CLOSE))
    board.blocked = Beams(entry_blocked=True)
    until(lambda: not board.is_on(ENTRY_CLOSE))
    listener.plc.stop()


def test_the_other_command_of_a_barrier_ends_the_one_before(
    made: Callable[[PulseKind], Board],
) -> None:
    board = made("coil")
    listener = Listener(board, pulse="coil", pulse_ms=10_000)
    listener.plc.start()
    listener.inputs(entry_clear=True)
    listener.plc.obey(Close("entry"))
    until(lambda: board.is_on(ENTRY_CLOSE))
    listener.plc.obey(Open("entry"))
    until(lambda: board.is_on(ENTRY_OPEN))
    assert not board.is_on(ENTRY_CLOSE)
    listener.plc.stop()
    assert not board.is_on(ENTRY_OPEN)


def test_a_relay_that_was_closed_when_the_line_broke_is_opened_soon(
    made: Callable[[PulseKind], Board],
) -> None:
    board = made("coil")
    listener = Listener(board, pulse="coil", pulse_ms=10_000)
    listener.plc.start()
    listener.inputs(entry_clear=True)
    listener.plc.obey(Open("entry"))
    until(lambda: board.is_on(ENTRY_OPEN))
    board.unplug()
    threading.Event().wait(3)  # pauses between two attempts would have grown
    assert board.is_on(ENTRY_OPEN)
    board.plug_in()
    back_s = time.monotonic()
    until(lambda: not board.is_on(ENTRY_OPEN))
    assert time.monotonic() - back_s < 1.0
    listener.plc.stop()


OPENS: str = """
import sys
from edge.config import PlcSettings
from edge.io.modbus_plc import ModbusPlc
from edge.lane.effects import Open
from edge.lane.signals import BarrierTold, InputsRead
import queue
told = queue.Queue()
plc = ModbusPlc(PlcSettings(source=sys.argv[1], pulse="coil", pulse_ms=10_000), told.put)
plc.start()
while not isinstance(told.get(), InputsRead):
    pass
plc.obey(Open("entry"))
while not isinstance(told.get(), BarrierTold):
    pass
print("held", file=sys.stderr, flush=True)
told.get(timeout=60)
"""


def test_a_box_that_is_killed_while_it_holds_a_relay_opens_it_when_it_is_back(
    made: Callable[[PulseKind], Board],
) -> None:
    board = made("coil")
    with subprocess.Popen(
        [sys.executable, "-c", OPENS, board.plc.source], stderr=subprocess.PIPE
    ) as box:
        assert box.stderr is not None
        assert box.stderr.readline() == b"held\n"
        os.kill(box.pid, signal.SIGKILL)
    assert board.is_on(ENTRY_OPEN)
    listener = Listener(board, pulse="coil")
    listener.plc.start()
    listener.inputs(entry_clear=True)
    assert not board.is_on(ENTRY_OPEN)
    listener.plc.stop()


def until(is_so: Callable[[], bool]) -> None:
    give_up_s = time.monotonic() + WAIT_S
    while not is_so():
        assert time.monotonic() < give_up_s
        threading.Event().wait(0.01)


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
