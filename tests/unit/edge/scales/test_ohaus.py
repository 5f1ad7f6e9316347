"""Ohaus Defender lines, as they were logged."""

from decimal import Decimal

import pytest

from edge.devices.readings import BadFrame, Reading, WrongLine, no_weight
from edge.devices.scales import scale_decoder


def found(line: bytes, **options: object) -> list[Reading | BadFrame | WrongLine]:
    return scale_decoder("ohaus", options).feed(line)


def encode(reading: Reading, **options: object) -> bytes:
    return scale_decoder("ohaus", options).encode(reading)


def test_a_line_is_found_byte_by_byte_in_the_midst_of_rubbish() -> None:
    codec = scale_decoder("ohaus", {})
    line = b"\xff\x00garbage" + b"   0.360 kg    G\r\n"
    pieces = [codec.feed(line[at : at + 1]) for at in range(len(line))]
    assert [one for piece in pieces for one in piece] == found(b"   0.360 kg    G\r\n")


def known(weight: str, mode: str, *, stable: bool) -> Reading:
    return Reading(weight=Decimal(weight), unit="kg", mode=mode, stable=stable)  # type: ignore[arg-type]  # plain texts


@pytest.mark.parametrize(
    ("line", "reading"),
    [
        (b"   0.360 kg    G\r\n", known("0.360", "gross", stable=True)),
        (b"-  1.340 kg   ?N\r\n", known("-1.340", "net", stable=False)),
        (b"    75.2 kg   ?G", known("75.2", "gross", stable=False)),
        (b"     0.0 kg    T", known("0.0", "tare", stable=True)),
    ],
)
def test_logged_lines_are_read(line: bytes, reading: Reading) -> None:
    assert found(line) == [reading]


def test_the_longer_line_of_the_manual_is_believed_when_it_comes_again() -> None:
    net, gross = b"-   1.340 kg   ?NET\r\n", b"    0.360 kg    G  \r\n"
    refused, *read = found(net + net + gross)
    assert refused == BadFrame("not as long as the last", net[:17])
    assert read == [known("-1.340", "net", stable=False), known("0.360", "gross", stable=True)]


def test_another_unit_or_no_number_is_refused() -> None:
    assert found(b"   0.360 oz    G") == [BadFrame("unit", b"   0.360 oz    G")]
    assert found(b"   0 360 kg    G") == [BadFrame("malformed", b"   0 360 kg    G")]


@pytest.mark.parametrize(
    "line",
    [
        b"-  1.640 kg      1.640 kg    N\r\n",
        b"-  1.640   1.640 kg    N\r\n",
        b"-   1.640 kg    N\r\n",
        b" 8536.85 kg    36.85 kg    G\r\n",
        b" 8536.85    6.85 kg    G\r\n",
    ],
)
def test_blanks_of_a_torn_line_are_neither_sign_nor_digits(line: bytes) -> None:
    assert [one for one in found(line) if isinstance(one, Reading)] == []


def test_lines_are_written_as_they_were_logged() -> None:
    assert encode(known("-1.340", "net", stable=False)) == b"-  1.340 kg   ?N\r\n"
    assert encode(known("0.360", "gross", stable=True)) == b"   0.360 kg    G\r\n"


def test_what_has_no_place_is_refused() -> None:
    with pytest.raises(ValueError, match="no place for stable None"):
        encode(Reading(weight=Decimal(1), unit="kg", mode="net"))
    with pytest.raises(ValueError, match="no place for the state error"):
        encode(no_weight("error"))
