"""Dingsong: what its table in `scale_lines` has no column for."""

from decimal import Decimal

import pytest

from edge.devices.framing import UNKNOWN_FORM
from edge.devices.readings import BadFrame, Reading, State, no_weight
from edge.devices.scales import scale_decoder
from tests.unit.edge.scale_lines.dingsong import CAPTURED, framed

MANUAL = bytes.fromhex("0241612B303035363332303030303030300000204903")


def test_the_check_of_the_manuals_example_is_read_only_without_a_check() -> None:
    assert scale_decoder("dingsong", {}).feed(MANUAL) == [BadFrame("checksum", MANUAL)]
    unchecked = scale_decoder("dingsong", {"checksum": "no"})
    (reading,) = unchecked.feed(MANUAL)
    assert isinstance(reading, Reading)
    assert (reading.weight, reading.tare, unchecked.check) == (Decimal(5632), Decimal(0), "none")


def test_a_frame_of_another_length_is_bad() -> None:
    short = framed(b"Ac0 0 0 0 8 ")
    assert scale_decoder("dingsong", {}).feed(short) == [BadFrame(UNKNOWN_FORM, short)]


def test_an_address_hears_no_other() -> None:
    other = scale_decoder("dingsong", {"address": "B"})
    assert other.feed(CAPTURED) == []
    assert len(other.feed(framed(b"Bc0 0 0 0 0 8 "))) == 1
    with pytest.raises(ValueError, match="address '27'"):
        scale_decoder("dingsong", {"address": "27"})


def test_a_display_shows_no_more_decimals_than_it_has_places() -> None:
    codec = scale_decoder("dingsong", {"request": "C"})
    with pytest.raises(ValueError, match="at most 5 decimals"):
        codec.encode(Reading(weight=Decimal("0.000001")))


@pytest.mark.parametrize("state", ["overload", "out_of_range"])
def test_a_display_without_a_number_is_written_as_it_is_read(state: State) -> None:
    codec = scale_decoder("dingsong", {"request": "C"})
    assert codec.feed(codec.encode(no_weight(state))) == [no_weight(state)]
    with pytest.raises(ValueError, match="no place for state error"):
        codec.encode(no_weight("error"))


def test_a_display_is_written_as_it_is_read() -> None:
    codec = scale_decoder("dingsong", {"request": "C"})
    assert codec.encode(Reading(weight=Decimal("-1.25"))) == framed(b"Ac- 0 0 1!2 5 ")
