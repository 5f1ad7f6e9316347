"""SMA: what its table in `scale_lines` has no column for."""

import pytest

from edge.devices.readings import BadFrame
from edge.devices.scales import scale_decoder


@pytest.mark.parametrize("cut", range(1, 19))
def test_a_capture_that_ends_within_a_frame_is_not_read(cut: int) -> None:
    codec = scale_decoder("sma", {})
    items = codec.feed(b"\n 1G       5.025lb "[:cut]) + codec.finish()
    assert all(isinstance(one, BadFrame) for one in items)
