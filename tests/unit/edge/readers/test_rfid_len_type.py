"""Packets with length and type: the manual's one, both kinds of card, and damage."""

import pytest

from edge.devices.readers.rfid_len_type import RfidLenType
from edge.devices.readings import BadFrame, TagSeen

MANUAL = bytes.fromhex("020A0206008E6D5DB003")


def test_the_packet_of_the_manual() -> None:
    assert RfidLenType().feed(MANUAL) == [TagSeen("06008E6D5D", decimal=9334109)]


@pytest.mark.parametrize("uid", ["04A1B2C3", "04A1B2C3D4E5F6", "04A1B2C3D4E5F6070809"])
def test_a_mifare_uid_has_no_printed_number(uid: str) -> None:
    reader = RfidLenType()
    frame = reader.encode(TagSeen(uid))
    assert (frame[1], frame[2]) == (len(frame), 1)
    assert reader.feed(frame) == [TagSeen(uid)]


@pytest.mark.parametrize(("at", "reason"), [(9, "malformed"), (8, "checksum"), (5, "checksum")])
def test_damage_is_named(at: int, reason: str) -> None:
    damaged = MANUAL[:at] + bytes([MANUAL[at] ^ 1]) + MANUAL[at + 1 :]
    assert RfidLenType().feed(damaged) == [BadFrame(reason, damaged)]


def test_a_number_that_no_card_has_cannot_be_sent() -> None:
    with pytest.raises(ValueError, match="6 bytes, not"):
        RfidLenType().encode(TagSeen("010203040506"))
