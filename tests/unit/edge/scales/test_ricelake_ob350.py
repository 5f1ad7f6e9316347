"""OB-350: what its table in `scale_lines` has no column for."""

from decimal import Decimal

from edge.devices.readings import Reading
from tests.unit.edge.scale_lines.ricelake_ob350 import LINES

found, encode = LINES.found, LINES.encode


def test_frames_of_the_manual_are_read() -> None:
    frames = b"\x02N   15000 kg\x03\x02N    5045 kg\x03\x02g-   5.04  t\x03"
    assert found(frames) == [
        Reading(weight=Decimal(15000), unit="kg", mode="net"),
        Reading(weight=Decimal(5045), unit="kg", mode="net"),
        Reading(weight=Decimal("-5.04"), unit="t", mode="gross"),
    ]


def test_frames_are_written_as_they_are_read() -> None:
    frame = b"\x02N   15000 kg\x03"
    assert encode(Reading(weight=Decimal(15000), unit="kg", mode="net")) == frame
