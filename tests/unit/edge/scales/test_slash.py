"""The slash line: what its table in `scale_lines` has no column for."""

import pytest

from tests.unit.edge.scale_lines.slash import LINES, known

encode = LINES.encode


@pytest.mark.parametrize("weight", ["7", "7.12345"])
def test_the_digit_behind_the_slash_is_a_decimal(weight: str) -> None:
    with pytest.raises(ValueError, match="is a decimal"):
        encode(known(weight, "g", stable=True))
