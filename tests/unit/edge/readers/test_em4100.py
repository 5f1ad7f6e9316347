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


numbers = (
    st.binary(min_size=5, max_size=5)
    .map(lambda raw: raw.hex().upper())
    .filter(lambda tag: tag not in {"0" * 10, "F" * 10})
)


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


def test_a_reader_without_checksum_sends_none() -> None:
    assert Em4100(checksum=False).encode(TagSeen("010063E9AE")) == b"\x02010063E9AE\x03"


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


RAW = bytes.fromhex("02303131344145334242433C03")


def raw(tag: str) -> bytes:
    return Em4100(checksum="raw").encode(TagSeen(tag))


def with_xor(xor: int) -> str:
    """A number whose five bytes have this XOR."""
    return f"0114AE3B{0x01 ^ 0x14 ^ 0xAE ^ 0x3B ^ xor:02X}"


def test_a_checksum_of_one_byte_is_read() -> None:
    assert raw("0114AE3BBC") == RAW
    assert tags(*Em4100().feed(RAW * 3)) == ["0114AE3BBC"] * 3
    assert tags(*Em4100(checksum=True).feed(RAW)) == ["0114AE3BBC"]


@pytest.mark.parametrize("xor", range(256))
def test_every_checksum_of_one_byte_is_read_however_the_line_cuts_it(xor: int) -> None:
    tag = with_xor(xor)
    for reader in (Em4100(), Em4100(checksum="raw")):
        line = raw(tag) * 3
        found = [one for at in range(len(line)) for one in reader.feed(line[at : at + 1])]
        assert tags(*found)[-2:] == [tag] * 2
        assert {*tags(*found)} == {tag}


@pytest.mark.parametrize("xor", [0x03, 0x0D, 0x0A, 0x83])
def test_a_number_that_ends_like_a_checksum_does_not_change_a_reader_without(xor: int) -> None:
    reader = Em4100()
    bare = f"\x02{with_xor(xor)}\r\n\x03".encode()
    assert tags(*reader.feed(bare + BARE + bare)) == [with_xor(xor), "50008C0891", with_xor(xor)]


@pytest.mark.parametrize("at", range(1, 12))
def test_a_wrong_byte_before_a_checksum_of_one_byte_is_seen(at: int) -> None:
    damaged = RAW[:at] + bytes([RAW[at] ^ 1]) + RAW[at + 1 :]
    found = Em4100().feed(damaged)
    assert [type(one) for one in found] == [BadFrame]


def test_two_digits_that_lost_one_before_them_are_not_taken_for_one_byte() -> None:
    torn = encode("0158ED9391").replace(b"D9391", b"D991")
    assert torn == raw(torn[1:11].decode())
    assert [type(one) for one in Em4100().feed(torn)] == [BadFrame]
    assert tags(*Em4100().feed(torn * 2)) == [torn[1:11].decode()]


def test_the_form_of_the_checksum_can_be_fixed() -> None:
    frame = encode("010063E9AE")
    assert Em4100(checksum="raw").feed(frame) == [BadFrame("checksum", frame)]
    assert Em4100(checksum=False).feed(RAW) == [BadFrame("unexpected checksum", RAW)]
    assert Em4100(checksum="raw").feed(BARE) == [BadFrame("no checksum", BARE)]


@pytest.mark.parametrize("digit", ["0", "F"])
def test_noise_with_a_right_checksum_is_no_card(digit: str) -> None:
    frame = f"\x02{digit * 10}{'00' if digit == '0' else 'FF'}\x03".encode()
    reader = Em4100()
    [found] = reader.feed(frame)
    assert isinstance(found, BadFrame)
    assert found.reason == f"no card: all {digit}"
    assert (reader.counts.good_frames, reader.counts.bad_frames) == (0, 1)
    with pytest.raises(ValueError, match="is no card"):
        encode(digit * 10)


def test_a_carriage_return_with_parity_is_a_line_end() -> None:
    line = bytes(byte | 0x80 if byte.bit_count() % 2 else byte for byte in BARE)
    assert tags(*Em4100().feed(line * 2)) == ["50008C0891"] * 2


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
