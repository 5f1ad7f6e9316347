"""Relays and arms: what a command does, and what the inputs say about it."""

import pytest

from simulators.deck import Beams
from simulators.gates import (
    ENTRY_CLOSE,
    ENTRY_GREEN,
    ENTRY_OPEN,
    EXIT_CLOSE,
    EXIT_OPEN,
    Arm,
    GateBoard,
    IllegalAddress,
    IllegalValue,
)

CLEAR = Beams()
PULSE = 0x0200
ON, OFF, TOGGLE = 0xFF00, 0x0000, 0x5500


def a_board() -> GateBoard:
    return GateBoard(Arm(1.0), Arm(1.0))


def test_an_arm_takes_its_time_to_open() -> None:
    board = a_board()
    board.write(PULSE + ENTRY_OPEN, 5, 10.0, CLEAR)
    assert board.entry.position(10.5) == pytest.approx(0.5)
    assert not board.inputs(10.9, CLEAR)[2]
    assert board.inputs(11.0, CLEAR)[2]


def test_an_arm_takes_its_time_to_close() -> None:
    board = a_board()
    board.write(PULSE + EXIT_OPEN, 5, 10.0, CLEAR)
    board.write(PULSE + EXIT_CLOSE, 5, 20.0, CLEAR)
    assert not board.inputs(20.5, CLEAR)[3]
    assert not board.exit.is_closed(20.9)
    assert board.inputs(21.0, CLEAR)[5]


def test_an_arm_that_turns_half_way_goes_back_from_there() -> None:
    board = a_board()
    board.write(PULSE + ENTRY_OPEN, 1, 10.0, CLEAR)
    board.write(PULSE + ENTRY_CLOSE, 1, 10.4, CLEAR)
    assert board.entry.position(10.6) == pytest.approx(0.2)
    assert board.entry.is_closed(10.9)


def test_at_the_start_both_arms_are_down_and_both_photocells_closed() -> None:
    assert a_board().inputs(0.0, CLEAR) == [True, True, False, False, True, True, False, False]


def test_a_blocked_photocell_opens_its_contact() -> None:
    board = a_board()
    assert board.inputs(0.0, Beams(entry_blocked=True))[:2] == [False, True]
    assert board.inputs(0.0, Beams(exit_blocked=True))[:2] == [True, False]


def test_a_pulse_ends_by_itself() -> None:
    board = a_board()
    board.write(PULSE + EXIT_OPEN, 7, 10.0, CLEAR)
    assert board.is_on(EXIT_OPEN, 10.69)
    assert not board.is_on(EXIT_OPEN, 10.7)


def test_a_light_stays_until_it_is_switched_off() -> None:
    board = a_board()
    board.write(ENTRY_GREEN, ON, 1.0, CLEAR)
    assert board.coils(1e9)[ENTRY_GREEN]
    board.write(ENTRY_GREEN, OFF, 2.0, CLEAR)
    assert not any(board.coils(2.0))


def test_a_toggle_turns_a_relay_over() -> None:
    board = a_board()
    board.write(ENTRY_GREEN, TOGGLE, 1.0, CLEAR)
    assert board.is_on(ENTRY_GREEN, 1.0)
    board.write(ENTRY_GREEN, TOGGLE, 2.0, CLEAR)
    assert not board.is_on(ENTRY_GREEN, 2.0)


def test_a_contact_that_is_closed_already_gives_no_second_command() -> None:
    board = a_board()
    board.write(PULSE + ENTRY_OPEN, 5, 10.0, CLEAR)
    board.write(PULSE + ENTRY_OPEN, 5, 10.1, CLEAR)
    assert board.entry.opened_times == 1


@pytest.mark.parametrize("channel", [ENTRY_CLOSE, EXIT_CLOSE])
def test_a_barrier_does_not_close_on_a_truck(channel: int) -> None:
    board = a_board()
    board.write(PULSE + ENTRY_OPEN, 5, 10.0, CLEAR)
    board.write(PULSE + EXIT_OPEN, 5, 10.0, CLEAR)
    board.write(PULSE + channel, 5, 12.0, Beams(entry_blocked=True, exit_blocked=True))
    assert board.entry.is_open(14.0)
    assert board.exit.is_open(14.0)


def test_a_falling_arm_rises_when_its_beam_is_cut() -> None:
    board = a_board()
    board.write(PULSE + EXIT_OPEN, 5, 10.0, CLEAR)
    board.write(PULSE + EXIT_CLOSE, 5, 12.0, CLEAR)
    board.guard(12.4, CLEAR)
    board.guard(12.5, Beams(exit_blocked=True))
    assert board.exit.is_open(13.0)


def test_a_closed_arm_stays_down_behind_a_truck_that_passes_the_beam() -> None:
    board = a_board()
    board.guard(5.0, Beams(entry_blocked=True, exit_blocked=True))
    assert board.entry.is_closed(5.0)
    assert board.exit.is_closed(5.0)


@pytest.mark.parametrize("address", [8, 0x01FF, PULSE + 8, 0xFFFF])
def test_an_unknown_relay_is_refused(address: int) -> None:
    with pytest.raises(IllegalAddress):
        a_board().write(address, ON, 1.0, CLEAR)


@pytest.mark.parametrize(("address", "value"), [(0, 1), (0, 0xFF01), (PULSE, 0), (PULSE, 0x8000)])
def test_an_unknown_command_is_refused_and_moves_nothing(address: int, value: int) -> None:
    board = a_board()
    with pytest.raises(IllegalValue):
        board.write(address, value, 1.0, CLEAR)
    assert not any(board.coils(1.0))
    assert board.entry.opened_times == 0


def test_a_board_of_another_kind_knows_no_pulse_by_function_05() -> None:
    for kind in ("fc16", "coil"):
        board = GateBoard(Arm(1.0), Arm(1.0), kind)
        with pytest.raises(IllegalAddress):
            board.write(PULSE + ENTRY_OPEN, 5, 10.0, CLEAR)
        board.write(ENTRY_GREEN, ON, 10.0, CLEAR)
        assert board.is_on(ENTRY_GREEN, 1e9)


def test_a_pulse_by_registers_ends_by_itself() -> None:
    board = GateBoard(Arm(1.0), Arm(1.0), "fc16")
    board.write_registers(3 + 5 * ENTRY_OPEN, [4, 5], 10.0, CLEAR)
    assert board.is_on(ENTRY_OPEN, 10.4)
    assert not board.is_on(ENTRY_OPEN, 10.5)
    assert board.entry.is_open(11.0)


@pytest.mark.parametrize(
    ("address", "values", "error"),
    [
        (4, [4, 5], IllegalAddress),
        (3 + 5 * 8, [4, 5], IllegalAddress),
        (0, [4, 5], IllegalAddress),
        (3, [2, 5], IllegalValue),
        (3, [4, 0], IllegalValue),
        (3, [4], IllegalValue),
    ],
)
def test_registers_that_are_no_pulse_are_refused(
    address: int, values: list[int], error: type[ValueError]
) -> None:
    board = GateBoard(Arm(1.0), Arm(1.0), "fc16")
    with pytest.raises(error):
        board.write_registers(address, values, 10.0, CLEAR)


def test_a_board_that_times_by_function_05_has_no_registers() -> None:
    with pytest.raises(IllegalAddress):
        a_board().write_registers(3, [4, 5], 10.0, CLEAR)
