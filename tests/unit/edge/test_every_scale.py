"""Laws that hold for every scale protocol beside those that hold for all."""

from contextlib import suppress
from decimal import Decimal
from functools import partial
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.devices.readings import Mode, Reading, State, Unit
from edge.terminal import reading_json
from tests.unit.edge.lines import fed
from tests.unit.edge.shown import Shown
from tests.unit.edge.shown_scales import SHOWN_BY_SCALES

every = pytest.mark.parametrize("shown", SHOWN_BY_SCALES, ids=str)
fewer = settings(max_examples=15, deadline=None)

any_weight = st.builds(
    lambda number, places: Decimal(number).scaleb(-places),
    st.one_of(st.integers(-99_999, 99_999), st.integers(-(10**12), 10**12)),
    st.integers(-2, 9),
)


def maybe(values: Any) -> Any:
    return st.none() | st.sampled_from(get_args(values))


any_reading = st.builds(
    Reading,
    weight=any_weight,
    unit=maybe(Unit),
    mode=maybe(Mode),
    stable=st.none() | st.booleans(),
    tare=st.none() | any_weight,
) | st.builds(partial(Reading, weight=None), state=st.sampled_from(get_args(State)))


def captured(shown: Shown, frames: list[bytes]) -> list[Any]:
    """Everything that a capture holds; some frames are read only when the next begins."""
    codec = shown.codec()
    return [*fed(codec, frames), *codec.finish()]


@every
def test_every_fact_number_and_state_is_read_back(shown: Shown) -> None:
    for reading in shown.samples():
        found = captured(shown, [shown.codec().encode(reading)])
        assert found == [reading]
        assert not shown.exact or list(map(reading_json, found)) == [reading_json(reading)]


@every
@fewer
@given(meant=any_reading)
def test_what_is_not_refused_is_shown_as_it_was_meant(shown: Shown, meant: Reading) -> None:
    frames = []
    with suppress(ValueError):  # it refuses what has no place in its frame
        frames.append(shown.codec().encode(meant))
    for found in captured(shown, frames):
        assert (found.weight, found.state) == (meant.weight, meant.state)
        for name in ("unit", "stable", "mode", "tare"):
            said, wanted = getattr(found, name), getattr(meant, name)
            assert wanted is None or said in {None, wanted}
