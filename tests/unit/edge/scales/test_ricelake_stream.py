"""Rice Lake stream: unit, mode and status letters."""

from decimal import Decimal

import pytest

from edge.devices.readings import BadFrame, Reading, WrongLine, no_weight
from edge.devices.scales import scale_decoder


def found(line: bytes, **options: object) -> list[Reading | BadFrame | WrongLine]:
    return scale_decoder("ricelake-stream", options).feed(line)


def encode(reading: Reading, **options: object) -> bytes:
    return scale_decoder("ricelake-stream", options).encode(reading)


def test_a_line_is_found_byte_by_byte_in_the_midst_of_rubbish() -> None:
    codec = scale_decoder("ricelake-stream", {})
    line = b"\xff\x00garbage" + b"\x02-  12.34KGM\r\n"
    pieces = [codec.feed(line[at : at + 1]) for at in range(len(line))]
    assert [one for piece in pieces for one in piece] == found(b"\x02-  12.34KGM\r\n")


BOTH = {"overload": False, "underload": False}


def known(weight: str, **facts: object) -> Reading:
    return Reading(weight=Decimal(weight), **{**BOTH, **facts})  # type: ignore[arg-type]  # plain texts


@pytest.mark.parametrize(
    ("frame", "reading"),
    [
        (b"\x02   12.34KG \r\n", known("12.34", unit="kg", mode="gross", stable=True)),
        (b"\x02-  12.34LNM\r", known("-12.34", unit="lb", mode="net", stable=False)),
        (b"\x02   12.34TGZ\r\n", known("12.34", unit="t", mode="gross", stable=True)),
        (b"\x02 012.340gnh", known("12.340", unit="g", mode="net", stable=None)),
        (b"\x02    1234 G \r\n", known("1234", mode="gross", stable=True)),
        (b"\x02        KGO\r\n", no_weight("overload")),
        (b"\x02-       KGO\r\n", no_weight("underload")),
        (b"\x02   12.34KGI\r\n", no_weight("error")),
        (b"\x02 ^^^^^^^KGO\r\n", no_weight("overload")),
        (b"\x02-vvvvvvvKGO\r\n", no_weight("underload")),
    ],
)
def test_every_letter_is_read(frame: bytes, reading: Reading) -> None:
    assert found(frame) == [reading]


def test_ounces_and_no_number_are_refused() -> None:
    assert found(b"\x02   12.34OG \r\n") == [BadFrame("unit", b"\x02   12.34OG \r\n")]
    assert found(b"\x02   12 34KG \r\n") == [BadFrame("malformed", b"\x02   12 34KG \r\n")]


@pytest.mark.parametrize("state", ["overload", "underload", "error"])
def test_states_are_written_as_they_are_read(state: str) -> None:
    assert found(encode(no_weight(state))) == [no_weight(state)]  # type: ignore[arg-type]  # a literal


def test_a_frame_is_written_as_it_is_read() -> None:
    assert encode(known("-1.5", unit="kg", mode="net", stable=False)) == b"\x02-    1.5KNM\r\n"


def test_a_tare_has_no_place() -> None:
    with pytest.raises(ValueError, match="no place for mode tare"):
        encode(known("1", unit="kg", mode="tare", stable=True))
