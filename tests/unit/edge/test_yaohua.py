"""Yaohua continuous frames: every way a line can cut them, and what is refused."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.devices.readings import BadFrame, Reading, WrongLine, no_weight
from edge.devices.scales.yaohua import DOUBTFUL_FRAMES, FRAME_BYTES, YaohuaContinuous

SEVENTH = "a seventh digit, no decimals: see generic"

decimals = st.integers(0, 4)
digits = st.integers(-999_999, 999_999)


def cut(line: bytes, sizes: list[int]) -> list[bytes]:
    pieces, at = [], 0
    for size in sizes:
        pieces.append(line[at : at + size])
        at += size
    return [*pieces, line[at:]]


def encode(weight: Decimal) -> bytes:
    return YaohuaContinuous().encode(Reading(weight=weight))


def decode(line: bytes) -> list[Reading | BadFrame | WrongLine]:
    return YaohuaContinuous().feed(line)


def test_a_wrong_checksum_is_named() -> None:
    frame = bytes.fromhex("022B30303030303030314403")
    assert decode(frame) == [BadFrame("checksum", frame)]


def tenths(number: int) -> bytes:
    """The frame of an indicator that sends seven digits, the last of them tenths."""
    body = f"+{number:07d}".encode()
    check = 0
    for byte in body:
        check ^= byte
    return b"\x02" + body + b"%02X\x03" % check


def test_a_seventh_digit_is_no_number_of_decimals() -> None:
    codec = YaohuaContinuous()
    moving = b"".join(tenths(number) for number in (850, 857, 852, 852))
    first, *rest = codec.feed(moving)
    assert first == Reading(weight=Decimal(85))
    assert [getattr(one, "reason", None) for one in rest] == [SEVENTH] * 3


def test_a_seventh_digit_is_forgotten_after_a_minute_and_damage_is_none() -> None:
    codec, good = YaohuaContinuous(), encode(Decimal(1560))
    found = codec.feed(tenths(857) + good * DOUBTFUL_FRAMES)
    assert found.count(Reading(weight=Decimal(1560))) == 1
    damaged = tenths(857).replace(b"5", b"4")
    assert decode(damaged + good) == [
        BadFrame("malformed", damaged),
        Reading(weight=Decimal(1560)),
    ]


def test_the_dialect_that_adds_thirty_to_every_nibble_is_understood() -> None:
    letters = bytes.fromhex("022B30303230303032314203")
    assert decode(letters.replace(b"1B", b"1;")) == decode(letters)


def test_minus_zero_is_zero() -> None:
    [minus] = decode(b"\x02-00000011C\x03")
    assert isinstance(minus, Reading)
    assert str(minus.weight) == "0.0"


@given(st.lists(st.tuples(digits, decimals), max_size=5), st.lists(st.integers(1, 15), max_size=20))
def test_whatever_was_encoded_is_decoded_however_the_line_cuts_it(
    sent: list[tuple[int, int]], sizes: list[int]
) -> None:
    weights = [Decimal(number).scaleb(-places) for number, places in sent]
    line = b"".join(map(encode, weights))
    decoder = YaohuaContinuous()
    found = [one for piece in cut(line, sizes) for one in decoder.feed(piece)]
    assert found == [Reading(weight=weight) for weight in weights]


@given(digits, decimals, st.integers(0, FRAME_BYTES - 1), st.integers(0, 255))
def test_one_wrong_byte_never_becomes_another_weight(
    number: int, places: int, position: int, byte: int
) -> None:
    weight = Decimal(number).scaleb(-places)
    frame = encode(weight)
    damaged = frame[:position] + bytes([byte]) + frame[position + 1 :]
    found = [one for one in decode(damaged + frame) if isinstance(one, Reading)]
    assert {one.weight for one in found} == {weight}


@given(digits, st.integers(0, FRAME_BYTES - 1))
def test_a_torn_frame_does_not_swallow_the_next(number: int, kept: int) -> None:
    frame = encode(Decimal(number))
    found = decode(frame[:kept] + frame)
    assert [one.weight for one in found if isinstance(one, Reading)] == [number]


def test_two_swapped_digits_are_the_blind_spot_of_the_checksum() -> None:
    right, swapped = encode(Decimal(1560)), encode(Decimal(1650))
    assert right[9:11] == swapped[9:11]


@given(st.binary(max_size=400))
def test_foreign_bytes_never_fill_the_buffer_nor_raise(noise: bytes) -> None:
    decoder = YaohuaContinuous()
    decoder.feed(noise)
    decoder.feed(b"\x02" * 1000)
    assert Reading(weight=Decimal(7)) in decoder.feed(encode(Decimal(7)) * 2)


@pytest.mark.parametrize("weight", ["1000000", "-1000000", "0.00001", "1E+3", "NaN"])
def test_what_six_digits_cannot_show_is_refused(weight: str) -> None:
    with pytest.raises(ValueError, match=r"does not fit|decimals|no number"):
        encode(Decimal(weight))


def test_a_state_has_no_place_in_the_frame() -> None:
    with pytest.raises(ValueError, match="no place for the state overload"):
        YaohuaContinuous().encode(no_weight("overload"))
