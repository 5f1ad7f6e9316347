"""Weigh-Tronix lines: WI-110, FB6002 and E1010."""

from decimal import Decimal

import pytest

from edge.devices.readings import BadFrame, Reading, WrongLine, no_weight
from edge.devices.scales import scale_decoder


def found(line: bytes, **options: object) -> list[Reading | BadFrame | WrongLine]:
    return scale_decoder("weightronix", options).feed(line)


def encode(reading: Reading, **options: object) -> bytes:
    return scale_decoder("weightronix", options).encode(reading)


def test_a_line_is_found_byte_by_byte_in_the_midst_of_rubbish() -> None:
    codec = scale_decoder("weightronix", {})
    line = b"\xff\x00garbage" + b" G+13233 lb\r\n"
    pieces = [codec.feed(line[at : at + 1]) for at in range(len(line))]
    assert [one for piece in pieces for one in piece] == found(b" G+13233 lb\r\n")


def known(weight: str, **facts: object) -> Reading:
    return Reading(weight=Decimal(weight), **facts)  # type: ignore[arg-type]  # plain texts


@pytest.mark.parametrize(
    ("line", "reading"),
    [
        (b" G+13233 lb\r\n", known("13233", unit="lb", mode="gross")),
        (b"N -13.23 kg\r\n", known("-13.23", unit="kg", mode="net")),
        (b" T  1234  t\r\n", known("1234", unit="t", mode="tare")),
        (b" G  1234 kg m\r\n", known("1234", unit="kg", mode="gross", stable=False)),
        (b" G  1234 m\r\n", known("1234", mode="gross", stable=False)),
        (b" m  1234 lb\r\n", known("1234", unit="lb", stable=False)),
        (b" o  1234 lb\r\n", no_weight("overload")),
        (b" G  1234 lb o\r\n", no_weight("overload")),
        (b" o        lb\r\n", no_weight("overload")),
        (b" o ------ lb\r\n", no_weight("overload")),
        (b" 000149946\r", known("149946")),
        (b"-0014.9946\r", known("-14.9946")),
        (b" G+013233 lb\r\n", known("13233", unit="lb", mode="gross")),
        (b" n-0132.33 kg\r", known("-132.33", unit="kg", mode="net")),
        (b"0N 13233 lb\r\n", known("13233", unit="lb", mode="net")),
    ],
)
def test_every_form_is_read(line: bytes, reading: Reading) -> None:
    assert found(line) == [reading]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b" G+13233 oz\r\n", "unit"),
        (b" G+1 233 lb\r\n", "malformed"),
        (b" 00.149.46\r", "malformed"),
        (b" G        lb\r\n", "malformed"),
    ],
)
def test_what_is_wrong_is_named(line: bytes, reason: str) -> None:
    assert found(line) == [BadFrame(reason, line)]


def test_a_line_of_another_width_is_believed_only_when_it_comes_again() -> None:
    whole, torn = b" G+013233 lb\r\n", b" G+01323 lb\r\n"
    refused = BadFrame("not as long as the last", torn)
    right, other = (known(weight, unit="lb", mode="gross") for weight in ("13233", "1323"))
    assert found(whole + torn + whole + torn * 2) == [right, refused, right, refused, other]


@pytest.mark.parametrize(
    ("line", "reading"),
    [
        (b" G+13233 lb", known("13233", unit="lb", mode="gross")),
        (b" 000149946", known("149946")),
    ],
)
def test_a_capture_may_lack_the_end_of_its_last_line(line: bytes, reading: Reading) -> None:
    codec = scale_decoder("weightronix", {})
    assert codec.feed(line) == []
    assert codec.finish() == [reading]


@pytest.mark.parametrize("line", [b" G+13233 l", b" G+13233", b" G+1323"])
def test_a_capture_cut_sooner_shows_nothing(line: bytes) -> None:
    codec = scale_decoder("weightronix", {})
    found = [*codec.feed(line), *codec.finish()]
    assert [one for one in found if isinstance(one, Reading)] == []


@pytest.mark.parametrize(
    "reading",
    [
        known("-1323", unit="lb", mode="gross"),
        known("1323", unit="lb", mode="net", stable=False),
        known("1323", unit="lb", stable=False),
        known("149946"),
        no_weight("overload"),
    ],
)
def test_lines_are_written_as_they_are_read(reading: Reading) -> None:
    assert found(encode(reading)) == [reading]


def test_what_has_no_place_is_refused() -> None:
    with pytest.raises(ValueError, match="no place for stable True"):
        encode(known("1", unit="kg", mode="net", stable=True))
    with pytest.raises(ValueError, match="no place for state error"):
        encode(no_weight("error"))
