"""Rinstrum: what its table in `scale_lines` has no column for."""

import pytest

from edge.devices.framing import UNKNOWN_FORM
from edge.devices.readings import BadFrame, Reading, no_weight
from tests.unit.edge.scale_lines.rinstrum import LINES, known

found, encode = LINES.found, LINES.encode


def test_an_option_admits_one_layout_alone() -> None:
    frame = b"\x02 0012.34G\x03"
    assert found(frame, format="b") == [BadFrame(UNKNOWN_FORM, frame)]
    assert len(found(b"\x02 0012.34G\x03", format="a")) == 1


@pytest.mark.parametrize("layout", ["a", "b", "c", "d"])
def test_every_layout_is_written_as_it_is_read(layout: str) -> None:
    unit = "kg" if layout in "bc" else None
    under = None if layout == "c" else False
    reading = known("-12.34", stable=True, mode="net", unit=unit, underload=under)
    assert found(encode(reading, format=layout), format=layout) == [reading]
    over = encode(no_weight("overload"), format=layout)
    assert found(over, format=layout) == [no_weight("overload")]


def test_a_sign_that_a_gap_may_have_swallowed_is_no_plus() -> None:
    assert found(b"-  12.34KG   12.34KG \r\n") == []


@pytest.mark.parametrize(
    ("sign", "number"),
    [(sign, "12.34") for sign in " 0`p"] + [(sign, "-12.34") for sign in "-=m}"],
)
def test_lights_in_the_sign_leave_the_sign(sign: str, number: str) -> None:
    for layout in ("G", "G  - kg"):
        (reading,) = found(f"\x02{sign}  12.34{layout}\x03".encode())
        assert isinstance(reading, Reading)
        assert str(reading.weight) == number


def test_the_layout_without_a_sign_has_no_lights() -> None:
    frame = b"\x02m 012.34GSI   \x03"
    assert found(frame) == [BadFrame("malformed", frame)]


def test_layouts_have_no_place_for_every_state() -> None:
    with pytest.raises(ValueError, match="no place for state U"):
        encode(no_weight("underload"), format="c")
    with pytest.raises(ValueError, match="no place for state not_executable"):
        encode(no_weight("not_executable"))
