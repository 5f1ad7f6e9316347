"""Bilanciai CB and extended strings: both forms, their bits, and what they refuse."""

from decimal import Decimal
from typing import Any

import pytest

from edge.devices.framing import UNKNOWN_FORM
from edge.devices.readings import BadFrame, Reading, no_weight
from edge.devices.scales.bilanciai import EXTENDED_BYTES, Bilanciai


def extended(net: bytes, tare: bytes, status: bytes = b"0200", unit: bytes = b"kg") -> bytes:
    return b"$%9b %9b %b %b\r\n" % (net, tare, unit, status)


NET = Reading(
    weight=Decimal("-12.5"), unit="t", stable=True, mode="net", overload=False, tare=Decimal("2.5")
)


@pytest.mark.parametrize(
    ("frame", "weight", "stable"),
    [(b"$001560\r", "1560", True), (b"$1  560\r", "560", False), (b"$0012.5\r", "12.5", True)],
)
def test_cb_strings_are_read(frame: bytes, weight: str, *, stable: bool) -> None:
    [found] = Bilanciai().feed(b"\xff\x00garbage" + frame)
    assert (found, str(getattr(found, "weight", None))) == (
        Reading(weight=Decimal(weight), stable=stable),
        weight,
    )


def test_an_invalid_cb_weight_is_a_state() -> None:
    assert Bilanciai().feed(b"$300000\r") == [no_weight("out_of_range")]
    assert Bilanciai().feed(b"$3-----\r$0-----\r\n") == [
        no_weight("out_of_range"),
        BadFrame(UNKNOWN_FORM, b"$0-----\r\n"),
    ]
    assert Bilanciai().encode(no_weight("out_of_range")) == b"$300000\r"


def test_a_cb_weight_may_have_a_comma() -> None:
    assert Bilanciai().feed(b"$0 12,3\r") == [Reading(weight=Decimal("12.3"), stable=True)]


@pytest.mark.parametrize(
    "frame", [b"$02,345\r", extended(b"20,000", b"0"), extended(b"5", b"1,000")]
)
def test_a_comma_that_may_part_thousands_is_no_point(frame: bytes) -> None:
    assert Bilanciai().feed(frame) == [BadFrame("comma before three digits", frame)]


def test_tonnes_have_three_decimals() -> None:
    [found] = Bilanciai().feed(extended(b"20,000", b"0,000", unit=b" t"))
    assert isinstance(found, Reading)
    assert (str(found.weight), found.unit) == ("20.000", "t")


@pytest.mark.parametrize("digits", [b"00.1.", b"1560 "])
def test_cb_digits_that_are_no_number_are_bad(digits: bytes) -> None:
    assert Bilanciai().feed(b"$0" + digits + b"\r") == [
        BadFrame("malformed", b"$0" + digits + b"\r")
    ]


def test_extended_strings_are_read() -> None:
    frame = extended(b"-12.5", b"2.5", unit=b" t")
    assert len(frame) == EXTENDED_BYTES
    assert Bilanciai().feed(frame) == [NET]
    assert Bilanciai().encode(NET) == frame


def test_a_weight_without_tare_is_gross() -> None:
    [found] = Bilanciai().feed(extended(b"+1560", b"0", b"0000"))
    assert isinstance(found, Reading)
    assert (found.mode, found.stable, found.tare) == ("gross", False, Decimal(0))


@pytest.mark.parametrize(
    ("status", "state"),
    [(b"0400", "overload"), (b"0640", "overload"), (b"0040", "error"), (b"0002", "error")],
)
def test_status_bits_take_the_weight_away(status: bytes, state: Any) -> None:
    [found] = Bilanciai().feed(extended(b"---------", b"0", status))
    assert found == no_weight(state, unit="kg", stable=status == b"0640")


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (extended(b"1.2.3", b"0"), "malformed"),
        (extended(b"123", b"-"), "malformed"),
        (extended(b"123", b"0", unit=b"oz"), "unit"),
    ],
)
def test_extended_strings_that_say_nothing_are_named(frame: bytes, reason: str) -> None:
    assert Bilanciai().feed(frame) == [BadFrame(reason, frame)]


def test_a_torn_extended_string_is_not_taken_for_cb() -> None:
    whole = extended(b"012345678", b"0")
    torn = whole[:7] + b"\r\n"
    found = Bilanciai().feed(whole + torn + whole)
    assert [type(one) for one in found] == [Reading, BadFrame, Reading]


def test_a_capture_may_end_before_its_line_does() -> None:
    codec = Bilanciai()
    assert codec.feed(b"$001560") == []
    assert codec.finish() == [Reading(weight=Decimal(1560), stable=True)]


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"weight": Decimal(-1), "stable": True}, "negative weight"),
        ({"weight": Decimal(1)}, "no place for stable None"),
        ({"weight": Decimal(123456), "stable": True}, "does not fit 5"),
        ({"weight": Decimal(1), "unit": "kg", "mode": "net"}, "no place for mode net, tare None"),
        ({"weight": None, "state": "underload"}, "no place for the state underload"),
        ({"weight": None, "state": "underload", "unit": "kg"}, "no place for state underload"),
    ],
)
def test_what_the_strings_cannot_show_is_refused(facts: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Bilanciai().encode(Reading(**facts))
