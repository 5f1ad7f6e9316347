"""The slash line: what its table in `scale_lines` has no column for."""

import pytest

from edge.devices.framing import UNKNOWN_FORM
from edge.devices.readings import BadFrame
from tests.unit.edge.scale_lines.slash import LINES, known

encode = LINES.encode


@pytest.mark.parametrize("line", [b"+000085.9 G S\r", b"+007.12/34 G S\r", b"+007,12/3 G S\r"])
def test_a_line_that_nearly_fits_is_bad(line: bytes) -> None:
    assert LINES.found(line + b"\n") == [BadFrame(UNKNOWN_FORM, line)]


@pytest.mark.parametrize("weight", ["7", "7.12345"])
def test_the_digit_behind_the_slash_is_a_decimal(weight: str) -> None:
    with pytest.raises(ValueError, match="is a decimal"):
        encode(known(weight, "g", stable=True))
