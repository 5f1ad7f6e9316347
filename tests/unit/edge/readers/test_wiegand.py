"""Wiegand lines: every form of both widths, and what cannot be told."""

from typing import Any

import pytest

from edge.devices.readers.wiegand import Wiegand
from edge.devices.readings import BadFrame, TagSeen

KNOWN = TagSeen("5A0144", decimal=5898564)
"""Facility 90, card 324."""
WIDE = TagSeen("005A0144", decimal=5898564)
BITS = b"00101101000000001010001000\r\n"


def reasons(found: object) -> list[str]:
    assert isinstance(found, list)
    return [one.reason for one in found if isinstance(one, BadFrame)]


@pytest.mark.parametrize(
    ("options", "line", "tag"),
    [
        ({}, BITS, KNOWN),
        ({"format": "bits", "bits": 26}, BITS, KNOWN),
        ({}, b"0000000000101101000000001010001000\r", WIDE),
        ({}, b"5A0144\r\n", KNOWN),
        ({}, b"005a0144\n", WIDE),
        ({"format": "hex"}, b"\x02123456\r\n\x03", TagSeen("123456", decimal=0x123456)),
        ({"format": "decimal"}, b"05898564\r\n", KNOWN),
        ({}, b"0005898564\r\n", WIDE),
        ({"format": "decimal", "bits": 34}, b"0005898564\r\n", WIDE),
        ({}, b"090,00324\r\n", KNOWN),
        ({}, b"00090,00324\r\n", WIDE),
    ],
)
def test_every_form_of_a_number(options: dict[str, Any], line: bytes, tag: TagSeen) -> None:
    assert Wiegand(**options).feed(line) == [tag]


@pytest.mark.parametrize(
    ("options", "line", "reason"),
    [
        ({}, b"123456\r\n", "hex or decimal: set format"),
        ({}, b"12345678\r\n", "hex or decimal: set format"),
        ({}, b"0101010101\r\n", "malformed"),
        ({}, b"1234567\r\n", "malformed"),
        ({}, b"ABCDEF0\r\n", "malformed"),
        ({"bits": 34}, BITS, "malformed"),
        ({"format": "decimal"}, b"5A0144\r\n", "malformed"),
        ({}, b"10101101000000001010001000\r\n", "parity"),
        ({}, b"00101101000000001010001001\r\n", "parity"),
        ({"format": "decimal"}, b"16777216\r\n", "number too large"),
        ({}, b"9999999999\r\n", "number too large"),
        ({}, b"090,65536\r\n", "number too large"),
        ({}, b"256,00324\r\n", "number too large"),
    ],
)
def test_what_may_not_be_believed_is_named(
    options: dict[str, Any], line: bytes, reason: str
) -> None:
    assert reasons(Wiegand(**options).feed(line)) == [reason]


def test_the_first_line_fixes_the_form_of_the_next() -> None:
    reader = Wiegand()
    assert reader.feed(BITS) == [KNOWN]
    assert reasons(reader.feed(b"5A0144\r\n")) == ["another form than before: set format and bits"]
    assert reader.feed(BITS) == [KNOWN]


def test_another_form_is_believed_when_it_comes_twice_in_a_row() -> None:
    reader = Wiegand()
    reader.feed(BITS)
    assert reader.feed(b"005A0144\r\n" * 3)[1:] == [WIDE, WIDE]
    assert reasons(reader.feed(BITS)) != []


@pytest.mark.parametrize("format_", [None, "bits", "hex", "decimal", "facility"])
@pytest.mark.parametrize("tag", [KNOWN, WIDE, TagSeen("FFFFFFFE", decimal=0xFFFFFFFE)])
def test_whatever_is_encoded_is_decoded(format_: Any, tag: TagSeen) -> None:
    line = Wiegand(format=format_).encode(tag)
    assert Wiegand(format=format_).feed(line) == [tag]


def test_a_width_that_is_told_has_one_length_of_number() -> None:
    assert Wiegand(bits=26).encode(KNOWN) == BITS
    with pytest.raises(ValueError, match="3 bytes, not"):
        Wiegand(bits=34).encode(KNOWN)
    with pytest.raises(ValueError, match="bits must be 26 or 34"):
        Wiegand(bits=32)


def test_a_capture_may_lack_its_last_line_end() -> None:
    reader = Wiegand()
    assert reader.feed(BITS[:-2]) == []
    assert reader.finish() == [KNOWN]


def test_only_bits_carry_a_check() -> None:
    checks = [Wiegand().check, Wiegand(format="bits").check, Wiegand(format="hex").check]
    assert checks == ["parity", "parity", "none"]
