"""Fairbanks: what its table in `scale_lines` has no column for."""

from edge.devices.readings import BadFrame
from tests.unit.edge.scale_lines.fairbanks import LINES, short

found = LINES.found


def test_a_frame_of_another_length_is_believed_only_when_it_comes_again() -> None:
    long, short_of_one = b"\x0240 323334\x03", b"\x0240 32334\x03"
    refused = BadFrame("not as long as the last", short_of_one)
    right, other = short("323334", "gross", "lb"), short("32334", "gross", "lb")
    line = long + short_of_one + long + short_of_one * 2
    assert found(line) == [right, refused, right, refused, other]
