"""Characters around and inside Hikvision's events that XML forbids or that cameras add."""

from dataclasses import replace

import pytest

from edge.devices.cameras.hikvision import encode_alert
from tests.unit.edge.cameras.test_hikvision import AT, KNOWN, RECORDED, one


@pytest.mark.parametrize("control", [*range(9), 0x0B, 0x0C, *range(0x0E, 0x20)])
@pytest.mark.parametrize("place", ["before", "inside", "after"])
def test_control_characters_are_left_out_wherever_they_stand(control: int, place: str) -> None:
    body, rubbish = RECORDED.encode(), bytes([control])
    places = {
        "before": rubbish * 3 + body,
        "inside": body.replace(b"KH35192", b"KH3" + rubbish + b"5192").replace(
            b"<", rubbish + b"<"
        ),
        "after": body + rubbish * 2,
    }
    assert one(places[place]) == KNOWN


@pytest.mark.parametrize(
    "start", ["\r\n\r\n  ", "--boundary\r\nContent-Length: 999\r\n\r\n", "junk "]
)
def test_text_before_the_event_is_passed_over(start: str) -> None:
    known = RECORDED if start.isspace() else RECORDED[RECORDED.index("<Event") :]
    assert one(start + known) == KNOWN
    assert one(start + RECORDED) == KNOWN


@pytest.mark.parametrize("text", ["\x7f", "\x80", "\x9f", "&#x7F;", "&#x85;"])
def test_controls_that_xml_advises_against_are_left_out(text: str) -> None:
    assert one(RECORDED.replace("KH35192", f"KH3{text}5192")) == KNOWN


def test_an_ampersand_that_refers_to_nothing_is_one() -> None:
    named = "<channelName>Gate A&B & C&amp;D</channelName>"
    assert one(RECORDED.replace("<channelID>", f"{named}<channelID>")) == KNOWN


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_no_other_plate(encoding: str) -> None:
    body = encode_alert(replace(KNOWN, text="苏A8HK52"), AT).decode().encode(encoding)
    assert one(body) == replace(KNOWN, text="苏A8HK52")


@pytest.mark.parametrize("text", ["&#0;", "&#x1F;", "&#XFFFE;", "&#55296;", "\uffff", "&#1114112;"])
def test_characters_that_xml_does_not_have_are_left_out(text: str) -> None:
    assert one(RECORDED.replace("KH35192", f"KH3{text}5192")) == KNOWN


def test_a_reference_to_a_character_that_xml_has_is_read() -> None:
    assert one(RECORDED.replace("KH35192", "&#x4B;&#72;35192")) == KNOWN
