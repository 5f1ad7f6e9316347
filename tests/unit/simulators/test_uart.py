"""What a port delivers that is set otherwise than the device."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.devices.parity import parity_setting
from simulators.uart import UartSettings, received, received_frames, sampled, wave

RATES = [600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200]
N81 = UartSettings()
SETTINGS = st.builds(
    UartSettings,
    baud=st.sampled_from(RATES),
    bits=st.sampled_from([7, 8]),
    parity=st.sampled_from(["N", "E", "O", "M", "S"]),
    stops=st.sampled_from([1, 2]),
)
TEXT = st.binary(max_size=60).map(lambda data: bytes(byte & 0x7F for byte in data))


def line(text: str) -> UartSettings:
    return UartSettings.parse(text)


@given(st.binary(max_size=60), SETTINGS)
def test_equal_settings_change_nothing(data: bytes, settings: UartSettings) -> None:
    mask = (1 << settings.bits) - 1
    assert received(data, settings, settings) == bytes(byte & mask for byte in data)


@given(TEXT, st.sampled_from("EOM"))
def test_a_parity_bit_is_read_as_bit_seven(text: bytes, parity: str) -> None:
    raw = received(text, line(f"9600 7{parity}1"), N81)
    assert bytes(byte & 0x7F for byte in raw) == text
    odd = {"E": [0], "O": [1], "M": [0, 1]}[parity]
    assert all(byte.bit_count() % 2 in odd for byte in raw)
    assert parity != "M" or all(byte >= 0x80 for byte in raw)


def test_the_decoders_tell_which_parity_it_was() -> None:
    for setting in ("7E1", "7O1", "7M1"):
        assert parity_setting(received(b"ST,GS,+001560 kg", line(f"9600 {setting}"), N81)) == (
            setting
        )


@given(TEXT, st.sampled_from("EOMS"))
def test_a_parity_error_does_not_hold_back_the_character(text: bytes, parity: str) -> None:
    assert received(text, N81, line(f"9600 7{parity}1")) == text


@given(st.binary(max_size=60))
def test_a_second_stop_bit_is_neither_missed_nor_in_the_way(data: bytes) -> None:
    assert received(data, line("9600 8N2"), N81) == data
    assert received(data, N81, line("9600 8N2")) == data


@given(st.binary(max_size=60), st.sampled_from([9420, 9500, 9700, 9790]))
def test_a_clock_that_is_two_per_cent_off_does_no_harm(data: bytes, baud: int) -> None:
    assert received(data, UartSettings(baud=baud), N81) == data


def test_a_framing_error_delivers_the_character_and_begins_another() -> None:
    # 8E1 heard as 8N1: the parity bit 0 stands where the stop bit belongs, then the line rests.
    assert received(b"\x03", line("9600 8E1"), N81) == b"\x03\xff"
    assert received(b"\x07", line("9600 8E1"), N81) == b"\x07"


def test_a_line_that_stays_low_is_one_nul() -> None:
    assert received(b"\x00", line("1200 8N1"), N81) == b"\x00"
    assert received(b"\x00\x00", line("1200 8N1"), N81) == b"\x00\x00"


def test_a_short_low_is_no_start_bit() -> None:
    # U at 9600 is a square wave; at 300 its first low is over before the middle of a start bit.
    assert received(b"\x7f", N81, line("300 8N1")) == b""


def test_half_the_rate_sees_every_second_bit() -> None:
    # f on the wire is 0 01100110 1 (first bit first: 0 0 1 1 0 0 1 1 0 1); at half the rate the
    # looks fall on bits 1, 3, 5, 7, 9 and then on the resting line.
    assert received(b"f", N81, line("4800 8N1")) == b"\xfd"


@given(st.binary(min_size=1, max_size=60), SETTINGS, SETTINGS)
def test_no_port_delivers_faster_than_its_rate(
    data: bytes, sent: UartSettings, heard: UartSettings
) -> None:
    lasts_s = sent.seconds(len(data))
    # From the start bit's edge to the middle of the first stop bit is the least a character takes.
    least_s = (heard.bits_per_character - heard.stops + 0.5 - 1) / heard.baud
    assert len(received(data, sent, heard)) <= lasts_s / least_s + 1


@given(st.lists(st.binary(min_size=1, max_size=20), max_size=5), SETTINGS, SETTINGS)
def test_frames_with_a_pause_are_heard_apart(
    frames: list[bytes], sent: UartSettings, heard: UartSettings
) -> None:
    pause_s = 2 * heard.seconds(1) + 2 * sent.seconds(1)
    apart = b"".join(received(frame, sent, heard) for frame in frames)
    assert received_frames(frames, pause_s, sent, heard) == apart


def test_a_damaged_bit_of_the_wave_is_a_damaged_character() -> None:
    bits = bytearray(wave(b"AB", N81))
    bits[1] ^= 1
    assert sampled(bytes(bits), N81, N81) == b"@B"


def test_settings_are_read_as_the_tables_write_them() -> None:
    assert line("2400 7E1") == UartSettings(baud=2400, bits=7, parity="E", stops=1)
    assert str(line("19200 8O2")) == "19200 8O2"
    for wrong in ("9600", "8N1 9600", "9600 9N1", "9600 8X1", "9600 8N3", "10 8N1"):
        with pytest.raises(ValueError, match="expected baud rate and frame"):
            line(wrong)
