"""Dahua events: both streams, every place where a plate may stand, JSON cut short."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.devices.cameras import PATHS, PlateStream, camera_decoder
from edge.devices.cameras.dahua import (
    TEXT_BYTES_MAX,
    encode_event,
    encode_snap,
    encode_time,
    heartbeat,
)
from edge.devices.cameras.flat import DEPTH_MAX
from edge.devices.cameras.multipart import encode_part
from edge.devices.cameras.plate import PlateSeen, Snapshot
from edge.devices.readings import BadFrame
from edge.devices.rows import BadOption

HEADER = "multipart/x-mixed-replace; boundary=myboundary"
AT = datetime(2022, 12, 12, 10, 54, 39, 123_000, tzinfo=UTC)
RECORDED_LINES = """Events[0].EventBaseInfo.Code=TrafficJunction
Events[0].EventBaseInfo.Action=Pulse
Events[0].EventBaseInfo.Index=0

Events[0].GroupID=123
Events[0].PTS=150.0
Events[0].UTC=1670842479
Events[0].UTCMS=123
Events[0].Object.Text=AC00003
Events[0].TrafficCar.PlateNumber=AC00003
Events[0].TrafficCar.Direction=0
Events[0].JunctionDirection=Obverse
"""


def read(body: bytes, **options: Any) -> list[PlateSeen | BadFrame]:
    stream = PlateStream(camera_decoder("dahua-snap", options), HEADER)
    return stream.feed(body)


def text(body: str | bytes, **options: Any) -> list[PlateSeen | BadFrame]:
    data = body.encode() if isinstance(body, str) else body
    return read(encode_part("text/plain", data, "myboundary"), **options)


def event(data: object, code: str = "TrafficJunction", action: str = "Pulse") -> str:
    return f"Code={code};action={action};index=0;data={json.dumps(data, indent=3)}\n"


def plate(body: str, **options: Any) -> PlateSeen:
    (found,) = text(body, **options)
    assert isinstance(found, PlateSeen)
    return found


def test_lines_of_a_snapshot_are_read() -> None:
    assert plate(RECORDED_LINES) == PlateSeen(text="AC00003", at=AT, direction="approach")


def test_several_events_in_one_part_are_several_plates() -> None:
    second = RECORDED_LINES.replace("[0]", "[1]").replace("AC00003", "ab-1")
    found = text((RECORDED_LINES + second).replace("Events", "ReturnEvents"))
    assert [one.text for one in found if isinstance(one, PlateSeen)] == ["AC00003", "AB1"]


@pytest.mark.parametrize(
    "data",
    [
        {"TrafficCar": {"PlateNumber": "A-1"}},
        {"Object": {"ObjectType": "Plate", "Text": "A1"}},
        {"Object": {"Text": "a 1"}},
        {"Plate": {"Text": "A1"}},
        {"PlateNumber": "A1"},
        {"PlateText": "A1"},
        {"TrafficCar": {"PlateNumber": "--"}, "Plate": {"Text": "A1"}},
    ],
)
def test_a_plate_is_found_wherever_it_stands(data: object) -> None:
    assert plate(event(data)).text == "A1"


@pytest.mark.parametrize(
    "data",
    [
        {"TrafficCar": {"PlateNumber": "unlicensed"}},
        {"Object": {"ObjectType": "Plate", "Text": "--"}},
        {"Object": {"ObjectType": "Vehicle", "Text": "Volvo"}},
        {"Object": {"ObjectType": "Plate", "Text": None}},
        {},
    ],
)
def test_a_traffic_event_without_a_plate_is_an_unread_one(data: object) -> None:
    assert plate(event(data)).text is None


def test_how_sure_it_is_comes_from_the_place_of_the_plate() -> None:
    found = plate(event({"Plate": {"Text": "A1", "Confidence": 255}, "Confidence": 3}))
    assert found.confidence == 100
    assert plate(event({"Plate": {"Text": "A1", "Confidence": 0}})).confidence is None


@pytest.mark.parametrize(
    ("fields", "direction"),
    [
        ({"TrafficCar": {"DrivingDirection": ["Approach", ""]}}, "approach"),
        ({"DrivingDirection": ["Leave", "out", "in"]}, "leave"),
        ({"VehicleDirection": "Tail"}, "leave"),
        ({"JunctionDirection": "Reverse"}, "leave"),
        ({"Direction": 0}, None),
    ],
)
def test_the_direction_is_said_in_words(fields: dict[str, Any], direction: str | None) -> None:
    assert plate(event({"PlateNumber": "A1", **fields})).direction == direction


@pytest.mark.parametrize(
    ("fields", "options"),
    [
        ({"RealUTC": 1670842479, "UTC": 1670871279}, {}),
        ({"RealUTC": 1670842479, "UTC": 1670871279}, {"utc_offset_minutes": 60}),
        ({"UTC": 1670842479}, {}),
        ({"UTC": 1670842479.0}, {}),
        ({"UTC": 1670871279}, {"utc_offset_minutes": 480}),
        ({"UTC": 1, "LocaleTime": "2022-12-12 18:54:39.123"}, {"utc_offset_minutes": 480}),
    ],
)
def test_the_time_is_utc_however_the_camera_says_it(
    fields: dict[str, Any], options: dict[str, Any]
) -> None:
    data = {"PlateNumber": "A1", "UTCMS": 123, **fields}
    assert plate(event(data), **options).at == AT


def test_no_place_is_so_far_from_utc() -> None:
    with pytest.raises(BadOption, match="utc_offset_minutes"):
        camera_decoder("dahua-snap", {"utc_offset_minutes": 10**12})


@pytest.mark.parametrize("utc", ["", "soon", 0, -5, 10**12, True])
def test_a_time_that_means_nothing_is_none(utc: object) -> None:
    assert plate(event({"PlateNumber": "A1", "UTC": utc})).at is None
    assert plate(event({"PlateNumber": "A1", "UTC": utc}), utc_offset_minutes=60).at is None


@pytest.mark.parametrize(
    "body",
    [
        "Heartbeat",
        "",
        event({"Id": [0]}, code="VideoMotion"),
        event({"PlateNumber": "A1"}, action="Stop"),
        "Code=VideoMotionInfo;action=State;index=0",
        "Success\nEvents[0].nothing",
    ],
)
def test_everything_else_is_passed_over(body: str) -> None:
    assert text(body) == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (event({"PlateNumber": "A1", "Object": {"Text": "A1"}})[:-9], "cut_short"),
        ("Code=TrafficJunction;action=Pulse;index=0;data={" + '"a":[' * 100_000, "too_large"),
        ("Code=TrafficJunction;action=Pulse;index=0;data=" + "[" * 100_000, "cut_short"),
        ("Code=TrafficJunction", "malformed"),
        ("x" * (TEXT_BYTES_MAX + 1), "too_large"),
    ],
)
def test_what_is_not_believed_has_a_reason(body: str, reason: str) -> None:
    (found,) = text(body)
    assert isinstance(found, BadFrame)
    assert found.reason == reason


def test_older_firmware_sends_chinese_in_its_own_encoding() -> None:
    lines = RECORDED_LINES.replace("AC00003", "蒙K12345")
    (found,) = text(lines.encode("gb18030"))
    assert isinstance(found, PlateSeen)
    assert found.text == "蒙K12345"
    assert text(b"\xff\xff") == []


def test_a_name_in_another_encoding_does_not_garble_the_plate() -> None:
    lines = RECORDED_LINES.replace("AC00003", "蒙K12345").encode()
    (found,) = text(lines + "Events[0].MachineName=一号磅\n".encode("gb18030"))
    assert isinstance(found, PlateSeen)
    assert found.text == "蒙K12345"


def test_two_events_in_one_part_are_told_apart() -> None:
    cut = event({"PlateNumber": "A1"})[:-4]
    bad, good = text(cut + "\n" + event({"PlateNumber": "B2"}))
    assert isinstance(bad, BadFrame)
    assert isinstance(good, PlateSeen)


def test_deep_json_is_read_down_to_a_limit() -> None:
    deep: Any = {"PlateNumber": "B2"}
    for _ in range(DEPTH_MAX):
        deep = {"x": deep}
    assert plate(event({"PlateNumber": "A1", "x": deep})).text == "A1"


def test_pictures_follow_their_event() -> None:
    pictures = (Snapshot("", b"\xff\xd8\xffa"), Snapshot("", b"\xff\xd8\xffb"))
    sent = PlateSeen(text="蒙K12345", at=AT, confidence=80, colour="Yellow", direction="leave")
    snap = encode_snap(PlateSeen(**{**fields_of(sent), "pictures": pictures}), AT)
    seen, *later = read(heartbeat() + snap + heartbeat())
    assert seen == sent
    assert [one.pictures for one in later if isinstance(one, PlateSeen)] == [
        (picture,) for picture in pictures
    ]


def fields_of(seen: PlateSeen) -> dict[str, Any]:
    return {name: getattr(seen, name) for name in PlateSeen.__slots__}


def test_a_picture_after_a_heartbeat_belongs_to_nobody() -> None:
    snap = encode_snap(PlateSeen(text="A1", at=AT), AT)
    picture = encode_part("image/jpeg", b"\xff\xd8\xff", "myboundary")
    assert len(read(snap + heartbeat() + picture)) == 1


@pytest.mark.parametrize("encode", [encode_snap, encode_event])
@given(plate=st.sampled_from(["A1", "蒙K12345", None]), size=st.integers(1, 300))
def test_what_is_encoded_is_read_again_in_any_chunks(
    encode: Any, plate: str | None, size: int
) -> None:
    sent = PlateSeen(text=plate, at=AT, confidence=97 if plate else None, direction="approach")
    body = encode(sent, AT)
    stream = PlateStream(camera_decoder("dahua-events", {}), HEADER)
    pieces = (body[place : place + size] for place in range(0, len(body), size))
    assert [found for piece in pieces for found in stream.feed(piece)] == [sent]


def test_every_way_of_asking_has_its_path() -> None:
    assert {name for name in PATHS if name.startswith("dahua")} == {"dahua-snap", "dahua-events"}


@pytest.mark.parametrize(
    ("answer", "options", "shown"),
    [
        (
            b"result=1970-01-01 08:00:00\r\n",
            {"utc_offset_minutes": 480},
            datetime(1970, 1, 1, tzinfo=UTC),
        ),
        (b"result = 1970-1-1 0:0:0", {}, None),
        (b"Error", {}, None),
        (encode_time(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)), {}, datetime(2026, 1, 2, 3, 4, 5)),  # noqa: DTZ001
    ],
)
def test_the_time_on_its_clock_is_read(
    answer: bytes, options: dict[str, Any], shown: datetime | None
) -> None:
    assert camera_decoder("dahua-snap", options).clock(answer) == shown
