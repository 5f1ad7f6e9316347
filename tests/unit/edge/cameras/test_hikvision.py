"""Hikvision events: recorded bodies, firmware variants, hostile XML."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.devices.cameras import PlateStream, camera_decoder
from edge.devices.cameras.hikvision import (
    ELEMENTS_MAX,
    EVENT_BYTES_MAX,
    encode_alert,
    encode_parts,
    encode_push,
    encode_time,
)
from edge.devices.cameras.multipart import encode_end, encode_part
from edge.devices.cameras.plate import PlateSeen, Snapshot
from edge.devices.readings import BadFrame

HEADER = "multipart/form-data; boundary=boundary"
AT = datetime(2023, 8, 11, 13, 49, tzinfo=timezone(timedelta(hours=1)))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PICTURES = (
    Snapshot("licensePlatePicture.jpg", b"\xff\xd8\xffa"),
    Snapshot("vehiclePicture.jpg", b"\xff\xd8\xffb"),
)
RECORDED = """<?xml version="1.0" encoding="UTF-8"?>
<EventNotificationAlert version="2.0"
  xmlns="http://www.hikvision.com/ver20/XMLSchema">
  <macAddress>bc:5e:33:00:00:01</macAddress>
  <channelID>1</channelID>
  <dateTime>2023-08-11T13:49:00+01:00</dateTime>
  <activePostCount>1</activePostCount>
  <eventType>ANPR</eventType>
  <eventState>active</eventState>
  <ANPR>
    <country>5</country>
    <licensePlate>KH35192</licensePlate>
    <direction>forward</direction>
    <confidenceLevel>100</confidenceLevel>
    <plateColor>unknown</plateColor>
    <vehicleInfo><vehileSubLogoRecog>0</vehileSubLogoRecog></vehicleInfo>
    <pictureInfoList><pictureInfo><absTime>20230811134900555</absTime></pictureInfo></pictureInfoList>
    <originalLicensePlate>KH35192</originalLicensePlate>
  </ANPR>
  <UUID>20230811134901822007gWpi</UUID>
  <picNum>2</picNum>
  <isDataRetransmission>false</isDataRetransmission>
</EventNotificationAlert>"""
KNOWN = PlateSeen(
    text="KH35192",
    at=AT.astimezone(UTC),
    confidence=100,
    uuid="20230811134901822007gWpi",
    direction="approach",
    channel="1",
)


def read(body: bytes | str, header: str = HEADER, **options: Any) -> list[PlateSeen | BadFrame]:
    stream = PlateStream(camera_decoder("hikvision-push", options), header)
    return [*stream.feed(body.encode() if isinstance(body, str) else body), *stream.end()]


def one(body: bytes | str, **options: Any) -> PlateSeen | BadFrame:
    (found,) = read(body, "application/xml", **options)
    return found


def reason(body: bytes | str) -> str:
    found = one(body)
    assert isinstance(found, BadFrame)
    return found.reason


def test_a_recorded_event_is_read() -> None:
    assert one(RECORDED) == KNOWN


@pytest.mark.parametrize("behind", ["OK", "\r\n--boundary", "\n]]> &amp; &", "\ufffd\x00rubbish\n"])
def test_text_behind_the_root_element_is_left_out(behind: str) -> None:
    assert one(RECORDED + behind) == KNOWN


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("http://www.hikvision.com/ver20/XMLSchema", "http://www.isapi.org/ver20/XMLSchema"),
        ("<licensePlate>KH35192</licensePlate>", ""),
        ("<licensePlate>KH35192", "<licensePlate>kh 35·192"),
        ("<eventState>active</eventState>", ""),
        ("<?xml", "\ufeff<?xml"),
    ],
)
def test_what_firmware_does_differently_changes_nothing(old: str, new: str) -> None:
    assert one(RECORDED.replace(old, new)) == KNOWN


def test_json_may_end_with_a_nul_too() -> None:
    assert one(b"\x00" + json.dumps(ALERT).encode() + b"\x00") == one(json.dumps(ALERT))


def test_a_chinese_plate_with_a_nul_between_its_bytes_is_read() -> None:
    plate = "苏A8HK52".encode()
    body = encode_alert(replace(KNOWN, text="苏A8HK52"), AT).replace(
        plate, b"\x00".join([plate[:1], plate[1:]])
    )
    found = one(body + b"\x00")
    assert isinstance(found, PlateSeen)
    assert found.text == "苏A8HK52"


@pytest.mark.parametrize(
    ("answer", "options", "shown"),
    [
        (encode_time(AT), {}, AT),
        ("<Time><localTime>1970-01-01T08:00:00+08:00</localTime></Time>", {}, EPOCH),
        (
            "<Time><localTime>1970-01-01T05:30:00</localTime><timeZone>IST-5:30:00</timeZone></Time>",
            {},
            EPOCH,
        ),
        (
            '{"Time": {"localTime": "1969-12-31T21:00:00", "timeZone": "BRT+3:00:00"}}',
            {},
            EPOCH,
        ),
        ("<localTime>1970-01-01T08:00:00</localTime>", {"utc_offset_minutes": 480}, EPOCH),
        ("<localTime>1970-01-01T08:00:00</localTime>", {}, datetime(1970, 1, 1, 8)),  # noqa: DTZ001
        ("<ResponseStatus/>", {}, None),
        ("<localTime>1970-13-41T08:00:00</localTime>", {}, None),
        (b"\xff\xfe", {}, None),
    ],
)
def test_the_time_on_its_clock_is_read(
    answer: bytes | str, options: dict[str, Any], shown: datetime | None
) -> None:
    body = answer if isinstance(answer, bytes) else answer.encode()
    assert camera_decoder("hikvision-stream", options).clock(body) == shown


def test_prefixed_names_count_by_their_local_part() -> None:
    prefixed = RECORDED.replace("<licensePlate", "<h:licensePlate")
    assert one(prefixed.replace("</licensePlate", "</h:licensePlate")) == KNOWN


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<licensePlate>KH35192</licensePlate>", "{}<licensePlate>B2</licensePlate>"),
        ("</ANPR>", "</ANPR><ANPR><licensePlate>B2</licensePlate><line>1</line></ANPR>"),
        (">KH35192</licensePlate>", ">KH<b/>35192</licensePlate>"),
        (">ANPR<", ">\n ANPR \n<"),
    ],
)
def test_of_several_elements_the_first_counts(old: str, new: str) -> None:
    assert one(RECORDED.replace(old, new.format(old))) == KNOWN


def test_an_unread_plate_is_none() -> None:
    unread = RECORDED.replace("KH35192", "unknown").replace(">100<", ">0<")
    found = one(unread.replace("forward", "unknown"))
    assert isinstance(found, PlateSeen)
    assert (found.text, found.confidence, found.direction) == (None, None, None)


@pytest.mark.parametrize("province", "鲁豫蒙使")
def test_a_province_in_the_old_encoding_is_no_letter_of_the_new_one(province: str) -> None:
    found = one(RECORDED.replace("KH35192", f"{province}A12345").encode("gb18030"))
    assert isinstance(found, PlateSeen)
    assert found.text == f"{province}A12345"


def test_a_retransmitted_event_says_so() -> None:
    found = one(RECORDED.replace(">false<", ">true<"))
    assert isinstance(found, PlateSeen)
    assert found.retransmitted


def test_a_time_without_offset_needs_the_cameras() -> None:
    naive = RECORDED.replace("+01:00", "")
    assert one(naive, utc_offset_minutes=60) == KNOWN
    found = one(naive)
    assert isinstance(found, PlateSeen)
    assert found.at is None


@pytest.mark.parametrize(
    ("old", "new"), [(">ANPR<", ">videoloss<"), (">active<", ">inactive<"), (">ANPR<", "><")]
)
def test_other_events_are_passed_over(old: str, new: str) -> None:
    assert read(RECORDED.replace(old, new), "application/xml") == []


ALERT = {
    "channelID": 1,
    "dateTime": "2023-08-11T13:49:00+01:00",
    "eventType": "ANPR",
    "eventState": "active",
    "ANPR": {
        "licensePlate": "KH35192",
        "direction": "forward",
        "confidenceLevel": 100,
        "plateColor": "unknown",
        "vehicleInfo": {"index": 1},
    },
    "UUID": "20230811134901822007gWpi",
    "isDataRetransmission": False,
}
PARKING = {
    "channelID": 4,
    "dateTime": "2023-08-11T13:49:00+01:00",
    "eventType": "vehiclePassingInParkingLot",
    "eventState": "active",
    "isDataRetransmission": "false",
    "VehiclePassingInParkingLot": {
        "PassingInfo": {"directionType": "enter", "enterTime": "2023-08-11T13:49:00+01:00"},
        "VehicleInfo": {"plateNo": "蒙K12345", "vehicleType": "unknown", "plateColor": "blue"},
        "ParkingLotInfo": [{"parkingName": "A"}],
    },
}


def test_a_camera_that_is_set_to_json_says_the_same() -> None:
    assert one(json.dumps(ALERT)) == KNOWN
    (retransmitted,) = read(json.dumps({**ALERT, "isDataRetransmission": True}), "application/json")
    assert isinstance(retransmitted, PlateSeen)
    assert retransmitted.retransmitted


def test_an_entrance_camera_calls_its_json_xml() -> None:
    boundary = "-" * 27 + "7e1"
    event = encode_part(
        "text/xml", json.dumps(PARKING, ensure_ascii=False).encode(), boundary, name=".xml"
    )
    picture = encode_part("image/pjpeg", PICTURES[0].data, boundary, name="detectionPicture.jpg")
    header = f"multipart/form-data; boundary={boundary}"
    told, shown = read(event + picture + encode_end(boundary), header)
    assert told == PlateSeen(text="蒙K12345", at=AT.astimezone(UTC), colour="blue", channel="4")
    assert isinstance(shown, PlateSeen)
    assert [one.name for one in shown.pictures] == ["detectionPicture.jpg"]


def test_an_entrance_camera_may_not_have_read_the_plate() -> None:
    unread = json.dumps(PARKING).replace(json.dumps("蒙K12345"), json.dumps("无车牌"))
    found = one(unread)
    assert isinstance(found, PlateSeen)
    assert found.text is None


@pytest.mark.parametrize(
    ("old", "new"), [('"ANPR"', '"VMD"'), ('"active"', '"inactive"'), ('"eventType"', '"e"')]
)
def test_other_events_in_json_are_passed_over(old: str, new: str) -> None:
    assert read(json.dumps(ALERT).replace(old, new, 1), "application/json") == []


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (json.dumps(ALERT)[:-9], "malformed"),
        ('{"a":' * 100_00 + "1" + "}" * 100_00, "malformed"),
        (b'{"a": "\xff\xff"}', "encoding"),
        ('{"a": "' + "x" * EVENT_BYTES_MAX + '"}', "too_large"),
    ],
)
def test_json_that_is_not_believed_has_a_reason(body: bytes | str, why: str) -> None:
    assert reason(body) == why


def test_text_that_is_no_xml_is_passed_over() -> None:
    assert read(encode_part("text/plain", b"Heartbeat", "boundary")) == []


def test_older_firmware_sends_chinese_in_its_own_encoding() -> None:
    found = one(RECORDED.replace("KH35192", "蒙K12345").encode("gb18030"))
    assert isinstance(found, PlateSeen)
    assert found.text == "蒙K12345"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (RECORDED[:600], "cut_short"),
        (RECORDED[:40], "cut_short"),
        (RECORDED.replace("</ANPR>", "</NPR>"), "malformed"),
        (RECORDED + RECORDED.partition("?>")[2], "malformed"),
        ("<EventNotificationAlert>&" + RECORDED, "malformed"),
        (b"<a>\xff\xff</a>", "encoding"),
        ("<a>" + "x" * EVENT_BYTES_MAX, "too_large"),
        ("<a>" + "<b/>" * ELEMENTS_MAX + "</a>", "too_large"),
        ('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "doctype"),
        ('<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "doctype"),
    ],
)
def test_xml_that_is_not_believed_has_a_reason(body: bytes | str, why: str) -> None:
    assert reason(body) == why


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    for found in read(b"<" + data, "application/xml"):
        assert isinstance(found, BadFrame)


def test_a_push_carries_its_pictures() -> None:
    sent = PlateSeen(text="蒙K12345", at=None, confidence=97, uuid="u-1", pictures=PICTURES)
    seen, first, second = read(encode_push(sent, AT))
    assert isinstance(seen, PlateSeen)
    assert (seen.text, seen.at, seen.confidence) == ("蒙K12345", AT.astimezone(UTC), 97)
    assert isinstance(first, PlateSeen)
    assert isinstance(second, PlateSeen)
    assert (*first.pictures, *second.pictures) == PICTURES
    assert first.uuid == second.uuid == "u-1"


def test_events_without_end_need_a_boundary() -> None:
    decoder = camera_decoder("hikvision-stream", {})
    assert PlateStream(decoder, HEADER).is_endless
    assert not PlateStream(decoder, "application/xml").is_endless


def test_a_push_that_ends_within_a_part_says_so() -> None:
    sent = PlateSeen(text="A1", at=None, pictures=PICTURES[:1])
    seen, torn = read(encode_parts(sent, AT)[:-4])
    assert isinstance(seen, PlateSeen)
    assert isinstance(torn, BadFrame)
    assert torn.reason == "cut_short"


def test_a_picture_without_an_event_belongs_to_nobody() -> None:
    assert read(encode_part("image/jpeg", b"\xff\xd8\xff", "boundary")) == []


def test_a_picture_after_another_event_belongs_to_nobody() -> None:
    sent = PlateSeen(text="A1", at=None)
    heartbeat = encode_alert(sent, AT).replace(b">ANPR<", b">videoloss<")
    stream = encode_parts(sent, AT) + encode_part("application/xml", heartbeat, "boundary")
    assert len(read(stream + encode_part("image/jpeg", b"\xff\xd8\xff", "boundary"))) == 1


@given(
    st.sampled_from(["KH35192", "蒙K12345", None]),
    st.sampled_from(["approach", "leave", None]),
    st.sampled_from([True, False]),
    st.integers(1, 400),
)
def test_what_is_encoded_is_read_again_in_any_chunks(
    text: str | None, direction: Any, retransmitted: Any, size: int
) -> None:
    sent = PlateSeen(
        text=text,
        at=AT.astimezone(UTC),
        confidence=97 if text else None,
        uuid="u-1",
        retransmitted=retransmitted,
        direction=direction,
        colour="blue",
        channel="2",
    )
    body = encode_push(sent, AT)
    stream = PlateStream(camera_decoder("hikvision-stream", {}), HEADER)
    pieces = (body[place : place + size] for place in range(0, len(body), size))
    assert [found for piece in pieces for found in stream.feed(piece)] == [sent]
