"""T-Scale: what its table in `scale_lines` has no column for."""

from edge.devices.readings import BadFrame
from tests.unit.edge.scale_lines.tscale import LINES

found = LINES.found


def test_a_unit_that_lost_its_first_letter_is_not_another_unit() -> None:
    lines = b"ST,GS    20.7g \r\nST,GS    20.7b\r\n" + LINES.whole
    assert found(lines)[:2] == [
        BadFrame("unit", b"ST,GS    20.7b\r\n"),
        BadFrame("not of the form of its neighbours", b"ST,GS    20.7g \r\n"),
    ]


def test_a_number_led_by_zeros_is_left_to_another_protocol() -> None:
    assert found(b"ST,GS,+0012.34kg\r\n") == []
