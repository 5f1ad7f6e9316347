"""EM4100 cards: numbers from readers' manuals, both dialects, and damaged frames."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.devices.readers.em4100 import Em4100
from edge.devices.readings import BadFrame, TagSeen, WrongLine


def encode(tag: str) -> bytes:
    return Em4100().encode(TagSeen(tag))


def tags(*found: object) -> list[str]:
    return [one.tag for one in found if isinstance(one, TagSeen)]


numbers = st.binary(min_size=5, max_size=5).map(lambda raw: raw.hex().upper())


def test_the_checksum_of_the_manual() -> None:
    assert encode("010063E9AE") == b"\x02010063E9AE25\x03"


@pytest.mark.parametrize("end", [b"\r\n", b"\r", b"\n"])
def test_line_ends_before_the_end_byte_do_not_matter(end: bytes) -> None:
    found = Em4100().feed(b"\x02010063e9ae25" + end + b"\x03")
    assert found == [TagSeen("010063E9AE", decimal=6547886)]


BARE = b"\x0250008C0891\r\n\x03"


@pytest.mark.parametrize("reader", [Em4100(), Em4100(checksum=False)])
def test_a_reader_without_checksum_is_read(reader: Em4100) -> None:
    assert reader.feed(BARE * 2) == [TagSeen("50008C0891", decimal=9177233)] * 2


def test_a_frame_without_checksum_is_refused_where_one_was_promised() -> None:
    assert Em4100(checksum=True).feed(BARE) == [BadFrame("no checksum", BARE)]


def test_a_reader_that_has_sent_a_checksum_must_go_on_doing_so() -> None:
    reader = Em4100()
    reader.feed(encode("010063E9AE"))
    assert reader.feed(BARE) == [BadFrame("no checksum", BARE)]


def test_without_checksum_nothing_is_believed_inside_a_damaged_frame() -> None:
    damaged = b"\x020\x020063E9AE25\x03"
    reader = Em4100()
    assert tags(*reader.feed(damaged)) == []
    assert tags(*reader.feed(damaged[2:] * 2)) == ["0063E9AE25"] * 2


def test_parity_bits_are_named() -> None:
    line = bytes(byte | 0x80 if byte.bit_count() % 2 else byte for byte in encode("010063E9AE"))
    assert Em4100().feed(line) == [WrongLine("7E1"), TagSeen("010063E9AE", decimal=6547886)]


def test_a_checksum_that_was_not_expected_is_no_card() -> None:
    assert [type(one) for one in Em4100(checksum=False).feed(encode("010063E9AE"))] == [BadFrame]


@given(st.lists(numbers, max_size=4), st.integers(1, 20))
def test_every_card_is_read_however_the_line_cuts_it(sent: list[str], size: int) -> None:
    line = b"".join(map(encode, sent))
    reader = Em4100()
    found = [x for at in range(0, len(line), size) for x in reader.feed(line[at : at + size])]
    assert tags(*found) == sent


@given(numbers, st.integers(0, 13), st.integers(0, 255))
def test_one_wrong_byte_never_becomes_another_card(tag: str, position: int, byte: int) -> None:
    frame = encode(tag)
    damaged = frame[:position] + bytes([byte]) + frame[position + 1 :]
    found = [one.tag for one in Em4100().feed(damaged + frame) if isinstance(one, TagSeen)]
    assert set(found) == {tag}


def test_a_frame_without_an_end_is_given_up() -> None:
    reader = Em4100()
    assert [type(one) for one in reader.feed(b"\x02" + b"0" * 40)] == [BadFrame]
    assert tags(*reader.feed(encode("010063E9AE"))) == ["010063E9AE"]


@pytest.mark.parametrize("tag", ["", "0100", "010063E9AE00", "not hex at"])
def test_a_number_of_another_length_cannot_be_sent(tag: str) -> None:
    with pytest.raises(ValueError, match=r"bytes, not|hexadecimal"):
        encode(tag)


def test_a_message_is_bytes_like_any_others() -> None:
    reader = Em4100()
    frame = encode("010063E9AE")
    assert reader.message(frame[:5]) == []
    assert tags(*reader.message(frame[5:])) == ["010063E9AE"]


def test_a_frame_with_an_end_byte_waits_for_it() -> None:
    reader = Em4100()
    assert reader.feed(encode("010063E9AE")[:-1]) == []
    assert reader.finish() == []
