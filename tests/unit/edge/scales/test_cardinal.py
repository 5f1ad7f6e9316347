"""Cardinal: what its table in `scale_lines` has no column for."""

from edge.devices.framing import UNKNOWN_FORM
from edge.devices.readings import BadFrame
from tests.unit.edge.scale_lines.cardinal import LINES, known

found = LINES.found


def test_blanks_of_a_torn_line_are_neither_sign_nor_digits() -> None:
    assert found(b"-  12.34lbG  233233lbG  \r") == []
    assert found(b"- 2332.33lbG" + b"  12.34lbG  \r") == []


def test_an_answer_without_a_point_is_believed_only_when_it_comes_again() -> None:
    short, whole = b" 000123LBG  \r", b" 000456.LBG  \r"
    refused = BadFrame("not as long as the last", short)
    right, other = known("123", "lb", "gross"), known("456", "lb", "gross")
    assert found(short * 3) == [refused, right, right]
    assert found(whole + short + whole) == [other, refused, other]
    assert found(b" 000123 LB G    \r" * 2)[1:] == [right]


def test_a_point_inside_six_characters_is_believed_when_it_comes_again() -> None:
    frame = b"\r+12.340  kg g  \x03"
    right = known("12.340", "kg", "gross", stable=True, overload=False)
    assert found(frame * 3) == [BadFrame("not as long as the last", frame), right, right]
    usual = b"\r+012345.  kg g  \x03"
    whole = known("12345", "kg", "gross", stable=True, overload=False)
    torn = usual.replace(b"2", b"")
    assert found(usual + torn + usual) == [whole, BadFrame(UNKNOWN_FORM, torn), whole]
