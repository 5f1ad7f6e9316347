"""Relay board: pulses as the board times them, inputs that err on the side of blocked."""

import pytest

from edge.devices.modbus_io import Debounced, HeldCoils, Settled, flash, lamps, pulse


def test_a_pulse_is_the_manuals_example() -> None:
    assert pulse(0, 700) == (0x0200, 7)
    assert pulse(1, 800) == (0x0201, 8)


@pytest.mark.parametrize("pulse_ms", [0, -100, 50, 150, 3_276_800])
def test_a_pulse_that_the_board_cannot_time_is_refused(pulse_ms: int) -> None:
    with pytest.raises(ValueError, match="pulse_ms"):
        pulse(0, pulse_ms)


def test_a_pulse_by_registers_is_the_one_of_public_code() -> None:
    assert flash(0, 5_000) == (3, [4, 0x32])
    assert [flash(channel, 500)[0] for channel in range(4)] == [3, 8, 13, 18]


def test_a_coil_that_the_box_holds_is_due_when_its_time_is_over() -> None:
    held = HeldCoils(500)
    assert (held.next_ms(), held.channels) == (None, [])
    held.begin(0, 1_000)
    held.begin(3, 1_200)
    assert (held.due(1_499), held.due(1_500), held.due(1_700)) == ([], [0], [0, 3])
    assert (held.next_ms(), held.channels) == (1_500, [0, 3])
    held.ended(0)
    held.ended(0)
    assert (held.next_ms(), held.channels) == (1_700, [3])


def test_blocked_counts_at_once_and_clear_only_when_it_lasts() -> None:
    beam = Debounced(100)
    samples = [(True, 0), (True, 60), (False, 80), (True, 90), (True, 189), (True, 190)]
    read = [beam.read(on=on, now_ms=now_ms) for on, now_ms in samples]
    assert read == [False, False, False, False, False, True]


def test_a_limit_is_unknown_until_it_is_steady_and_a_glitch_is_not_seen() -> None:
    limit = Settled(100)
    samples = [(True, 0), (True, 99), (True, 100), (False, 140), (True, 180), (False, 190)]
    samples += [(False, 289), (False, 290)]
    read = [limit.read(on=on, now_ms=now_ms) for on, now_ms in samples]
    assert read == [None, None, True, True, True, True, True, False]


@pytest.mark.parametrize("side", ["entry", "exit", None])
def test_each_light_is_red_or_green_and_goes_dark_before_it_changes(side: str | None) -> None:
    entry, exit_ = side == "entry", side == "exit"
    told = lamps(entry_green=entry, exit_green=exit_)
    lit = dict(told)
    assert (lit["entry_green"], lit["entry_red"]) == (entry, not entry)
    assert (lit["exit_green"], lit["exit_red"]) == (exit_, not exit_)
    assert [on for _, on in told] == [False, False, True, True]
