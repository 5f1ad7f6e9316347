"""Dini Argeo strings: standard, AF and extended, with addresses."""

from decimal import Decimal

import pytest

from edge.devices.readings import BadFrame, Reading, WrongLine, no_weight
from edge.devices.scales import scale_decoder


def found(line: bytes, **options: object) -> list[Reading | BadFrame | WrongLine]:
    return scale_decoder("dini-argeo", options).feed(line)


def encode(reading: Reading, **options: object) -> bytes:
    return scale_decoder("dini-argeo", options).encode(reading)


def test_a_line_is_found_byte_by_byte_in_the_midst_of_rubbish() -> None:
    codec = scale_decoder("dini-argeo", {})
    line = b"\xff\x00garbage" + b"01ST,GS,     0.0,kg\r\n"
    pieces = [codec.feed(line[at : at + 1]) for at in range(len(line))]
    assert [one for piece in pieces for one in piece] == found(b"01ST,GS,     0.0,kg\r\n")


BOTH = {"overload": False, "underload": False}
AF = b"ST,1,    1000.0kg,PT     200.0kg\r\n"
EXTENDED = b"011US,1,   100.0,PT    20.8,         0,kg,01/02/19 11:12:13\r\n"


def known(weight: str, **facts: object) -> Reading:
    return Reading(weight=Decimal(weight), **{**BOTH, "unit": "kg", **facts})  # type: ignore[arg-type]  # plain texts


@pytest.mark.parametrize(
    ("line", "reading"),
    [
        (b"01ST,GS,     0.0,kg\r\n", known("0.0", mode="gross", stable=True)),
        (b"US,NT,  -12.34,Kg", known("-12.34", mode="net", stable=False)),
        (b"ST,GS,   12.34, t\r\n", known("12.34", unit="t", mode="gross", stable=True)),
        (AF, known("1000.0", mode="gross", stable=True, tare=Decimal("200.0"))),
        (EXTENDED, known("100.0", stable=False, tare=Decimal("20.8"))),
        (b"OL,GS,        ,kg\r\n", no_weight("overload")),
        (b"UL,NT,  -12.34,kg\r\n", no_weight("underload")),
        (b"TL,NT,  -12.34,kg\r\n", no_weight("error")),
    ],
)
def test_every_string_is_read(line: bytes, reading: Reading) -> None:
    assert found(line) == [reading]


def test_a_capture_may_end_before_its_line_does() -> None:
    codec = scale_decoder("dini-argeo", {})
    assert codec.feed(EXTENDED.rstrip()) == []
    assert codec.finish() == found(EXTENDED)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"ST,VL,   12345,vv\r\n", "raw points"),
        (b"ST,GS,   12345,oz\r\n", "unit"),
        (b"ST,GS, 1 2 345,kg\r\n", "malformed"),
        (b"ST,1,    1000.0kg,PT          kg\r\n", "malformed"),
        (b"1ST,    10.0,      1000.0,   0,kg\r\n", "torn"),
    ],
)
def test_what_is_wrong_is_named(line: bytes, reason: str) -> None:
    assert found(line) == [BadFrame(reason, line)]


@pytest.mark.parametrize(("width", "readings"), [(8, 1), (9, 0), (10, 1)])
def test_numbers_of_the_extended_string_have_eight_or_ten_characters(
    width: int, readings: int
) -> None:
    line = f"1ST,{123.5:{width}},  {20.5:{width}},         0,kg\r\n".encode()
    assert found(line) == [known("123.5", stable=True, tare=Decimal("20.5"))] * readings


def test_an_address_asks_one_indicator_and_hears_no_other() -> None:
    codec = scale_decoder("dini-argeo", {"address": "1"})
    assert codec.request == b"01READ\r\n"
    assert codec.feed(b"01ST,GS,     0.0,kg") == found(b"01ST,GS,     0.0,kg")
    assert codec.feed(b"02ST,GS,     0.0,kg") == [BadFrame("address", b"02ST,GS,     0.0,kg")]


def test_the_host_asks_with_the_command_of_the_options() -> None:
    assert scale_decoder("dini-argeo", {}).request == b""
    assert scale_decoder("dini-argeo", {"request": "REXT"}).request == b"REXT\r\n"


@pytest.mark.parametrize(
    "reading",
    [
        known("-12.34", mode="net", stable=False),
        known("1000.0", mode="gross", stable=True, tare=Decimal("200.0")),
        known("1000.0", stable=True, tare=Decimal("200.0")),
        no_weight("overload"),
    ],
)
def test_strings_are_written_as_they_are_read(reading: Reading) -> None:
    assert found(encode(reading)) == [reading]


def test_a_net_weight_leaves_its_tare_out() -> None:
    reading = known("1", mode="net", stable=True, tare=Decimal(2))
    assert found(encode(reading)) == [known("1", mode="net", stable=True)]


def test_what_has_no_place_is_refused() -> None:
    with pytest.raises(ValueError, match="no place for mode tare"):
        encode(known("1", mode="tare", stable=True, tare=Decimal(2)))
    with pytest.raises(ValueError, match="does not fit 8 characters"):
        encode(known("1234567.89", mode="net", stable=True))
