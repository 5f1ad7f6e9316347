"""Laws that hold for every reader protocol: one row of data in `shown_tags`, and all are tested.

Blind spots by name. A row of data names those that its frames cannot defend themselves against:

- `lost bytes`: text of any length without a checksum, which is another number when two digits are
  lost (JSON; it travels over MQTT and TCP, which lose none).
- `a longer line cut down`: a wrong byte that ends a Wiegand line early can leave one of 26 bits of
  34; `bits=34` closes it.
"""

from contextlib import suppress
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edge.devices.readers import READERS
from edge.devices.readings import TagSeen, WrongLine
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
from tests.unit.edge.shown import Chance, tags
from tests.unit.edge.shown_tags import SHOWN_BY_READERS, ShownTags, seen_tags

CHECKED = [
    one
    for one in SHOWN_BY_READERS
    if one.codec().check != "none" and "a longer line cut down" not in one.blind
]
ANCHORED = [one for one in SHOWN_BY_READERS if "lost bytes" not in one.blind]
TEXT = [one for one in SHOWN_BY_READERS if one.text]

every = pytest.mark.parametrize("shown", SHOWN_BY_READERS, ids=str)
every_checked = pytest.mark.parametrize("shown", CHECKED, ids=str)
every_anchored = pytest.mark.parametrize("shown", ANCHORED, ids=str)
every_text = pytest.mark.parametrize("shown", TEXT, ids=str)
drawn = given(data=st.data())
fewer = settings(max_examples=15, deadline=None)


def numbered(shown: ShownTags, count: int) -> list[TagSeen]:
    """Some tags, always the same ones."""
    pick = Chance(Random(1))
    return [shown.pick(pick) for _ in range(count)]


def test_every_row_is_covered() -> None:
    assert {one.protocol for one in SHOWN_BY_READERS} == set(READERS)


def test_every_variant_that_a_scan_tries_is_covered() -> None:
    covered = [(one.protocol, one.options) for one in SHOWN_BY_READERS]
    variants = [(name, dict(options)) for name, row in READERS.items() for options in row.variants]
    assert [one for one in variants if one not in covered] == []


@every
@fewer
@drawn
def test_whatever_was_encoded_is_decoded_however_the_line_cuts_it(
    shown: ShownTags, data: st.DataObject
) -> None:
    sent = data.draw(st.lists(seen_tags(shown), max_size=4))
    sizes = data.draw(st.lists(st.integers(0, 30), max_size=20))
    line = b"".join(map(shown.codec().encode, sent))
    assert fed(shown.codec(), cut(line, sizes)) == sent


@every
@given(number=st.binary(max_size=16), decimal=st.none() | st.integers(0, 2**34))
@fewer
def test_what_is_not_refused_is_the_tag_that_was_meant(
    shown: ShownTags, number: bytes, decimal: int | None
) -> None:
    meant = TagSeen(number.hex().upper(), decimal=decimal)
    frames = []
    with suppress(ValueError):  # it refuses what has no place in its frame
        frames.append(shown.codec().encode(meant))
    assert [one.tag for one in fed(shown.codec(), frames)] == [meant.tag] * len(frames)


@every_checked
def test_no_single_wrong_byte_becomes_another_tag(shown: ShownTags) -> None:
    for tag in numbered(shown, 2):
        frame = shown.codec().encode(tag)
        for damaged in with_one_wrong_byte(frame):
            found = tags(fed(shown.codec(), [damaged, frame, frame]))
            assert {one.tag for one in found} == {tag.tag}


@every_anchored
@fewer
@drawn
def test_bytes_lost_from_one_frame_never_make_another_tag(
    shown: ShownTags, data: st.DataObject
) -> None:
    before, torn, after = (data.draw(seen_tags(shown)) for _ in range(3))
    frames = [shown.codec().encode(one) for one in (before, torn, after)]
    start = data.draw(st.integers(0, len(frames[1]) - 1))
    end = data.draw(st.integers(start + 1, len(frames[1])))
    line = frames[0] + frames[1][:start] + frames[1][end:] + frames[2] + frames[2]
    found = [one.tag for one in tags(fed(shown.codec(), [line]))]
    assert set(found) <= {before.tag, torn.tag, after.tag}
    assert (found[0], found[-1]) == (before.tag, after.tag)


@every
def test_rubbish_around_frames_changes_nothing(shown: ShownTags) -> None:
    for tag in numbered(shown, 5):
        frame = shown.codec().encode(tag)
        for name, bytes_ in rubbish(frame).items():
            if "lost bytes" in shown.blind and name in TORN:
                continue
            line = bytes_ + frame + frame + bytes_ + frame + frame + bytes_
            for pieces in ([line], one_by_one(line)):
                found = [one.tag for one in tags(fed(shown.codec(), pieces))]
                assert set(found) == {tag.tag}, name
                assert len(found) >= 2, name


@every
def test_frames_glued_together_are_all_read(shown: ShownTags) -> None:
    sent = numbered(shown, 6)
    assert fed(shown.codec(), [b"".join(map(shown.codec().encode, sent))]) == sent


@every
@given(noise=st.binary(max_size=400), size=st.integers(1, 60))
@example(noise=b"\x02" * 3000, size=7)
@example(noise=b"\xbb\x02\x22\xff\xff" * 600, size=7)
@example(noise=b"\xff" * 3000, size=7)
@example(noise=b"01" * 1500, size=7)
@fewer
def test_noise_never_raises_nor_fills_the_buffer(shown: ShownTags, noise: bytes, size: int) -> None:
    codec, empty = shown.codec(), held_bytes(shown.codec())
    for piece in cut(noise, [size] * (len(noise) // size)):
        codec.feed(piece)
        assert held_bytes(codec) - empty < shown.held
    [tag] = numbered(shown, 1)
    assert tag.tag in [one.tag for one in tags(codec.feed(shown.codec().encode(tag) * 40))]


@every
def test_a_megabyte_of_noise_leaves_little_behind(shown: ShownTags) -> None:
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
def test_parity_bits_are_read_and_named(
    shown: ShownTags, setting: str, data: st.DataObject
) -> None:
    tag, odd = data.draw(seen_tags(shown)), setting == "7O1"
    line = with_parity(shown.codec().encode(tag) * 3, odd=odd)
    found = fed(shown.codec(), [line])
    assert tags(found) == [tag] * 3
    named = [one.setting for one in found if isinstance(one, WrongLine)]
    assert named == [setting] or not parity_shows(shown.codec().encode(tag), odd=odd)
