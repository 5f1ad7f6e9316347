"""The streaming multipart reader: any chunking, hostile lengths, bounded memory."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.devices.cameras.multipart import (
    HEAD_BYTES_MAX,
    PART_BYTES_MAX,
    BodyPart,
    Multipart,
    boundary_of,
    encode_end,
    encode_part,
)
from edge.devices.readings import BadFrame

JPEG = b"\xff\xd8\xff\xe0picture\xff\xd9"
BODY = (
    encode_part("text/plain", b"Heartbeat", "b")
    + encode_part("image/jpeg", JPEG, "b", name="vehiclePicture.jpg")
    + encode_end("b")
)


def read(data: bytes, boundary: str = "b") -> list[BodyPart | BadFrame]:
    parts = Multipart(boundary)
    return [*parts.feed(data), *parts.end()]


def reasons(found: list[BodyPart | BadFrame]) -> list[str]:
    return [one.reason for one in found if isinstance(one, BadFrame)]


def bodies(found: list[BodyPart | BadFrame]) -> list[bytes]:
    return [one.body for one in found if isinstance(one, BodyPart)]


def test_parts_come_with_their_headers() -> None:
    text, picture = read(BODY)
    assert isinstance(text, BodyPart)
    assert isinstance(picture, BodyPart)
    assert (text.kind, text.name, text.body) == ("text/plain", "", b"Heartbeat")
    assert (picture.kind, picture.name, picture.body) == ("image/jpeg", "vehiclePicture.jpg", JPEG)
    assert [text.is_picture, picture.is_picture] == [False, True]


@pytest.mark.parametrize("boundary", ["--MIME", "-" * 27 + "7e1"])
@pytest.mark.parametrize("is_rfc", [True, False])
def test_a_boundary_may_begin_with_dashes_itself(boundary: str, is_rfc: bool) -> None:  # noqa: FBT001  # a case
    written = boundary if is_rfc else boundary[2:]  # RFC 2046 puts two more before it
    body = encode_part("text/plain", b"Heartbeat-", written) + encode_part(
        "image/jpeg", JPEG, written
    )
    for sent in (body, re.sub(rb"Content-Length: \d+\r\n", b"", body)):
        assert bodies(read(sent + encode_end(written), boundary)) == [b"Heartbeat-", JPEG]


def test_a_length_of_zero_is_none() -> None:
    sent = BODY.replace(b"Content-Length: 9", b"Content-Length:0")
    assert bodies(read(sent)) == [b"Heartbeat", JPEG]


@pytest.mark.parametrize("body", [BODY, re.sub(rb"Content-Length: \d+\r\n", b"", BODY)])
@given(st.lists(st.integers(0, len(BODY)), max_size=12))
def test_any_chunking_gives_the_same_parts(body: bytes, cuts: list[int]) -> None:
    parts = Multipart("b")
    edges = [0, *sorted(cuts), len(BODY)]
    found = [p for a, b in pairwise(edges) for p in parts.feed(body[a:b])]
    assert found == read(body)
    assert bodies(found) == [b"Heartbeat", JPEG]


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    parts = Multipart("b")
    for place in range(0, len(data), 7):
        parts.feed(data[place : place + 7])
    parts.feed(encode_end("b"))
    assert bodies(parts.feed(BODY)) == [b"Heartbeat", JPEG]


def test_a_part_is_known_before_the_next_delimiter() -> None:
    whole = encode_part("text/plain", b"Heartbeat", "b")
    assert bodies(Multipart("b").feed(whole.removesuffix(b"\r\n"))) == [b"Heartbeat"]


def test_a_part_without_a_length_ends_at_the_next_delimiter() -> None:
    assert bodies(read(b"--b\r\nContent-Type: text/plain\r\n\r\nabc\r\n--b--")) == [b"abc"]


def test_bare_line_feeds_and_dashes_in_the_boundary_are_understood() -> None:
    assert bodies(read(b"--b\nContent-Length:3\n\nabc\n--b\n\nd\n--b--", "--b")) == [b"abc", b"d"]


def test_a_length_that_reaches_over_the_next_delimiter_is_not_believed() -> None:
    torn = b"--b\r\nContent-Length: 90\r\n\r\nPlateNumber=\xe8\r\n"
    found = read(torn + BODY)
    assert reasons(found) == ["cut_short"]
    assert bodies(found) == [b"Heartbeat", JPEG]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"--b\r\nContent-Length: 99999999\r\n\r\nabc", "too_large"),
        (b"--b\r\n\r\n" + b"a" * (PART_BYTES_MAX + 10), "too_large"),
        (b"--b\r\n" + b"a" * (HEAD_BYTES_MAX + 1), "head_too_long"),
    ],
)
def test_what_is_too_large_is_given_up_and_the_next_part_is_read(data: bytes, reason: str) -> None:
    found = read(data + b"\r\n" + BODY)
    assert reasons(found) == [reason]
    assert bodies(found) == [b"Heartbeat", JPEG]


@pytest.mark.parametrize("cut", [b"--b\r\nContent-Length: 9\r\n\r\nHe", b"--b\r\nContent-"])
def test_an_end_within_a_part_is_told(cut: bytes) -> None:
    assert reasons(read(cut)) == ["cut_short"]


@pytest.mark.parametrize("data", [b"", b"noise", BODY, BODY + b"\r\n", b"--b\r\n"])
def test_an_end_between_parts_is_none(data: bytes) -> None:
    assert reasons(read(data)) == []


@pytest.mark.parametrize(
    ("header", "boundary"),
    [
        ("multipart/form-data; boundary=boundary", "boundary"),
        ('multipart/x-mixed-replace; boundary="--myboundary"', "--myboundary"),
        ("multipart/mixed", None),
        ("multipart/mixed; boundary=--", None),
        ("application/xml; boundary=x", None),
        ("", None),
    ],
)
def test_the_boundary_comes_from_the_http_header(header: str, boundary: str | None) -> None:
    assert boundary_of(header) == boundary
