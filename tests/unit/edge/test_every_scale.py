"""Laws that hold for every scale protocol: one row of data in `shown_scales`, and all are tested.

Blind spots by name. A row of data names those that its frames cannot defend themselves against:

- `no checksum`: the option leaves out the checksum that the protocol has (Toledo without, Modbus
  over TCP). A wrong digit is then another weight, as with every protocol that never had one.
- `lost bytes`: the number is binary and nothing stands behind it, so that a frame without its last
  byte takes the first of the next (Modbus over TCP, where no bytes are lost).

What no checksum of one byte can see is in the docstrings of the codecs: digits that change places
under an XOR, two errors that cancel each other. For these the lane wants several equal frames; how
well that works is measured by `make bench ARGS=noise`.
"""

from contextlib import suppress
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any, get_args

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edge.devices.readings import BadFrame, Mode, Reading, State, Unit, WrongLine
from edge.devices.scales import SCALES
from edge.terminal import reading_json
from tests.unit.edge.lines import (
    TORN,
    cut,
    fed,
    held_bytes,
    one_by_one,
    parity_shows,
    rubbish,
    with_one_wrong_byte,
    with_parity,
)
from tests.unit.edge.shown import Chance, Shown, readings, weights
from tests.unit.edge.shown_scales import SHOWN_BY_SCALES

CHECKED = [
    one for one in SHOWN_BY_SCALES if one.codec().check != "none" and "no checksum" not in one.blind
]
ANCHORED = [one for one in SHOWN_BY_SCALES if "lost bytes" not in one.blind]
TEXT = [one for one in SHOWN_BY_SCALES if one.text]

every = pytest.mark.parametrize("shown", SHOWN_BY_SCALES, ids=str)
every_checked = pytest.mark.parametrize("shown", CHECKED, ids=str)
every_anchored = pytest.mark.parametrize("shown", ANCHORED, ids=str)
every_text = pytest.mark.parametrize("shown", TEXT, ids=str)
drawn = given(data=st.data())
fewer = settings(max_examples=15, deadline=None)


def numbered(shown: Shown, count: int, seed: int = 1) -> list[Reading]:
    """Some readings with a weight, always the same ones."""
    pick = Chance(Random(seed))
    return [shown.pick(pick, states=False) for _ in range(count)]


def test_every_row_is_covered() -> None:
    assert {one.protocol for one in SHOWN_BY_SCALES} == set(SCALES)


def test_every_variant_that_a_scan_tries_is_covered() -> None:
    covered = [(one.protocol, one.options) for one in SHOWN_BY_SCALES]
    variants = [
        (name, {option: value for option, value in options.items() if option != "request"})
        for name, row in SCALES.items()
        for options in row.variants
    ]
    assert [one for one in variants if one not in covered] == []


@every
def test_every_fact_number_and_state_is_read_back(shown: Shown) -> None:
    for reading in shown.samples():
        found = fed(shown.codec(), [shown.codec().encode(reading)])
        assert found == [reading]
        assert not shown.exact or list(map(reading_json, found)) == [reading_json(reading)]


@every
@fewer
@drawn
def test_whatever_was_encoded_is_decoded_however_the_line_cuts_it(
    shown: Shown, data: st.DataObject
) -> None:
    sent = data.draw(st.lists(readings(shown), max_size=4))
    sizes = data.draw(st.lists(st.integers(0, 25), max_size=20))
    line = b"".join(map(shown.codec().encode, sent))
    assert fed(shown.codec(), cut(line, sizes)) == sent


@every
@fewer
@drawn
def test_what_is_not_refused_is_shown_as_it_was_meant(shown: Shown, data: st.DataObject) -> None:
    meant = data.draw(any_reading)
    frames = []
    with suppress(ValueError):  # it refuses what has no place in its frame
        frames.append(shown.codec().encode(meant))
    for found in fed(shown.codec(), frames):
        assert (found.weight, found.state) == (meant.weight, meant.state)
        for name in ("unit", "stable", "mode", "tare"):
            said, wanted = getattr(found, name), getattr(meant, name)
            assert wanted is None or said in {None, wanted}


@every_checked
def test_no_single_wrong_byte_becomes_another_weight(shown: Shown) -> None:
    for reading in numbered(shown, 2):
        frame = shown.codec().encode(reading)
        for damaged in with_one_wrong_byte(frame):
            found = fed(shown.codec(), [damaged, frame, frame])
            assert {one for one in found if isinstance(one, Reading) and one.weight} == {reading}


@every_anchored
@fewer
@drawn
def test_bytes_lost_from_one_frame_never_make_another_weight(
    shown: Shown, data: st.DataObject
) -> None:
    before, torn, after = (data.draw(readings(shown, states=False)) for _ in range(3))
    frames = [shown.codec().encode(one) for one in (before, torn, after)]
    start = data.draw(st.integers(0, len(frames[1]) - 1))
    end = data.draw(st.integers(start + 1, len(frames[1])))
    line = frames[0] + frames[1][:start] + frames[1][end:] + frames[2] + frames[2]
    found = weights(fed(shown.codec(), [line]))
    assert set(found) <= {before.weight, torn.weight, after.weight}
    assert found[0] == before.weight
    assert found[-1] == after.weight


@every
def test_rubbish_around_frames_changes_nothing(shown: Shown) -> None:
    for reading in numbered(shown, 5):
        frame = shown.codec().encode(reading)
        for name, bytes_ in rubbish(frame).items():
            if "lost bytes" in shown.blind and name in TORN:
                continue
            line = bytes_ + frame + frame + bytes_ + frame + frame + bytes_
            for pieces in ([line], one_by_one(line)):
                found = weights(fed(shown.codec(), pieces))
                assert set(found) == {reading.weight}, name
                assert len(found) >= 2, name


@every
def test_frames_glued_together_are_all_read(shown: Shown) -> None:
    sent = numbered(shown, 6)
    line = b"".join(map(shown.codec().encode, sent))
    assert weights(fed(shown.codec(), [line])) == [one.weight for one in sent]


@every
@given(noise=st.binary(max_size=400), size=st.integers(1, 60))
@example(noise=b"\x02" * 3000, size=7)
@example(noise=b" " * 3000, size=7)
@example(noise=b"0" * 3000, size=7)
@example(noise=b"\x00\xff" * 1500, size=7)
@example(noise=b"=" * 3000, size=7)
@fewer
def test_noise_never_raises_nor_fills_the_buffer(shown: Shown, noise: bytes, size: int) -> None:
    codec, empty = shown.codec(), held_bytes(shown.codec())
    for piece in cut(noise, [size] * (len(noise) // size)):
        codec.feed(piece)
        assert held_bytes(codec) - empty < shown.held
    [reading] = numbered(shown, 1)
    assert reading.weight in weights(codec.feed(shown.codec().encode(reading) * 40))


@every
def test_a_megabyte_of_noise_leaves_little_behind(shown: Shown) -> None:
    codec, empty = shown.codec(), held_bytes(shown.codec())
    noise = Random(7).randbytes(1_000_000)
    for piece in cut(noise, [4_096] * 244):
        codec.feed(piece)
    assert held_bytes(codec) - empty < shown.held
    assert codec.counts.total_bytes == len(noise)


@every_text
@pytest.mark.parametrize("setting", ["7E1", "7O1"])
@fewer
@drawn
def test_parity_bits_are_read_and_named(shown: Shown, setting: str, data: st.DataObject) -> None:
    reading, odd = data.draw(readings(shown)), setting == "7O1"
    line = with_parity(shown.codec().encode(reading) * 3, odd=odd)
    found = fed(shown.codec(), [line])
    assert [one for one in found if isinstance(one, Reading)] == [reading] * 3
    named = [one.setting for one in found if isinstance(one, WrongLine)]
    assert named == [setting] or not parity_shows(shown.codec().encode(reading), odd=odd)
    assert [one for one in found if isinstance(one, BadFrame)] == []


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
