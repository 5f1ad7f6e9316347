"""Pulses on boards of every kind, over a real Modbus TCP server: none may hold a relay."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from edge.lane.effects import Close, Open
from edge.lane.signals import BarrierRefused, BarrierTold, InputsRead
from simulators.deck import Beams
from simulators.gates import ENTRY_CLOSE, ENTRY_OPEN, PulseKind
from tests.integration.edge.test_modbus_plc import WAIT_S, Board, Listener


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
