"""UHF modules that speak BB…7E: the manual's frames, other lengths of EPC, errors."""

import json
from pathlib import Path

import pytest

from edge.devices.readers.uhf_bb7e import UhfBb7e, gen2_crc
from edge.devices.readings import BadFrame, TagSeen

EPC = "E20010710000529B0940B402"
RECORDED = json.loads((Path(__file__).parents[3] / "frames" / "readers.json").read_text())["frames"]
NOTICES = [one for one in RECORDED if one["protocol"] == "uhf-bb7e"]
NOTICE = bytes.fromhex(NOTICES[0]["hex"])
NO_TAG = bytes.fromhex("BB01FF000115167E")


def framed(kind: bytes, parameters: bytes) -> bytes:
    body = kind + len(parameters).to_bytes(2) + parameters
    return b"\xbb" + body + bytes([sum(body) & 0xFF]) + b"\x7e"


@pytest.mark.parametrize("one", NOTICES, ids=[one["id"] for one in NOTICES])
def test_the_notices_of_the_manual(one: dict[str, str]) -> None:
    assert UhfBb7e().feed(bytes.fromhex(one["hex"])) == [TagSeen(EPC, rssi_dbm=int(one["rssi"]))]


def test_a_field_without_a_tag_says_nothing() -> None:
    reader = UhfBb7e()
    assert reader.feed(NO_TAG) == []
    assert reader.counts.good_frames == 1


def test_another_error_is_named() -> None:
    frame = framed(b"\x01\xff", b"\x20")
    assert UhfBb7e().feed(frame) == [BadFrame("reader error 20h", frame)]


def test_an_answer_that_is_not_about_tags_says_nothing() -> None:
    assert UhfBb7e().feed(framed(b"\x01\x03", b"\x00M100 26dBm V1.0")) == []


@pytest.mark.parametrize("epc", ["BB7E", "E2001071", EPC + "0000", "BB02220011D53000" * 4])
def test_an_epc_may_have_any_length_and_hold_any_byte(epc: str) -> None:
    frame = UhfBb7e().encode(TagSeen(epc, rssi_dbm=-61))
    reader = UhfBb7e()
    found = [one for at in range(len(frame)) for one in reader.feed(frame[at : at + 1])]
    assert found == [TagSeen(epc, rssi_dbm=-61)]


def test_the_tags_own_crc_is_checked() -> None:
    other = NOTICE[8:-4].replace(b"\x40", b"\x41")
    frame = framed(b"\x02\x22", NOTICE[5:8] + other + NOTICE[-4:-2])
    assert UhfBb7e().feed(frame) == [BadFrame("the tag's own CRC", frame)]


@pytest.mark.parametrize("words", [5, 7, 0, 31])
def test_a_pc_that_tells_another_length_is_refused(words: int) -> None:
    pc_epc = (words << 11).to_bytes(2) + bytes.fromhex(EPC)
    frame = framed(b"\x02\x22", b"\xd5" + pc_epc + gen2_crc(pc_epc))
    assert UhfBb7e().feed(frame) == [BadFrame("length of the EPC", frame)]


@pytest.mark.parametrize("size", [0, 34])
def test_an_epc_that_the_records_have_no_room_for_is_refused(size: int) -> None:
    pc_epc = (size // 2 << 11).to_bytes(2) + bytes(size)
    frame = framed(b"\x02\x22", b"\xd5" + pc_epc + gen2_crc(pc_epc))
    assert UhfBb7e().feed(frame) == [BadFrame("length of the EPC", frame)]


@pytest.mark.parametrize(("at", "reason"), [(-1, "malformed"), (-2, "checksum"), (5, "checksum")])
def test_damage_is_named(at: int, reason: str) -> None:
    damaged = bytearray(NOTICE)
    damaged[at] ^= 1
    assert UhfBb7e().feed(bytes(damaged)) == [BadFrame(reason, bytes(damaged))]


def test_a_torn_frame_holds_up_nothing_that_follows() -> None:
    long = UhfBb7e().encode(TagSeen("AB" * 32, rssi_dbm=-40))
    reader = UhfBb7e()
    assert reader.feed(long[:12] + NOTICE) == [TagSeen(EPC, rssi_dbm=-43)]
    assert reader.feed(long) == [TagSeen("AB" * 32, rssi_dbm=-40)]


def test_a_bad_frame_behind_a_torn_one_is_told_once() -> None:
    long = UhfBb7e().encode(TagSeen("AB" * 32, rssi_dbm=-40))
    bad = NOTICE[:-2] + b"\x00\x7e"
    reader = UhfBb7e()
    assert reader.feed(long[:12] + bad) == []
    assert [type(one) for one in reader.feed(NOTICE)] == [BadFrame, BadFrame, TagSeen]


@pytest.mark.parametrize(
    ("rounds", "request_"), [(1, "BB00220000227E"), (65_535, "BB0027000322FFFF4A7E")]
)
def test_the_reader_is_asked_for_one_round_or_many(rounds: int, request_: str) -> None:
    assert UhfBb7e(rounds=rounds).request.hex().upper() == request_


@pytest.mark.parametrize("rounds", [0, 65_536])
def test_rounds_that_the_command_has_no_room_for_are_refused(rounds: int) -> None:
    with pytest.raises(ValueError, match="rounds must be 1 to 65535"):
        UhfBb7e(rounds=rounds)


@pytest.mark.parametrize(
    ("tag", "says"),
    [
        (TagSeen(EPC), "rssi_dbm"),
        (TagSeen("ABCDEF", rssi_dbm=-50), "3 bytes"),
        (TagSeen("AB" * 34, rssi_dbm=-50), "34 bytes"),
    ],
)
def test_what_a_notice_cannot_tell_is_refused(tag: TagSeen, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        UhfBb7e().encode(tag)
