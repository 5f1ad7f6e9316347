"""MT-SICS: what its table in `scale_lines` has no column for."""

from decimal import Decimal

import pytest

from edge.devices.framing import UNKNOWN_FORM
from edge.devices.readings import BadFrame, Reading, no_weight
from tests.unit.edge.scale_lines.mt_sics import LINES

found, encode = LINES.found, LINES.encode


def test_a_lost_digit_leaves_no_reading() -> None:
    for torn in (b"S S     10.00 g\r", b"S S     10,000 kg\r", b"31234567\r"):
        assert found(torn + b"\n") == [BadFrame(UNKNOWN_FORM, torn)]


def test_a_gross_weight_and_an_unknown_state_have_no_place() -> None:
    gross = Reading(weight=Decimal(1), unit="kg", stable=True, mode="gross")
    with pytest.raises(ValueError, match="no place for mode gross"):
        encode(gross)
    with pytest.raises(ValueError, match="no place for state out_of_range"):
        encode(no_weight("out_of_range"))
