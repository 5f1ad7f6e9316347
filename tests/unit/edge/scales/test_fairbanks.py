"""Fairbanks short form and CONCON."""

from decimal import Decimal

import pytest

from edge.devices.readings import BadFrame, Reading, WrongLine, no_weight
from edge.devices.scales import scale_decoder


def found(line: bytes, **options: object) -> list[Reading | BadFrame | WrongLine]:
    return scale_decoder("fairbanks-short", options).feed(line)


def encode(reading: Reading, **options: object) -> bytes:
    return scale_decoder("fairbanks-short", options).encode(reading)


def test_a_line_is_found_byte_by_byte_in_the_midst_of_rubbish() -> None:
    codec = scale_decoder("fairbanks-short", {})
    line = b"\xff\x00garbage" + b"\x0240 323334\x03"
    pieces = [codec.feed(line[at : at + 1]) for at in range(len(line))]
    assert [one for piece in pieces for one in piece] == found(b"\x0240 323334\x03")


def short(weight: str, mode: str, unit: str) -> Reading:
    return Reading(weight=Decimal(weight), mode=mode, unit=unit, overload=False)  # type: ignore[arg-type]  # plain texts


def concon(weight: str, unit: str, *, stable: bool) -> Reading:
    facts = {"unit": unit, "stable": stable, "overload": False, "underload": False}
    return Reading(weight=Decimal(weight), **facts)  # type: ignore[arg-type]  # plain texts


@pytest.mark.parametrize(
    ("frame", "reading"),
    [
        (b"\x0240 323334\x03", short("323334", "gross", "lb")),
        (b"\x0241-12345\x03", short("-12345", "net", "lb")),
        (b"\x0242  1234\x03", short("1234", "tare", "lb")),
        (b"\x0243 12.34\x03", short("12.34", "gross", "kg")),
        (b"\x0244 12.34\x03", short("12.34", "net", "kg")),
        (b"\x0245 12.34\x03", short("12.34", "tare", "kg")),
        (b"\x0240------\x03", no_weight("overload")),
        (b"\x02  1234K \r", concon("1234", "kg", stable=True)),
        (b"\x02  1234LM\r", concon("1234", "lb", stable=False)),
        (b"\x02      KO\r", no_weight("out_of_range")),
    ],
)
def test_every_form_is_read(frame: bytes, reading: Reading) -> None:
    assert found(frame) == [reading]


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (b"\x0240      \x03", "malformed"),
        (b"\x02  1234O \r", "unit"),
        (b"\x02      K \r", "malformed"),
    ],
)
def test_what_is_wrong_is_named(frame: bytes, reason: str) -> None:
    assert found(frame) == [BadFrame(reason, frame)]


def test_a_frame_of_another_length_is_believed_only_when_it_comes_again() -> None:
    long, short_of_one = b"\x0240 323334\x03", b"\x0240 32334\x03"
    refused = BadFrame("not as long as the last", short_of_one)
    right, other = short("323334", "gross", "lb"), short("32334", "gross", "lb")
    line = long + short_of_one + long + short_of_one * 2
    assert found(line) == [right, refused, right, refused, other]


def test_a_capture_may_lack_the_end_of_its_last_frame() -> None:
    codec = scale_decoder("fairbanks-short", {})
    assert codec.feed(b"\x02  1234KM") == []
    assert codec.finish() == [concon("1234", "kg", stable=False)]


@pytest.mark.parametrize(
    "reading",
    [
        short("-12345", "net", "kg"),
        concon("1234", "t", stable=False),
        no_weight("overload"),
        no_weight("out_of_range"),
    ],
)
def test_frames_are_written_as_they_are_read(reading: Reading) -> None:
    assert found(encode(reading)) == [reading]


def test_what_has_no_place_is_refused() -> None:
    with pytest.raises(ValueError, match="no place for mode and unit"):
        encode(short("1", "gross", "t"))
    with pytest.raises(ValueError, match="no place for the state underload"):
        encode(no_weight("underload"))
