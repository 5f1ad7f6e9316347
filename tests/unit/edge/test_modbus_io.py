"""Relay board: pulses as the board times them, inputs that err on the side of blocked."""

import pytest

from edge.devices.modbus_io import Debounced, pulse
from edge.devices.texts import display_line


def test_a_pulse_is_the_manuals_example() -> None:
    assert pulse(0, 700) == (0x0200, 7)
    assert pulse(1, 800) == (0x0201, 8)


@pytest.mark.parametrize("pulse_ms", [0, -100, 50, 150, 3_276_800])
def test_a_pulse_that_the_board_cannot_time_is_refused(pulse_ms: int) -> None:
    with pytest.raises(ValueError, match="pulse_ms"):
        pulse(0, pulse_ms)


def test_blocked_counts_at_once_and_clear_only_when_it_lasts() -> None:
    beam = Debounced(100)
    samples = [(True, 0), (True, 60), (False, 80), (True, 90), (True, 189), (True, 190)]
    read = [beam.read(on=on, now_ms=now_ms) for on, now_ms in samples]
    assert read == [False, False, False, False, False, True]


def test_a_display_line_carries_no_commands() -> None:
    assert display_line("请\x1b[2J上\r\n磅") == "请 [2J上  磅\r\n".encode()
    assert len(display_line("x" * 500)) == 66
