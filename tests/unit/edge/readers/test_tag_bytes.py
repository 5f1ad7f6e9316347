"""One card is one tag at every reader: `tag_bytes`, and numbers that no card has."""

from typing import Any

import pytest

from edge.devices.readers import READERS, reader_decoder
from edge.devices.readers.mifare_uid import MifareUid
from edge.devices.readings import BadFrame, TagSeen
from edge.devices.rows import BadOption
from tests.unit.edge.shown_tags import SHOWN_BY_READERS, ShownTags

CARD: list[tuple[str, dict[str, Any], bytes]] = [
    ("em4100", {}, b"\x020100D1E24D7F\x03"),
    ("rfid-len-type", {}, bytes.fromhex("020A020100D1E24D7703")),
    ("mifare-uid", {}, b"00D1E24D\r\n"),
    ("wiegand", {"format": "decimal"}, b"13754957\r\n"),
    ("wiegand", {"format": "decimal"}, b"0013754957\r\n"),
    ("wiegand", {"format": "facility"}, b"209,57933\r\n"),
    ("wiegand", {"format": "facility"}, b"00209,57933\r\n"),
    ("wiegand", {"format": "hex"}, b"D1E24D\r\n"),
    ("wiegand", {"format": "bits"}, b"11101000111100010010011010\r\n"),
    ("json-tag", {}, b'{"tag": "0100D1E24D"}\n'),
    ("hex-line", {}, b"0100D1E24D\r\n"),
]


@pytest.mark.parametrize(("protocol", "options", "line"), CARD)
def test_one_card_is_one_tag_at_every_reader(
    protocol: str, options: dict[str, Any], line: bytes
) -> None:
    found = reader_decoder(protocol, {**options, "tag_bytes": "3"}).feed(line)
    assert [one.tag for one in found if isinstance(one, TagSeen)] == ["D1E24D"]


def test_the_number_on_the_card_stays() -> None:
    [found] = reader_decoder("em4100", {"tag_bytes": 4}).feed(CARD[0][2])
    assert found == TagSeen("00D1E24D", decimal=13754957)


def test_a_message_is_shortened_as_well() -> None:
    found = reader_decoder("json-tag", {"tag_bytes": 3}).message(b'{"tag": "0100D1E24D"}')
    assert found == [TagSeen("D1E24D")]


@pytest.mark.parametrize("value", [1, 33, "some"])
def test_a_length_that_no_number_has_is_refused(value: object) -> None:
    with pytest.raises(BadOption, match="em4100: option 'tag_bytes'"):
        reader_decoder("em4100", {"tag_bytes": value})


@pytest.mark.parametrize("protocol", READERS)
def test_every_reader_has_the_option(protocol: str) -> None:
    reader_decoder(protocol, {"tag_bytes": 3})


BINARY = [one for one in SHOWN_BY_READERS if one.protocol not in {"json-tag", "wiegand"}]


@pytest.mark.parametrize("shown", BINARY, ids=str)
@pytest.mark.parametrize("byte", [0x00, 0xFF])
def test_a_number_of_zeros_or_ones_is_no_card(shown: ShownTags, byte: int) -> None:
    blank = bytes([byte]) * shown.sizes[0]
    with pytest.raises(ValueError, match="is no card"):
        shown.codec().encode(TagSeen(blank.hex().upper(), rssi_dbm=-60))


@pytest.mark.parametrize(
    ("protocol", "line"),
    [
        ("em4100", b"\x02000000000000\x03"),
        ("wiegand", b"00000000000000000000000001\r\n"),
        ("wiegand", b"0" + b"1" * 25 + b"\r\n"),
        ("mifare-uid", b"00000000\r\n"),
        ("json-tag", b'{"tag": "FFFFFFFF"}\n'),
        ("hex-line", b"0" * 24 + b"\r\n"),
        ("uhf-ff01", bytes.fromhex("FF0100140300000000003000010101E3050C" + "00" * 13)),
    ],
)
def test_such_a_number_is_a_bad_frame_with_its_reason(protocol: str, line: bytes) -> None:
    reader = reader_decoder(protocol, {})
    found = [one.reason for one in reader.feed(line) if isinstance(one, BadFrame)]
    assert found in (["no card: all 0"], ["no card: all F"])
    assert reader.counts.good_frames == 0


def test_a_desk_readers_answer_about_itself_is_no_bad_frame() -> None:
    body = bytes.fromhex("000900") + bytes.fromhex("41BC1122334455AA")
    check = 0
    for byte in body:
        check ^= byte
    reader = MifareUid()
    assert reader.feed(b"\xaa" + body + bytes([check]) + b"\xbb") == []
    assert reader.counts.bad_frames == 0
