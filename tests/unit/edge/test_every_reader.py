"""A law that holds for every reader protocol beside those that hold for all."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.devices.readings import TagSeen
from tests.unit.edge.lines import fed
from tests.unit.edge.shown_tags import SHOWN_BY_READERS, ShownTags


@pytest.mark.parametrize("shown", SHOWN_BY_READERS, ids=str)
@settings(max_examples=15, deadline=None)
@given(number=st.binary(max_size=16), decimal=st.none() | st.integers(0, 2**34))
def test_what_is_not_refused_is_the_tag_that_was_meant(
    shown: ShownTags, number: bytes, decimal: int | None
) -> None:
    meant = TagSeen(number.hex().upper(), decimal=decimal)
    frames = []
    with suppress(ValueError):  # it refuses what has no place in its frame
        frames.append(shown.codec().encode(meant))
    assert [one.tag for one in fed(shown.codec(), frames)] == [meant.tag] * len(frames)
