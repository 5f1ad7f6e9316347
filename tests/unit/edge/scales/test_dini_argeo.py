"""Dini Argeo: what its table in `scale_lines` has no column for."""

from decimal import Decimal

import pytest

from edge.devices.readings import BadFrame, Reading
from edge.devices.scales import scale_decoder
from tests.unit.edge.scale_lines.dini_argeo import LINES, known

found, encode = LINES.found, LINES.encode


@pytest.mark.parametrize(("width", "readings"), [(8, 1), (9, 0), (10, 1)])
def test_numbers_of_the_extended_string_have_eight_or_ten_characters(
    width: int, readings: int
) -> None:
    line = f"1ST,{123.5:{width}},  {20.5:{width}},         0,kg\r\n".encode()
    read = [one for one in found(line) if isinstance(one, Reading)]
    assert read == [known("123.5", stable=True, tare=Decimal("20.5"))] * readings


def test_an_address_asks_one_indicator_and_hears_no_other() -> None:
    codec = scale_decoder("dini-argeo", {"address": "1"})
    assert codec.request == b"01READ\r\n"
    own, other = b"01ST,GS,     0.0,kg\r\n", b"02ST,GS,     0.0,kg\r\n"
    assert codec.feed(own) == found(own) != []
    assert codec.feed(other) == [BadFrame("address", other)]


def test_a_net_weight_leaves_its_tare_out() -> None:
    reading = known("1", mode="net", stable=True, tare=Decimal(2))
    assert found(encode(reading)) == [known("1", mode="net", stable=True)]


@pytest.mark.parametrize("word", ["OL", "UL", "TL"])
def test_a_string_with_a_tare_may_show_a_state(word: str) -> None:
    line = f"1{word},    10.0,  {'':8},         0,kg\r\n".encode()
    (state,) = found(line)
    assert isinstance(state, Reading)
    assert state.weight is None
