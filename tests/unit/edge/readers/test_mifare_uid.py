"""UIDs of 13.56 MHz cards: lines of text, binary frames, byte orders."""

import pytest

from edge.devices.readers.mifare_uid import MifareUid
from edge.devices.readings import BadFrame, TagSeen, WrongLine

FOUR = bytes.fromhex("AA02060000160FF47F96BB")
SEVEN = bytes.fromhex("AA0009000004C0BA3A8E3A8079BB")
NO_CARD = bytes.fromhex("AA0002018380BB")
READER_NUMBER = bytes.fromhex("AA000A0000FFFFFFFFFFFFFFFF0ABB")


def frame(data: bytes) -> bytes:
    body = bytes([0, len(data)]) + data
    check = 0
    for byte in body:
        check ^= byte
    return b"\xaa" + body + bytes([check]) + b"\xbb"


@pytest.mark.parametrize(
    ("line", "tag"),
    [
        (b"04A1B2C3\r\n", "04A1B2C3"),
        (b"\x0204a1b2c3\r\n\x03", "04A1B2C3"),
        (b"04 A1 B2 C3 D4 E5 F6\n", "04A1B2C3D4E5F6"),
        (b"04 A1 B2 C3 \r\n", "04A1B2C3"),
        (b"04:A1:B2:C3:D4:E5:F6:07:08:09\r", "04A1B2C3D4E5F6070809"),
        (b"160FF47F92\r\n", "160FF47F"),
        (FOUR, "160FF47F"),
        (SEVEN, "04C0BA3A8E3A80"),
        (frame(b"\x00" + bytes.fromhex("160FF47F")), "160FF47F"),
        (frame(bytes(2) + bytes.fromhex("04A1B2C3D4E5F6070809")), "04A1B2C3D4E5F6070809"),
    ],
)
def test_every_form_of_a_uid(line: bytes, tag: str) -> None:
    assert MifareUid().feed(line) == [TagSeen(tag)]


def test_no_card_and_the_readers_own_number_say_nothing() -> None:
    assert MifareUid().feed(NO_CARD + READER_NUMBER) == []


def test_each_byte_is_counted_once() -> None:
    reader = MifareUid()
    reader.feed(FOUR + b"04A1B2C3\r\n" + b"rubbish")
    assert (reader.counts.good_frames, reader.counts.total_bytes) == (2, 28)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"160FF47F93\r\n", "checksum"),
        (b"160FF47F9200\r\n", "length of the UID"),
        (FOUR[:-2] + b"\x00\xbb", "checksum"),
        (FOUR[:-1] + b"\xba", "malformed"),
        (frame(b"\x00\x01" + bytes(4)), "several cards in the field"),
    ],
)
def test_what_may_not_be_believed_is_named(line: bytes, reason: str) -> None:
    [found] = MifareUid().feed(line)
    assert isinstance(found, BadFrame)
    assert found.reason == reason


def test_a_reader_that_prints_backwards_is_turned_round() -> None:
    reader = MifareUid(order="lsb")
    assert reader.feed(b"C3B2A104\r\n") == [TagSeen("04A1B2C3")]
    assert reader.feed(reader.encode(TagSeen("04A1B2C3"))) == [TagSeen("04A1B2C3")]


def test_a_length_that_is_told_refuses_all_others() -> None:
    [found] = MifareUid(uid_bytes=7).feed(b"04A1B2C3\r\n")
    assert isinstance(found, BadFrame)
    with pytest.raises(ValueError, match="4 bytes, not"):
        MifareUid(uid_bytes=7).encode(TagSeen("04A1B2C3"))


def test_parity_bits_are_named() -> None:
    line = bytes(byte | 0x80 if byte.bit_count() % 2 else byte for byte in b"04A1B2C3\r\n")
    assert MifareUid().feed(line) == [WrongLine("7E1"), TagSeen("04A1B2C3")]


def test_a_capture_may_lack_its_last_line_end() -> None:
    reader = MifareUid()
    assert reader.feed(b"04A1B2C3") == []
    assert reader.finish() == [TagSeen("04A1B2C3")]


def test_the_request_asks_for_the_card_and_not_for_the_readers_own_number() -> None:
    assert MifareUid().request == b""
    assert MifareUid(polled=True).request.hex() == "aa000325260000bb"
    assert MifareUid(polled=True, address=2).request.hex() == "aa020325260002bb"


@pytest.mark.parametrize(
    ("options", "says"),
    [({"uid_bytes": 5}, "uid_bytes must be 4, 7 or 10"), ({"address": 256}, "address must be")],
)
def test_options_without_sense_are_refused(options: dict[str, int], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        MifareUid(**options)  # type: ignore[arg-type]  # a table of options
