"""Readers that report FF 01: two recorded tags, and lengths that must agree."""

import pytest

from edge.devices.readers.uhf_ff01 import UhfFf01
from edge.devices.readings import BadFrame, TagSeen

RECORDED = {
    "FF0100140300000000003000010101E3050CE200001D7507013115006BB900": "E200001D7507013115006BB9",
    "FF0100140300000000003000010101CF050C34161FA820328EE8303EFAA000": "34161FA820328EE8303EFAA0",
}


@pytest.mark.parametrize(("line", "epc"), RECORDED.items())
def test_recorded_tags(line: str, epc: str) -> None:
    assert UhfFf01().feed(bytes.fromhex(line)) == [TagSeen(epc)]
    assert len(UhfFf01().encode(TagSeen(epc))) == len(line) // 2


@pytest.mark.parametrize(("at", "byte"), [(10, 0x28), (17, 0x0B), (30, 0x01)])
def test_lengths_that_do_not_agree_are_refused(at: int, byte: int) -> None:
    line = bytearray.fromhex(next(iter(RECORDED)))
    line[at] = byte
    assert UhfFf01().feed(bytes(line)) == [BadFrame("malformed", bytes(line))]
