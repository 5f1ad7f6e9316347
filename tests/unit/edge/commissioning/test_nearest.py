"""What an installer is told of bytes that a protocol did not read."""

import pytest

from edge.commissioning.nearest import hints


@pytest.mark.parametrize(
    ("protocol", "data", "told"),
    [
        ("yaohua-continuous", b"ST;GS;+0001234kg\r\n" * 3, ["generic reads them"]),
        ("and-standard", b"ST,GS,+1 234kg\r\n" * 3, ["frames of 16 bytes: describe them"]),
        ("yaohua-command", bytes.fromhex("FF11402301") * 3, ["read as ff-bcd"]),
        (
            "yaohua-command",
            bytes.fromhex("0241612B303035363332303030303030300000204903"),
            ["frames like those of dingsong, but for their checksum"],
        ),
        ("em4100", b"E200001D7507013115006BB9\r\n", ["read as hex-line"]),
        ("em4100", bytes.fromhex("AA5512340007") * 4, ["no reader's protocol"]),
        ("em4100", b"", []),
    ],
)
def test_bytes_are_called_by_what_they_are_near_to(
    protocol: str, data: bytes, told: list[str]
) -> None:
    found = list(hints(data, protocol))
    assert len(found) == len(told)
    assert all(text in hint for text, hint in zip(told, found, strict=True))


def test_what_a_template_skips_is_to_be_looked_at_and_nothing_else() -> None:
    (careful,) = hints(b"Q:   12.5 kg x\r\n" * 3, "sma")
    (whole,) = hints(b"   12.5 kg\r\n" * 3, "sma")
    assert careful.endswith("name what the skipped characters say: motion, net, too much")
    assert whole.endswith("'template={weight:7}{unit:3}'")


def test_under_a_doubtful_line_no_length_is_told() -> None:
    assert list(hints(bytes.fromhex("AA5512340007") * 4, "sma", line_is_sure=False)) == []
