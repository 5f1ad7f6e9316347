"""Readers that speak CF: a recorded tag, rounds, acknowledgements, damage."""

import pytest

from edge.devices.readers.uhf_cf import UhfCf
from edge.devices.readers.uhf_reader18 import crc16
from edge.devices.readings import BadFrame, TagSeen

TAG = bytes.fromhex("CF0000011200FD3A01000CE28069950000400A8F3981330A1D")
EPC = "E28069950000400A8F398133"


def framed(command: int, data: bytes) -> bytes:
    body = b"\xcf\x00" + command.to_bytes(2) + bytes([len(data)]) + data
    return body + crc16(body)[::-1]


def test_a_recorded_tag() -> None:
    assert UhfCf().feed(TAG) == [TagSeen(EPC, rssi_dbm=-71)]
    assert UhfCf().feed(UhfCf().encode(TagSeen(EPC, rssi_dbm=-71))) == [TagSeen(EPC, rssi_dbm=-71)]
    assert UhfCf().request == b""


def test_one_second_of_inventory_is_asked_for() -> None:
    assert UhfCf(polled=True, address=255).request[:5].hex() == "cfff000105"


@pytest.mark.parametrize(
    "answer",
    [framed(0x0001, b"\x12"), framed(0x0002, b"\x00"), framed(0x0172, b"\x00" * 9)],
)
def test_the_end_of_a_round_and_an_acknowledgement_say_nothing(answer: bytes) -> None:
    reader = UhfCf()
    assert reader.feed(answer) == []
    assert (reader.counts.good_frames, reader.counts.bad_frames) == (1, 0)


@pytest.mark.parametrize("length", [0, 11, 13])
def test_an_epc_of_another_length_is_refused(length: int) -> None:
    frame = framed(0x0001, b"\x00\xfd\x3a\x01\x00" + bytes([length]) + bytes.fromhex(EPC))
    assert UhfCf().feed(frame) == [BadFrame("length of the EPC", frame)]


def test_damage_is_named() -> None:
    damaged = TAG[:-1] + b"\x1e"
    assert UhfCf().feed(damaged) == [BadFrame("checksum", damaged)]


@pytest.mark.parametrize(
    ("tag", "says"), [(TagSeen("ABCDEF"), "3 bytes"), (TagSeen("E2001071"), "rssi_dbm")]
)
def test_what_a_frame_cannot_tell_is_refused(tag: TagSeen, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        UhfCf().encode(tag)


def test_an_address_has_one_byte() -> None:
    with pytest.raises(ValueError, match="address must be 0 to 255, got 256"):
        UhfCf(address=256)
