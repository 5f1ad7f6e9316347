"""What a bad cable does to a frame."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.chance import seeded
from simulators.faults import LineFaults, damaged
from simulators.uart import UartSettings, received

FRAME = b"\x02+0153601E\x03"
N81 = UartSettings()
E71 = UartSettings(bits=7, parity="E")


def through(
    seed: int = 1, line: tuple[UartSettings, UartSettings] = (N81, N81), **of: Any
) -> bytes:
    return damaged(FRAME, LineFaults(**of), line, seeded(seed))


def test_a_good_cable_changes_nothing() -> None:
    assert through() == FRAME


def test_a_good_cable_needs_no_chance() -> None:
    rng = seeded(1)
    damaged(FRAME, LineFaults(), (N81, N81), rng)
    assert rng.random() == seeded(1).random()


def test_a_silent_cable_brings_nothing() -> None:
    assert through(silent=True) == b""


def test_a_torn_frame_loses_its_end() -> None:
    for seed in range(50):
        left = through(seed, torn=1.0)
        assert len(left) < len(FRAME)
        assert FRAME.startswith(left)


def test_a_port_with_other_settings_hears_what_a_uart_hears() -> None:
    assert through(line=(E71, N81)) == received(FRAME, E71, N81) != FRAME


def test_bits_flip_at_the_stated_rate() -> None:
    rng = seeded(2)
    data = bytes(1_000)
    flips = 0
    for _ in range(100):
        left = damaged(data, LineFaults(bit_error=1e-4), (N81, N81), rng)
        flips += sum(byte.bit_count() for byte in left)
    # A million bits on the wire, eight in ten of them data: about 80 are seen as a wrong bit, and
    # a wrong start or stop bit makes several.
    assert 60 < flips < 400


def test_a_wrong_start_bit_costs_more_than_one_character() -> None:
    left = [through(seed, bit_error=0.02) for seed in range(200)]
    assert any(len(data) != len(FRAME) for data in left)
    assert any(data == FRAME for data in left)


def test_a_burst_leaves_what_came_before_it() -> None:
    left = [through(seed, burst=1.0, burst_bits=8) for seed in range(200)]
    assert sum(data == FRAME for data in left) < 20
    assert sum(data[:6] == FRAME[:6] for data in left) > 60


def test_faults_may_come_together() -> None:
    left = [through(seed, torn=1.0, bit_error=0.05) for seed in range(50)]
    assert any(data and not FRAME.startswith(data) for data in left)


@given(st.integers(0, 2**32), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_the_same_seed_does_the_same_harm(
    seed: int, bit_error: float, burst: float, torn: float
) -> None:
    harm: dict[str, Any] = {"bit_error": bit_error, "burst": burst, "torn": torn}
    assert through(seed, **harm) == through(seed, **harm)


def test_faults_are_read_from_text() -> None:
    text = "bit_error=0.001, burst=0.5,burst_bits=4,torn=1,silent,frozen,port=2400 7E1"
    assert LineFaults.parse(text) == LineFaults(
        bit_error=0.001,
        burst=0.5,
        burst_bits=4,
        torn=1,
        silent=True,
        frozen=True,
        port=UartSettings(2400, 7, "E"),
    )
    assert LineFaults.parse("") == LineFaults()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("noise=1", "fault 'noise': one of bit_error"),
        ("torn", "fault 'torn'"),
        ("silent=1", "fault 'silent'"),
        ("burst_bits=many", "fault 'burst_bits'"),
        ("burst_bits=²", "fault 'burst_bits'"),
        ("torn=2", "fault torn: expected a probability, got '2'"),
        ("bit_error=x", "fault bit_error: expected a probability"),
        ("port=9600", "line '9600'"),
    ],
)
def test_a_fault_that_does_not_exist_is_named(text: str, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        LineFaults.parse(text)


def test_a_mended_cable_is_as_new() -> None:
    faults = LineFaults(bit_error=0.5, silent=True, port=E71, burst_bits=3)
    faults.clear()
    assert faults == LineFaults()
