"""Laws that hold for every protocol: one row of data in `shown_scales` or `shown_tags`, and all are
tested.

Blind spots by name. A row of data names those that its frames cannot defend themselves against:

- `no checksum`: the option leaves out the checksum that the protocol has (Toledo without, Modbus
  over TCP). A wrong digit is then another weight, as with every protocol that never had one.
- `lost bytes`: nothing stands behind the number that could be missed: binary ones take a byte of
  the next frame (Modbus over TCP), text of any length loses digits (JSON). Both travel over TCP or
  MQTT, where no bytes are lost.
- `a longer line cut down`: a wrong byte that ends a Wiegand line early can leave one of 26 bits of
  34; `bits=34` closes it.

What no checksum of one byte can see is in the docstrings of the codecs: digits that change places
under an XOR, two errors that cancel each other. For these the lane wants several equal frames; how
well that works is measured by `make bench ARGS=noise`.
"""

from random import Random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edge.devices.readers import READERS
from edge.devices.readings import Reading, TagSeen, WrongLine
from edge.devices.scales import SCALES
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
from tests.unit.edge.shown import Chance, Drawn, Shown, believed, number
from tests.unit.edge.shown_scales import SHOWN_BY_SCALES
from tests.unit.edge.shown_tags import SHOWN_BY_READERS, ShownTags

pytestmark = pytest.mark.no_cover  # the branches have examples of their own; these are many

AnyShown = Shown | ShownTags

ALL: tuple[AnyShown, ...] = (*SHOWN_BY_SCALES, *SHOWN_BY_READERS)
CHECKED = [
    one
    for one in ALL
    if one.codec().check != "none" and not {"no checksum", "a longer line cut down"} & {*one.blind}
]
ANCHORED = [one for one in ALL if "lost bytes" not in one.blind]
TEXT = [one for one in ALL if one.text]

every = pytest.mark.parametrize("shown", ALL, ids=str)
every_checked = pytest.mark.parametrize("shown", CHECKED, ids=str)
every_anchored = pytest.mark.parametrize("shown", ANCHORED, ids=str)
every_text = pytest.mark.parametrize("shown", TEXT, ids=str)
drawn = given(data=st.data())
fewer = settings(max_examples=15, deadline=None)


@st.composite
def sent_by(draw: st.DrawFn, shown: AnyShown) -> Reading | TagSeen:
    """Whatever the protocol can say."""
    return shown.pick(Drawn(draw))


@st.composite
def numbers_of(draw: st.DrawFn, shown: AnyShown) -> Reading | TagSeen:
    """A weight or a tag."""
    return shown.ordinary(Drawn(draw))


def some(shown: AnyShown, count: int) -> list[Reading | TagSeen]:
    """Some weights or tags, always the same ones."""
    pick = Chance(Random(1))
    return [shown.ordinary(pick) for _ in range(count)]


def frame_of(shown: AnyShown, said: Reading | TagSeen) -> bytes:
    frame: bytes = shown.codec().encode(said)  # type: ignore[arg-type]  # made by the same row
    return frame


def all_of(shown: AnyShown, pieces: list[bytes]) -> list[Any]:
    """Everything that a capture holds; some frames are read only when the next begins."""
    codec = shown.codec()
    return [*fed(codec, pieces), *codec.finish()]


def test_every_row_is_covered() -> None:
    assert {one.protocol for one in ALL} == {*SCALES, *READERS}


def test_every_variant_that_a_scan_tries_is_covered() -> None:
    covered = [(one.protocol, one.options) for one in ALL]
    variants = [
        (name, {option: value for option, value in options.items() if option != "request"})
        for name, row in {**SCALES, **READERS}.items()
        for options in row.variants
    ]
    assert [one for one in variants if one not in covered] == []


@every
@fewer
@drawn
def test_whatever_was_encoded_is_decoded_however_the_line_cuts_it(
    shown: AnyShown, data: st.DataObject
) -> None:
    sent = data.draw(st.lists(sent_by(shown), max_size=4))
    sizes = data.draw(st.lists(st.integers(0, 30), max_size=20))
    line = b"".join(frame_of(shown, one) for one in sent)
    assert all_of(shown, cut(line, sizes)) == sent


@every_checked
def test_no_single_wrong_byte_becomes_something_else(shown: AnyShown) -> None:
    for said in some(shown, 2):
        frame = frame_of(shown, said)
        for damaged in with_one_wrong_byte(frame):
            assert {*believed(fed(shown.codec(), [damaged, frame, frame]))} == {said}


@every_anchored
@fewer
@drawn
def test_bytes_lost_from_one_frame_never_make_another_number(
    shown: AnyShown, data: st.DataObject
) -> None:
    sent = [data.draw(numbers_of(shown)) for _ in range(3)]
    before, torn, after = (frame_of(shown, one) for one in sent)
    start = data.draw(st.integers(0, len(torn) - 1))
    end = data.draw(st.integers(start + 1, len(torn)))
    line = before + before + torn[:start] + torn[end:] + after + after  # each shows where one ends
    found = [number(one) for one in believed(fed(shown.codec(), [line]))]
    assert {*found} <= {number(one) for one in sent}
    assert (found[0], found[-1]) == (number(sent[0]), number(sent[2]))


@every
def test_rubbish_around_frames_changes_nothing(shown: AnyShown) -> None:
    for said in some(shown, 5):
        frame = frame_of(shown, said)
        for name, bytes_ in rubbish(frame).items():
            if "lost bytes" in shown.blind and name in TORN:
                continue
            line = bytes_ + frame + frame + bytes_ + frame + frame + bytes_
            for pieces in ([line], one_by_one(line)):
                found = [number(one) for one in believed(fed(shown.codec(), pieces))]
                assert {*found} == {number(said)}, name
                assert len(found) >= 2, name


@every
def test_frames_glued_together_are_all_read(shown: AnyShown) -> None:
    sent = some(shown, 6)
    line = b"".join(frame_of(shown, one) for one in sent)
    assert believed(all_of(shown, [line])) == sent


@every
@given(noise=st.binary(max_size=400), size=st.integers(1, 60))
@example(noise=b"\x02" * 3000, size=7)
@example(noise=b" " * 3000, size=7)
@example(noise=b"0" * 3000, size=7)
@example(noise=b"01" * 1500, size=7)
@example(noise=b"\xff" * 3000, size=7)
@example(noise=b"\x00\xff" * 1500, size=7)
@example(noise=b"\xbb\x02\x22\xff\xff" * 600, size=7)
@example(noise=b"=" * 3000, size=7)
@fewer
def test_noise_never_raises_nor_fills_the_buffer(shown: AnyShown, noise: bytes, size: int) -> None:
    codec, empty = shown.codec(), held_bytes(shown.codec())
    for piece in cut(noise, [size] * (len(noise) // size)):
        codec.feed(piece)
        assert held_bytes(codec) - empty < shown.held
    [said] = some(shown, 1)
    assert number(said) in map(number, believed(codec.feed(frame_of(shown, said) * 40)))


@every
def test_a_megabyte_of_noise_leaves_little_behind(shown: AnyShown) -> None:
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
def test_parity_bits_are_read_and_named(shown: AnyShown, setting: str, data: st.DataObject) -> None:
    said, odd = data.draw(sent_by(shown)), setting == "7O1"
    frame = frame_of(shown, said)
    found = all_of(shown, [with_parity(frame * 3, odd=odd)])
    assert [one for one in found if not isinstance(one, WrongLine)] == [said] * 3
    named = [one.setting for one in found if isinstance(one, WrongLine)]
    assert named == [setting] or not parity_shows(frame, odd=odd)
