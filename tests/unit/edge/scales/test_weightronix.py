"""Weigh-Tronix lines: WI-110, FB6002 and E1010."""

from decimal import Decimal

import pytest

from edge.devices.readings import BadFrame, Reading, WrongLine, no_weight
from edge.devices.scales import scale_decoder


def found(line: bytes, **options: object) -> list[Reading | BadFrame | WrongLine]:
    return scale_decoder("weightronix", options).feed(line)


def encode(reading: Reading, **options: object) -> bytes:
    return scale_decoder("weightronix", options).encode(reading)


def test_a_line_is_found_byte_by_byte_in_the_midst_of_rubbish() -> None:
    codec = scale_decoder("weightronix", {})
    line = b"\xff\x00garbage" + b" G+13233 lb\r\n"
    pieces = [codec.feed(line[at : at + 1]) for at in range(len(line))]
    assert [one for piece in pieces for one in piece] == found(b" G+13233 lb\r\n")


def known(weight: str, **facts: object) -> Reading:
    return Reading(weight=Decimal(weight), **facts)  # type: ignore[arg-type]  # plain texts


@pytest.mark.parametrize(
    ("line", "reading"),
    [
        (b" G+13233 lb\r\n", known("13233", unit="lb", mode="gross")),
        (b"N -13.23 kg\r\n", known("-13.23", unit="kg", mode="net")),
        (b" T  1234  t\r\n", known("1234", unit="t", mode="tare")),
        (b" G  1234 kg m\r\n", known("1234", unit="kg", mode="gross", stable=False)),
        (b" G  1234 m\r\n", known("1234", mode="gross", stable=False)),
        (b" m  1234 lb\r\n", known("1234", unit="lb", stable=False)),
        (b" o  1234 lb\r\n", no_weight("overload")),
        (b" G  1234 lb o\r\n", no_weight("overload")),
        (b" 000149946\r", known("149946")),
        (b"-0014.9946\r", known("-14.9946")),
    ],
)
def test_every_form_is_read(line: bytes, reading: Reading) -> None:
    assert found(line) == [reading]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b" G+13233 oz\r\n", "unit"),
        (b" G+1 233 lb\r\n", "malformed"),
        (b" 00.149.46\r", "malformed"),
    ],
)
def test_what_is_wrong_is_named(line: bytes, reason: str) -> None:
    assert found(line) == [BadFrame(reason, line)]


@pytest.mark.parametrize(
    "reading",
    [
        known("-1323", unit="lb", mode="gross"),
        known("1323", unit="lb", mode="net", stable=False),
        known("1323", unit="lb", stable=False),
        known("149946"),
        no_weight("overload"),
    ],
)
def test_lines_are_written_as_they_are_read(reading: Reading) -> None:
    assert found(encode(reading)) == [reading]


def test_what_has_no_place_is_refused() -> None:
    with pytest.raises(ValueError, match="no place for stable True"):
        encode(known("1", unit="kg", mode="net", stable=True))
    with pytest.raises(ValueError, match="no place for state error"):
        encode(no_weight("error"))
