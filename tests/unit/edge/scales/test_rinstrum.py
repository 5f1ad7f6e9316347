"""Rinstrum output in four layouts that tell themselves apart."""

from decimal import Decimal

import pytest

from edge.devices.readings import BadFrame, Reading, WrongLine, no_weight
from edge.devices.scales import scale_decoder


def found(line: bytes, **options: object) -> list[Reading | BadFrame | WrongLine]:
    return scale_decoder("rinstrum", options).feed(line)


def encode(reading: Reading, **options: object) -> bytes:
    return scale_decoder("rinstrum", options).encode(reading)


def test_a_line_is_found_byte_by_byte_in_the_midst_of_rubbish() -> None:
    codec = scale_decoder("rinstrum", {})
    line = b"\xff\x00garbage" + b"\x02 0012.34G\x03"
    pieces = [codec.feed(line[at : at + 1]) for at in range(len(line))]
    assert [one for piece in pieces for one in piece] == found(b"\x02 0012.34G\x03")


BOTH = {"overload": False, "underload": False}


def known(weight: str, **facts: object) -> Reading:
    return Reading(weight=Decimal(weight), **{**BOTH, **facts})  # type: ignore[arg-type]  # plain texts


@pytest.mark.parametrize(
    ("frame", "reading"),
    [
        (b"\x02 0012.34G\x03", known("12.34", stable=True, mode="gross")),
        (b"\x02-  12.34N\x03", known("-12.34", stable=True, mode="net")),
        (b"\x02p  12.34M\x03", known("12.34", stable=False)),
        (b"\x02        U\x03", no_weight("underload")),
        (b"\x02        O\x03", no_weight("overload")),
        (b"\x02        E\x03", no_weight("error")),
        (b"\x02   12.34N  1 kg\x03", known("12.34", stable=True, mode="net", unit="kg")),
        (b"\x020  12.34GMZ-   \x03", known("12.34", stable=False, mode="gross")),
        (b"\x02  -12.34GSI   \x03", known("-12.34", stable=True, mode="gross")),
        (b"\x02   12.34NMIZ  \x03", known("12.34", stable=False, mode="net")),
        (b"\x02   12.34NMO   \x03", no_weight("overload")),
        (b"\x02   12.34NMU   \x03", no_weight("underload")),
        (
            b"-  12.34KGM\r\n",
            known("-12.34", stable=False, mode="gross", unit="kg", underload=None),
        ),
        (b"   12.34TN \r\n", known("12.34", stable=True, mode="net", unit="t", underload=None)),
        (b"   12.34KGO\r\n", no_weight("overload")),
        (b"-  12.34KGO\r\n", no_weight("underload")),
        (b"   12.34KGI\r\n", no_weight("error")),
        (b"   12.34 G \r", known("12.34", stable=True, mode="gross", underload=None)),
        (b"\x02   12.34 \x03", known("12.34")),
        (b"\x02   12.34   -   \x03", known("12.34", stable=True)),
        (b"\x02 OOOOOOOO\x03", no_weight("overload")),
        (b"\x02 UUUUUUUU  -   \x03", no_weight("underload")),
        (b"\x02--------GMU   \x03", no_weight("underload")),
    ],
)
def test_every_layout_is_read(frame: bytes, reading: Reading) -> None:
    assert found(frame) == [reading]


def test_another_unit_or_no_number_is_refused() -> None:
    assert found(b"\x02   12.34N  1 oz\x03") == [BadFrame("unit", b"\x02   12.34N  1 oz\x03")]
    assert found(b"\x02   12 34G\x03") == [BadFrame("malformed", b"\x02   12 34G\x03")]


def test_a_number_that_does_not_reach_the_end_of_its_field_is_refused() -> None:
    assert found(b"\x02  12.34 G\x03") == [BadFrame("malformed", b"\x02  12.34 G\x03")]


def test_a_capture_may_lack_the_end_of_its_last_line() -> None:
    codec = scale_decoder("rinstrum", {})
    assert codec.feed(b"   12.34KG ") == []
    assert codec.finish() == [known("12.34", stable=True, mode="gross", unit="kg", underload=None)]


def test_an_option_admits_one_layout_alone() -> None:
    assert found(b"\x02 0012.34G\x03", format="b") == []
    assert len(found(b"\x02 0012.34G\x03", format="a")) == 1


@pytest.mark.parametrize("layout", ["a", "b", "c", "d"])
def test_every_layout_is_written_as_it_is_read(layout: str) -> None:
    unit = "kg" if layout in "bc" else None
    under = None if layout == "c" else False
    reading = known("-12.34", stable=True, mode="net", unit=unit, underload=under)
    assert found(encode(reading, format=layout), format=layout) == [reading]
    over = encode(no_weight("overload"), format=layout)
    assert found(over, format=layout) == [no_weight("overload")]


def test_the_layout_is_chosen_by_what_is_known() -> None:
    assert encode(known("1", stable=False)) == b"\x02       1M\x03"
    assert encode(known("1", stable=False, mode="net")) == b"\x02       1NM -   \x03"


def test_a_sign_that_a_gap_may_have_swallowed_is_no_plus() -> None:
    assert found(b"-  12.34KG   12.34KG \r\n") == []


def test_layouts_have_no_place_for_every_state() -> None:
    with pytest.raises(ValueError, match="no place for state U"):
        encode(no_weight("underload"), format="c")
    with pytest.raises(ValueError, match="no place for state not_executable"):
        encode(no_weight("not_executable"))
