"""Frames of one length, described to `generic`: text and BCD, and what must be asked."""

from decimal import Decimal

import pytest

from edge.devices.readings import BadFrame, Reading, no_weight
from edge.devices.scales import scale_decoder
from tests.unit.edge.scales.test_generic import encode, found, refusal

BCD = {"template": r"\xff{skip:1}{weight:3}", "length": 5, "coding": "bcd"}
HT9800 = bytes.fromhex("FF11402301")
TARED = {"template": r"\xff{weight:3}{tare:2}{sign:1}{overload:1}", "length": 8, "coding": "bcd"}


def test_bcd_is_read_from_either_end() -> None:
    assert found(HT9800 * 2, **BCD, reverse=True) == [Reading(weight=Decimal(12340))] * 2
    assert found(HT9800, **BCD) == [Reading(weight=Decimal(402301))]
    assert found(HT9800, **BCD, reverse=True, decimals=2) == [Reading(weight=Decimal("123.40"))]


def test_what_is_no_digit_is_bad() -> None:
    frame = bytes.fromhex("FF11402A01")
    assert found(frame, **BCD) == [BadFrame("malformed", frame)]


def test_bcd_may_have_a_tare_a_sign_and_a_state() -> None:
    line = bytes.fromhex("FF0012340030") + b"- "
    reading = Reading(weight=Decimal(-1234), tare=Decimal(30), overload=False)
    assert found(line, **TARED) == [reading]
    assert encode(reading, **TARED) == line
    over = encode(no_weight("overload"), **TARED)
    assert found(over, **TARED) == [no_weight("overload")]


STATUS = {
    "template": r"\xaa{stable/overload:1}{weight:3}",
    "length": 5,
    "coding": "bcd",
    "reverse": True,
    "stable_values": r"\x01,S",
    "overload_values": r"\x91",
}


def test_values_may_be_bytes_that_are_no_text() -> None:
    still = Reading(weight=Decimal(12340), stable=True, overload=False)
    assert found(bytes.fromhex("AA01402301"), **STATUS) == [still]
    assert found(bytes.fromhex("AA91999999"), **STATUS) == [no_weight("overload")]
    assert found(encode(no_weight("overload"), **STATUS), **STATUS) == [no_weight("overload")]


@pytest.mark.parametrize("end", [{"length": 8}, {"terminator": r"\x03"}])
def test_such_values_in_text_are_no_parity(end: dict[str, object]) -> None:
    options = {"template": "={overload:1}{weight:6}", "overload_values": r"\x91", **end}
    assert found(b"=\x91999999\x03", **options) == [no_weight("overload")]
    below = Reading(weight=Decimal(12340), overload=False)
    assert found(b"=\x11 12340\x03", **options) == [below]


def test_text_of_one_length_needs_no_end() -> None:
    options = {"template": "={weight:6}kg", "length": 9, "decimals": 1}
    assert found(b"kg=001234kg=001235kg", **options) == [
        Reading(weight=Decimal("123.4")),
        Reading(weight=Decimal("123.5")),
    ]
    assert found(b"=0123.4kg", **options) == [BadFrame("malformed", b"=0123.4kg")]
    assert encode(Reading(weight=Decimal("123.4")), **options) == b"=  1234kg"
    binary = {"template": r"\xaa{weight:6}", "length": 7}
    assert found(b"\xaa001234", **binary) == [Reading(weight=Decimal(1234))]


def test_a_lost_byte_costs_a_frame() -> None:
    options = {"template": "={weight:6}kg", "length": 9}
    line = b"=001234kg"
    assert found(line + line.replace(b"3", b"") + line, **options) == [
        Reading(weight=Decimal(1234)),
        Reading(weight=Decimal(1234)),
    ]


def test_a_device_that_must_be_asked_is_asked() -> None:
    assert scale_decoder("generic", {"request": r"RW\r\n"}).request == b"RW\r\n"


def test_a_description_of_frames_that_cannot_be_is_refused() -> None:
    assert "has 5 bytes" in refusal(**{**BCD, "length": 6})
    assert "begins with fixed bytes" in refusal(template="{weight:6}", length=6)
    assert "begins with fixed bytes" in refusal(pattern="(?P<weight>[0-9]{6})", length=6)


@pytest.mark.parametrize(
    ("reading", "options", "reason"),
    [
        (Reading(weight=Decimal(-1)), BCD, "no place for its point or its sign"),
        (Reading(weight=Decimal("1.5")), BCD, "no place for its point or its sign"),
        (Reading(weight=Decimal(1)), {**BCD, "decimals": 2}, "2 decimals are shown"),
        (Reading(weight=Decimal(1), overload=False), TARED, "no place for tare None"),
    ],
)
def test_what_bcd_cannot_show_is_refused(
    reading: Reading, options: dict[str, object], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        encode(reading, **options)
