"""FFh and BCD: three layouts, and what they refuse."""

from decimal import Decimal
from typing import Any

import pytest

from edge.devices.readings import BadFrame, Reading, no_weight
from edge.devices.scales import scale_decoder
from tests.unit.edge.known_lines import KnownLines


def known(weight: str, *, stable: bool = True) -> Reading:
    return Reading(weight=Decimal(weight), stable=stable, overload=False)


LINES = KnownLines(
    protocol="ff-bcd",
    whole=bytes.fromhex("FF11402301"),
    read=(
        (bytes.fromhex("FF11402301"), known("12340")),
        (bytes.fromhex("FF01402301"), known("12340", stable=False)),
        (bytes.fromhex("FF33402301"), known("-123.40")),
        (bytes.fromhex("FF31000000"), known("0")),
        (bytes.fromhex("FF91000000"), no_weight("overload")),
        (bytes.fromhex("FF91AAAAAA"), no_weight("overload")),
    ),
    wrong=(
        (bytes.fromhex("FF11402A01"), "malformed"),
        (bytes.fromhex("FF10402301"), "malformed"),
        (bytes.fromhex("FF16402301"), "malformed"),
        (bytes.fromhex("FF114023"), "length"),
        (bytes.fromhex("FF1140230100"), "length"),
        (bytes.fromhex("FF1140402301"), "length"),
    ),
    written=((known("12340"), bytes.fromhex("FF11402301")),),
    round_trip=(no_weight("overload"),),
    no_place=(
        (known("1234567"), "does not fit 6 digits"),
        (known("0.12345"), "at most 4 decimals"),
        (no_weight("underload"), "no place for state underload"),
        (Reading(weight=Decimal(1)), "no place for stable None"),
    ),
)


@pytest.mark.parametrize("row", LINES.read)
def test_the_frame_of_ht9800_is_read(row: Any) -> None:
    assert found(row[0].hex(), "d4") == [row[1]]


@pytest.mark.parametrize("row", LINES.wrong)
def test_what_is_no_number_is_refused(row: Any) -> None:
    assert found(row[0].hex(), "d4") == [BadFrame(row[1], row[0])]


@pytest.mark.parametrize("row", LINES.no_place)
def test_what_has_no_place_in_the_frame_is_refused(row: Any) -> None:
    with pytest.raises(ValueError, match=row[1]):
        LINES.encode(row[0])


def found(text: str, layout: str) -> list[object]:
    codec = scale_decoder("ff-bcd", {"layout": layout})
    return [*codec.feed(bytes.fromhex(text)), *codec.finish()]


def test_a_frame_is_read_when_the_next_begins() -> None:
    codec = scale_decoder("ff-bcd", {})
    assert codec.feed(bytes.fromhex("FF11402301")) == []
    assert codec.feed(b"\xff") == [known("12340")]


def test_makers_put_stability_into_other_bits() -> None:
    stable = Reading(weight=Decimal(12340), stable=True, overload=False)
    assert found("FF41402301", "d6") == [stable]
    assert found("FF11402301", "d6") == [BadFrame("not weighing", bytes.fromhex("FF11402301"))]


@pytest.mark.parametrize(("unit", "byte"), [("kg", "00"), ("lb", "01")])
def test_a_sixth_byte_is_the_unit(unit: str, byte: str) -> None:
    (reading,) = found(f"FF41402301{byte}", "d6-unit")
    assert isinstance(reading, Reading)
    assert (reading.weight, reading.unit) == (Decimal(12340), unit)


def test_a_unit_that_is_none_is_refused() -> None:
    assert found("FF4140230107", "d6-unit") == [BadFrame("unit", bytes.fromhex("FF4140230107"))]


def test_a_frame_that_lost_a_byte_costs_itself_alone() -> None:
    frame = "FF11402301"
    read = found(f"{frame}FF112301{frame}{frame}", "d4")
    assert [one.weight for one in read if isinstance(one, Reading)] == [Decimal(12340)] * 3


def test_a_unit_has_a_place_only_where_there_is_a_byte_for_it() -> None:
    tonnes = Reading(weight=Decimal(1), stable=True, unit="t")
    with pytest.raises(ValueError, match="no place for unit t"):
        scale_decoder("ff-bcd", {"layout": "d6-unit"}).encode(tonnes)


def test_an_overload_and_a_unit_are_written() -> None:
    codec = scale_decoder("ff-bcd", {"layout": "d6-unit"})
    assert codec.encode(no_weight("overload")).hex() == "ff8100000000"
    pounds = Reading(weight=Decimal("-12.3"), stable=True, unit="lb", overload=False)
    assert codec.encode(pounds).hex() == "ff6223010001"
