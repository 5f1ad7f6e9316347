"""Tags as JSON: payloads of their own, lines, arrays, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.devices.readers.json_tag import MESSAGE_BYTES_MAX, TAGS_MAX, JsonTag
from edge.devices.readings import BadFrame, TagSeen

EPC = "E20010710000529B0940B402"
LINE = b'{"tag": "%s", "rssi_dbm": -55, "antenna": 1}' % EPC.encode()
SEEN = TagSeen(EPC, rssi_dbm=-55)


def reason(found: object) -> str:
    assert isinstance(found, list)
    [bad] = found
    assert isinstance(bad, BadFrame)
    return bad.reason


@pytest.mark.parametrize(
    ("payload", "tags"),
    [
        (LINE, [SEEN]),
        (b'{\n "tag": "e2001071"\n}\n', [TagSeen("E2001071")]),
        (b'[{"tag": "AABB"}, {"tag": "AACC"}]', [TagSeen("AABB"), TagSeen("AACC")]),
        (b'{"tag": "AABB", "rssi_dbm": null, "seen": "\xe4\xb8\x8a"}', [TagSeen("AABB")]),
        (b"[]", []),
    ],
)
def test_a_payload_is_one_tag_or_several(payload: bytes, tags: list[TagSeen]) -> None:
    assert JsonTag().message(payload) == tags


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        (b"", "not JSON"),
        (b"E20010710000529B0940B402", "not JSON"),
        (b'{"tag": "AA', "not JSON"),
        (b'{"tag": "AABB"}{"tag": "AACC"}', "not JSON"),
        (b"[" * 5_000, "not JSON"),
        (b"\xff\xfe{", "not JSON"),
        (b"7", "0: Input should be"),
        (b'{"epc": "AABB"}', "0.tag: Field required"),
        (b'{"tag": 17}', "0.tag: Input should be a valid string"),
        (b'{"tag": "AAB"}', "0.tag: String should match pattern"),
        (b'{"tag": "AA"}', "0.tag: String should match pattern"),
        (b'{"tag": "%s"}' % (b"AB" * 33), "0.tag: String should match pattern"),
        (b'{"tag": "AABB", "rssi_dbm": "-5"}', "0.rssi_dbm: "),
        (b'{"tag": "AABB", "rssi_dbm": 200}', "0.rssi_dbm: "),
        (b'[{"tag": "AABB"}, {"tag": "x"}]', "1.tag: "),
        (b"[" + b",".join([b'{"tag": "AABB"}'] * (TAGS_MAX + 1)) + b"]", ": List should have"),
        (b" " * MESSAGE_BYTES_MAX + b"{}", "not JSON: more than 16384 bytes"),
    ],
)
def test_a_payload_that_is_refused_is_refused_whole_and_named(payload: bytes, says: str) -> None:
    reader = JsonTag()
    assert reason(reader.message(payload)).startswith(says)
    assert (reader.counts.good_frames, reader.counts.bad_frames) == (0, 1)


def test_a_torn_payload_takes_nothing_from_the_next() -> None:
    reader = JsonTag()
    reader.message(LINE[:30])
    assert reader.message(LINE) == [SEEN]


def test_lines_are_read_and_the_last_needs_no_end() -> None:
    assert JsonTag().feed(b"hello\n" + LINE + b"\r\n" + LINE) == [SEEN, SEEN]


def test_a_damaged_line_is_given_up_at_its_end() -> None:
    found = JsonTag().feed(LINE[:20] + b"\n" + LINE + b"\n")
    assert [type(one) for one in found] == [BadFrame, TagSeen]


def test_a_value_over_two_lines_is_none_however_it_is_cut() -> None:
    line = b'{"tag": "AABB", "rssi_dbm": -9\n}' + LINE
    for size in (1, 7, len(line)):
        reader = JsonTag()
        pieces = [line[at : at + size] for at in range(0, len(line), size)]
        found = [one for piece in pieces for one in reader.feed(piece)]
        assert [one for one in found if isinstance(one, TagSeen)] == [SEEN]


def test_a_line_without_an_end_is_given_up() -> None:
    reader = JsonTag()
    assert [type(one) for one in reader.feed(b"{" + b" " * MESSAGE_BYTES_MAX)] == [BadFrame]
    assert reader.feed(LINE) == [SEEN]


def test_what_is_given_up_does_not_depend_on_how_it_was_cut() -> None:
    line = b'{"t' + LINE * (MESSAGE_BYTES_MAX // len(LINE) + 20)
    whole = JsonTag().feed(line)
    assert SEEN in whole
    for size in (1_000, MESSAGE_BYTES_MAX + 1):
        reader = JsonTag()
        pieces = [line[at : at + size] for at in range(0, len(line), size)]
        assert [one for piece in pieces for one in reader.feed(piece)] == whole


def test_only_the_antenna_that_was_picked_counts() -> None:
    both = b'[{"tag": "AABB", "antenna": 1}, {"tag": "AACC", "antenna": 2}, {"tag": "AADD"}]'
    assert JsonTag(antenna=2).message(both) == [TagSeen("AACC")]


numbers = (
    st.binary(min_size=2, max_size=32)
    .map(lambda raw: raw.hex().upper())
    .filter(lambda tag: {*tag} not in ({"0"}, {"F"}))
)
seen = st.builds(TagSeen, numbers, st.none(), st.none() | st.integers(-128, 127))


@given(st.lists(seen, max_size=4), st.integers(1, 60))
def test_whatever_was_encoded_is_decoded_however_it_is_cut(sent: list[TagSeen], size: int) -> None:
    reader = JsonTag()
    line = b"".join(map(reader.encode, sent))
    assert [
        x for at in range(0, len(line), size) for x in reader.feed(line[at : at + size])
    ] == sent
