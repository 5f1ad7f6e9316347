"""UHFReader18 and UHFReader288: active mode, inventories of several tags, heartbeats, damage."""

import pytest

from edge.devices.readers.uhf_reader18 import UhfReader18, crc16
from edge.devices.readings import BadFrame, TagSeen

EPC = "E20000198116025618" + "1099D0"
OTHER = "E2001071"


def framed(code: int, status: int, data: bytes) -> bytes:
    body = bytes([len(data) + 5, 0, code, status]) + data
    return body + crc16(body)


def block(epc: str, rssi: bytes = b"") -> bytes:
    number = bytes.fromhex(epc)
    return bytes([len(number)]) + number + rssi


def read(frame: bytes) -> list[object]:
    return list(UhfReader18().feed(frame))


def test_a_report_in_active_mode_is_stripped_to_its_epc() -> None:
    frame = framed(0xEE, 0, bytes.fromhex(EPC))
    assert (len(frame), frame[:4].hex()) == (18, "1100ee00")
    assert read(frame) == [TagSeen(EPC)]
    assert UhfReader18().encode(TagSeen(EPC)) == frame


def test_the_crc_of_the_known_inventory_request() -> None:
    assert UhfReader18().request.hex() == "040001db4b"


@pytest.mark.parametrize(("rssi", "dbm"), [(0xC4, -60), (0x45, None)])
def test_a_288_reports_antenna_and_strength_too(rssi: int, dbm: int | None) -> None:
    frame = framed(0xEE, 0, b"\x04" + block(EPC, bytes([rssi])))
    assert read(frame) == [TagSeen(EPC, rssi_dbm=dbm)]


def test_a_tid_behind_the_epc_is_left_out() -> None:
    number = bytes.fromhex(OTHER) + bytes(12)
    frame = framed(0xEE, 0, b"\x01" + bytes([0x80 | len(number)]) + number + b"\xc4")
    assert read(frame) == [TagSeen(OTHER, rssi_dbm=-60)]


def test_a_heartbeat_and_an_empty_field_say_nothing() -> None:
    reader = UhfReader18()
    assert reader.feed(framed(0xEE, 0x28, bytes(16)) + framed(0x01, 0xFB, b"")) == []
    assert reader.feed(framed(0x01, 0x26, bytes(7)) + framed(0x01, 0x01, b"\x00")) == []
    assert reader.counts.good_frames == 4


@pytest.mark.parametrize("frame", [framed(0xEE, 0, b""), framed(0x01, 1, b"")])
def test_an_answer_without_data_is_an_acknowledgement(frame: bytes) -> None:
    reader = UhfReader18()
    assert reader.feed(frame) == []
    assert reader.counts.good_frames == 1


@pytest.mark.parametrize("status", [1, 2, 3, 4])
def test_an_inventory_tells_all_tags(status: int) -> None:
    frame = framed(0x01, status, b"\x02" + block(EPC) + block(OTHER))
    assert read(frame) == [TagSeen(EPC), TagSeen(OTHER)]


def test_recorded_answers_to_the_single_inventory_are_read() -> None:
    tag = bytes.fromhex("13000f01010ce284361100001000094944aadaff")
    empty = bytes.fromhex("05000ffbe2a7")
    reader = UhfReader18()
    assert reader.feed(empty + tag + empty) == [TagSeen("E284361100001000094944AA")]
    assert (reader.counts.good_frames, reader.counts.bad_frames) == (3, 0)


def test_an_inventory_of_a_288_tells_their_strength() -> None:
    data = b"\x01\x02" + block(EPC, b"\xc4") + block(OTHER, b"\xb0")
    found = read(framed(0x01, 0x03, data))
    assert found == [TagSeen(EPC, rssi_dbm=-60), TagSeen(OTHER, rssi_dbm=-80)]


@pytest.mark.parametrize(
    "frame",
    [
        framed(0xEE, 0, bytes(34)),
        framed(0xEE, 0, b"\x01\x05" + bytes(11)),
        framed(0x01, 1, b"\x02" + block(EPC)),
        framed(0x01, 1, b"\x01" + block(EPC)[:-1]),
        framed(0x01, 1, b"\x01" + block("ABCDEF")),
        framed(0xEE, 0, b"\x01\x82" + bytes(3)),
        framed(0x01, 1, b"\x01\x82" + bytes(2)),
    ],
)
def test_data_that_is_no_list_of_epcs_is_refused(frame: bytes) -> None:
    assert read(frame) == [BadFrame("malformed", frame)]


def test_a_lost_antenna_is_named() -> None:
    frame = framed(0x01, 0xF8, b"")
    assert read(frame) == [BadFrame("antenna not connected", frame)]


def test_damage_is_named() -> None:
    damaged = bytearray(framed(0xEE, 0, bytes.fromhex(EPC)))
    damaged[9] ^= 0x10
    assert read(bytes(damaged)) == [BadFrame("checksum", bytes(damaged))]


@pytest.mark.parametrize(
    ("reader", "request_"),
    [
        (UhfReader18(polled=False), b""),
        (UhfReader18(address=255), b"\x04\xff\x01" + crc16(b"\x04\xff\x01")),
        (UhfReader18(model="288"), b"\x06\x00\x01\x04\x00" + crc16(b"\x06\x00\x01\x04\x00")),
    ],
)
def test_the_reader_is_asked_as_its_family_wants_it(reader: UhfReader18, request_: bytes) -> None:
    assert reader.request == request_


def test_an_address_has_one_byte() -> None:
    with pytest.raises(ValueError, match="address must be 0 to 255, got 256"):
        UhfReader18(address=256)


@pytest.mark.parametrize(
    ("tag", "says"),
    [
        (TagSeen("ABCDEF"), "3 bytes"),
        (TagSeen(EPC, rssi_dbm=0), "-128 to -1"),
        (TagSeen(EPC, rssi_dbm=-129), "-128 to -1"),
    ],
)
def test_what_a_report_cannot_tell_is_refused(tag: TagSeen, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        UhfReader18().encode(tag)


def test_the_strength_comes_back() -> None:
    reader = UhfReader18()
    assert reader.feed(reader.encode(TagSeen(EPC, rssi_dbm=-60))) == [TagSeen(EPC, rssi_dbm=-60)]
