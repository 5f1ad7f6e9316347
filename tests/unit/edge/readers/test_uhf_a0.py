"""Readers that speak A0: recorded rounds, acknowledgements, errors, damage."""

import pytest

from edge.devices.checksums import sum_complement
from edge.devices.readers.uhf_a0 import UhfA0
from edge.devices.readings import BadFrame, TagSeen

TAG = bytes.fromhex("A0130189043000E200301666130121155074EF45BF")
ROUND_ENDS = bytes.fromhex("A00A0189000011000000 05B6")
ANTENNA_SET = bytes.fromhex("A004017410D7")
ROUND = """
A0 13 01 89 8C 30 00 30 08 33 B2 DD D9 01 40 00 00 00 01 37 BB
A0 13 01 89 74 30 00 E2 00 40 74 85 0A 01 03 16 30 70 E1 36 29
A0 13 01 89 D4 30 00 E2 00 40 74 85 0A 01 03 16 90 67 DD 2F 7D
A0 0A 01 89 00 00 11 00 00 00 05 B6
"""


def framed(command: int, data: bytes) -> bytes:
    body = b"\xa0" + bytes([len(data) + 3, 1, command]) + data
    return body + bytes([sum_complement(body, 0xFF)])


def test_a_recorded_tag() -> None:
    assert UhfA0().feed(TAG) == [TagSeen("E200301666130121155074EF", rssi_dbm=-60)]
    assert UhfA0().encode(TagSeen("E200301666130121155074EF", rssi_dbm=-60))[5:-1] == TAG[5:-1]
    assert UhfA0().request.hex() == "a004018901d1"


def test_a_recorded_round() -> None:
    reader = UhfA0()
    assert reader.feed(bytes.fromhex(ROUND)) == [
        TagSeen("300833B2DDD9014000000001", rssi_dbm=-74),
        TagSeen("E2004074850A010316" + "3070E1", rssi_dbm=-75),
        TagSeen("E2004074850A010316" + "9067DD", rssi_dbm=-82),
    ]
    assert (reader.counts.good_frames, reader.counts.bad_frames) == (4, 0)


@pytest.mark.parametrize("answer", [ANTENNA_SET, ROUND_ENDS, framed(0x89, b"\x36")])
def test_an_acknowledgement_says_nothing(answer: bytes) -> None:
    reader = UhfA0()
    assert reader.feed(answer) == []
    assert (reader.counts.good_frames, reader.counts.bad_frames) == (1, 0)


def test_an_error_is_named() -> None:
    frame = bytes.fromhex("A004018922B0")
    assert UhfA0().feed(frame) == [BadFrame("reader error 22h", frame)]


def test_a_phase_behind_the_strength_is_left_out() -> None:
    frame = framed(0x8B, TAG[4:-1] + b"\x12\x34")
    assert UhfA0().feed(frame) == [TagSeen("E200301666130121155074EF", rssi_dbm=-60)]


@pytest.mark.parametrize(
    "data",
    [b"\x04\x20\x00" + bytes(13), b"\x04\x00\x00" + bytes(1), b"\x04" + b"\x30\x00" + bytes(12)],
)
def test_a_pc_that_tells_another_length_is_refused(data: bytes) -> None:
    frame = framed(0x89, data)
    assert UhfA0().feed(frame) == [BadFrame("length of the EPC", frame)]


def test_damage_is_named() -> None:
    damaged = TAG[:9] + b"\x00" + TAG[10:]
    assert UhfA0().feed(damaged) == [BadFrame("checksum", damaged)]


def test_the_last_bytes_of_an_epc_can_be_the_tag() -> None:
    assert UhfA0(tag_bytes=4).feed(TAG) == [TagSeen("155074EF", rssi_dbm=-60)]


@pytest.mark.parametrize(
    ("tag", "says"),
    [
        (TagSeen("ABCDEF"), "3 bytes"),
        (TagSeen("E2001071"), "rssi_dbm"),
        (TagSeen("E2001071", rssi_dbm=-1), "rssi_dbm"),
    ],
)
def test_what_a_frame_cannot_tell_is_refused(tag: TagSeen, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        UhfA0().encode(tag)


def test_an_address_has_one_byte() -> None:
    with pytest.raises(ValueError, match="address must be 0 to 255, got 256"):
        UhfA0(address=256)
