"""What the doctor says of the relay board; it moves nothing."""

import pytest

from edge.commissioning.check_network import check_network
from simulators.deck import Beams
from simulators.gates import Arm, GateBoard
from simulators.loop_thread import LoopThread
from simulators.plc import Plc
from tests.integration.edge.commissioning.findings_of import found
from tests.integration.edge.conftest import MakeSettings


@pytest.mark.parametrize(
    ("beams", "level", "says"),
    [
        (Beams(), "ok", "entry_beam 1, exit_beam 1, entry_open_limit 0, exit_open_limit 0"),
        (Beams(entry_blocked=True), "warn", "entry_beam 0"),
    ],
)
def test_inputs_are_read_and_nothing_moves(
    make_settings: MakeSettings, beams: Beams, level: str, says: str
) -> None:
    entry, leaving = Arm(0.01), Arm(0.01)
    plc = Plc(GateBoard(entry, leaving), lambda _: beams)
    loop = LoopThread("plc")
    loop.start()
    loop.call(plc.plug_in()).result(10)
    settings = make_settings(plc={"source": plc.source})
    ((found_level, detail),) = found(check_network(settings), "plc")
    loop.stop(plc.unplug)
    assert (found_level, says in detail) == (level, True)
    assert not entry.is_open(1e9)
    assert not leaving.is_open(1e9)


class _Latching(GateBoard):
    """Takes the command for a pulse, and never ends it."""

    def _until(self, address: int, channel: int, value: int, at_s: float) -> float:
        until_s = super()._until(address, channel, value, at_s)
        return 1e9 if until_s > at_s else until_s


class _Deaf(GateBoard):
    """Echoes the command for a pulse, and does nothing."""

    def write(self, address: int, value: int, at_s: float, beams: Beams) -> None:
        if address < 0x0200:
            super().write(address, value, at_s, beams)


BOARDS: dict[str, GateBoard] = {
    "fc05": GateBoard(Arm(0.01), Arm(0.01)),
    "fc16": GateBoard(Arm(0.01), Arm(0.01), "fc16"),
    "coil": GateBoard(Arm(0.01), Arm(0.01), "coil"),
    "latching": _Latching(Arm(0.01), Arm(0.01)),
    "deaf": _Deaf(Arm(0.01), Arm(0.01)),
}


@pytest.mark.parametrize(
    ("there", "pulse", "level", "says"),
    [
        ("fc05", "fc05", "ok", "ended 300 ms by itself"),
        ("fc16", "fc16", "ok", "ended 300 ms by itself"),
        ("coil", "coil", "warn", "leaves a barrier's relay closed"),
        ("fc16", "fc05", "fail", "exception 2 of function 5"),
        ("coil", "fc05", "fail", "exception 2 of function 5"),
        ("coil", "fc16", "fail", "exception 2 of function 16"),
        ("latching", "fc05", "fail", "did not end"),
        ("deaf", "fc05", "fail", "did not close"),
    ],
)
def test_a_pulse_is_tried_on_a_lamp_and_no_barrier_moves(
    make_settings: MakeSettings, there: str, pulse: str, level: str, says: str
) -> None:
    board = BOARDS[there]
    plc = Plc(board, lambda _: Beams())
    loop = LoopThread("plc")
    loop.start()
    loop.call(plc.plug_in()).result(10)
    settings = make_settings(plc={"source": plc.source, "pulse": pulse})
    ((found_level, detail),) = found(check_network(settings), "pulse")
    loop.stop(plc.unplug)
    assert (found_level, says in detail) == (level, True)
    assert (board.entry.opened_times, board.exit.opened_times) == (0, 0)
    assert not any(board.coils(1e8))


def test_a_board_that_is_not_there_or_cannot_be_is_named(make_settings: MakeSettings) -> None:
    ((level, detail),) = found(check_network(make_settings()), "plc")
    assert (level, "cannot connect" in detail) == ("fail", True)
    wrong = make_settings(plc={"source": "udp://x"})
    assert "expected tcp://" in found(check_network(wrong), "plc")[0][1]
