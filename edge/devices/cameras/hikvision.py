"""Hikvision ISAPI plate events (Hikvision ISAPI guide, "Traffic"; recorded event bodies).

Push: the camera posts `multipart/form-data` with one XML part and its pictures
(`licensePlatePicture.jpg`, `vehiclePicture.jpg`), or the XML alone. Pull: GET STREAM_PATH answers
with an endless multipart of the same parts.

    <EventNotificationAlert xmlns="…">  channelID  dateTime  eventType=ANPR  eventState=active
      <ANPR>  licensePlate  originalLicensePlate  confidenceLevel  direction  plateColor … </ANPR>
      UUID  picNum  isDataRetransmission
    </EventNotificationAlert>

The namespace differs by firmware, so only local names count. A plate that was not read is the word
`unknown` with confidence 0. Events of other kinds (motion, lost video as a heartbeat) are passed
over. A document type is refused: no camera sends one, and entities in it can eat all memory.
Characters that XML forbids or advises against (NUL, controls, their references) are left out, an
ampersand that refers to nothing is one, and text before and behind the root element is passed over.

A camera that is set to JSON says the same by the same names, and one that is sold for entrances of
car parks says `vehiclePassingInParkingLot` with `VehicleInfo.plateNo` (recorded bodies; they call
their JSON `text/xml`).
"""

import codecs
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple
from xml.parsers import expat
from xml.sax.saxutils import escape

from edge.devices.cameras.decoder import CameraDecoder
from edge.devices.cameras.flat import flat_json
from edge.devices.cameras.multipart import RAW_BYTES_KEPT, encode_end, encode_part
from edge.devices.cameras.plate import (
    Direction,
    PlateSeen,
    decoded,
    from_text,
    normal_plate,
    shown_time,
    stated,
    whole,
    without_controls,
)
from edge.devices.readings import BadFrame

STREAM_PATH: Final = "/ISAPI/Event/notification/alertStream"
TIME_PATH: Final = "/ISAPI/System/time"

EVENT_BYTES_MAX: Final = 262_144
ELEMENTS_MAX: Final = 2_000

BOUNDARY: Final = "boundary"

_BEHIND: Final = re.compile(r"(?<=EventNotificationAlert>)[^<]+\Z")
"""Text behind the root element; another element there is no rubbish, and is not read over."""
_WIDE: Final = {
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    b"<\0?\0": "utf-16-le",
    b"\0<\0?": "utf-16-be",
}
_ROOT: Final = b"<EventNotificationAlert"
_LOOSE_AMPERSAND: Final = re.compile(r"&(?!#?[A-Za-z0-9]{1,9};)")
_REFERENCE: Final = re.compile(r"&#([0-9]{1,9}|[xX][0-9A-Fa-f]{1,8});")
_NO_CHARACTERS: Final = dict.fromkeys((*range(0x7F, 0xA0), 0xFFFE, 0xFFFF))
_TIME: Final = re.compile(r"localTime\W{1,8}([0-9T:.+\-Z]{19,32})")
_ZONE: Final = re.compile(r"timeZone\W{1,8}[A-Za-z]{3,5}([+-]?)([0-9]{1,2}):([0-9]{2})")

_DIRECTIONS: Final[dict[str, Direction]] = {"forward": "approach", "reverse": "leave"}


class _Names(NamedTuple):
    """Where an event says what; empty where it does not."""

    plates: tuple[str, ...]
    colour: str
    confidence: str = ""
    direction: str = ""


_NAMES: Final = {
    "ANPR": _Names(
        plates=("ANPR.licensePlate", "ANPR.originalLicensePlate"),
        colour="ANPR.plateColor",
        confidence="ANPR.confidenceLevel",
        direction="ANPR.direction",
    ),
    "VEHICLEPASSINGINPARKINGLOT": _Names(
        plates=("VehiclePassingInParkingLot.VehicleInfo.plateNo",),
        colour="VehiclePassingInParkingLot.VehicleInfo.plateColor",
    ),
}


class Hikvision(CameraDecoder):
    """Events are XML or JSON; what is neither says nothing."""

    def _read(self, body: bytes) -> list[PlateSeen | BadFrame]:
        text = without_controls(_narrow(body)).lstrip()
        if not text.startswith((b"<", b"{")):
            text = text[text.find(_ROOT) :] if _ROOT in text else b""
        if not text:
            return []
        try:
            event = self._event(_of_xml(text) if text.startswith(b"<") else _of_json(text))
        except _Refused as error:
            return [BadFrame(str(error), body[:RAW_BYTES_KEPT])]
        return [] if event is None else [event]

    def clock(self, body: bytes) -> datetime | None:
        """Read `localTime` of TIME_PATH; POSIX counts the hours of `timeZone` westwards."""
        text = decoded(body) or ""
        time, zone = _TIME.search(text), _ZONE.search(text)
        offset = self._utc_offset_minutes
        if offset is None and zone is not None:
            offset = (int(zone[2]) * 60 + int(zone[3])) * (1 if zone[1] == "-" else -1)
        return shown_time(time and time[1], offset)

    def _event(self, alert: Mapping[str, str]) -> PlateSeen | None:
        names = _NAMES.get(alert.get("eventType", "").upper())
        is_over = alert.get("eventState", "active").lower() != "active"
        if names is None or is_over:
            return None
        text = normal_plate(next(filter(None, map(alert.get, names.plates)), ""))
        return PlateSeen(
            text=text,
            at=from_text(alert.get("dateTime"), self._utc_offset_minutes),
            confidence=whole(alert.get(names.confidence), 100) if text else None,
            uuid=stated(alert.get("UUID")),
            retransmitted=alert.get("isDataRetransmission", "").lower() in {"true", "1"},
            direction=_DIRECTIONS.get(alert.get(names.direction, "").lower()),
            colour=stated(alert.get(names.colour)),
            channel=stated(alert.get("channelID") or alert.get("dynChannelID")),
        )


def _narrow(body: bytes) -> bytes:
    """Return UTF-16 as UTF-8: without its NULs half of a Chinese character is another one."""
    for start, encoding in _WIDE.items():
        if body.startswith(start):
            return body.decode(encoding, "replace").encode()
    return body


class _Refused(ValueError):
    """XML that is not read; the text is the reason."""


def _of_json(body: bytes) -> Mapping[str, str]:
    """Return the values by their names."""
    text = _text(body)
    try:
        return {name: value.strip() for name, value in flat_json(text).items()}
    except ValueError as error:
        raise _Refused("malformed") from error


def _of_xml(body: bytes) -> Mapping[str, str]:
    """Return the text of each element by its path of local names; the first of a path counts."""
    text = _REFERENCE.sub(_if_allowed, _BEHIND.sub("", _text(body))).translate(_NO_CHARACTERS)
    text = _LOOSE_AMPERSAND.sub("&amp;", text)
    reader = _Texts()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reader.refuse_doctype
    parser.StartElementHandler = reader.begin
    parser.EndElementHandler = reader.finish
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(text, True)  # noqa: FBT003 - expat's own signature
    except expat.ExpatError as error:
        raise _Refused("cut_short" if _is_cut(error) else "malformed") from error
    return {path.partition(".")[2]: text.strip() for path, text in reader.found.items()}


def _text(body: bytes) -> str:
    if len(body) > EVENT_BYTES_MAX:
        raise _Refused("too_large")
    text = decoded(body)
    if text is None:
        raise _Refused("encoding")
    return text


def _is_cut(error: expat.ExpatError) -> bool:
    return expat.errors.messages[error.code] in {
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
    }


def _if_allowed(reference: "re.Match[str]") -> str:
    """Return a reference to a character, or nothing if XML has no such character."""
    digits = reference[1]
    number = int(digits[1:], 16) if digits[0] in "xX" else int(digits)
    is_allowed = number in {9, 10, 13} or 0x20 <= number < 0xD800 or 0xE000 <= number <= 0x10FFFF
    return reference[0] if is_allowed and number not in _NO_CHARACTERS else ""


class _Texts:
    """Collects texts while expat reads."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self._path: list[str] = []
        self._closed: set[str] = set()
        self._elements = 0

    def refuse_doctype(self, *_: object) -> None:
        raise _Refused("doctype")

    def begin(self, name: str, _: Mapping[str, str]) -> None:
        self._elements += 1
        if self._elements > ELEMENTS_MAX:
            raise _Refused("too_large")
        self._path.append(name.rpartition(":")[2])

    def text(self, data: str) -> None:
        path = ".".join(self._path)
        if path not in self._closed:
            self.found[path] = self.found.get(path, "") + data

    def finish(self, _: str) -> None:
        self._closed.add(".".join(self._path))
        self._path.pop()


def encode_time(at: datetime) -> bytes:
    """Return the answer of TIME_PATH; `at` is the camera's local time with its offset."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<Time version="2.0" xmlns="http://www.hikvision.com/ver20/XMLSchema">'
        f"<timeMode>NTP</timeMode><localTime>{at.isoformat(timespec='seconds')}</localTime>"
        "<timeZone>CST-8:00:00</timeZone></Time>\n"
    ).encode()


def encode_alert(seen: PlateSeen, at: datetime) -> bytes:
    """Return the XML of an event; `at` is the camera's local time with its offset."""
    plate = escape(seen.text or "unknown")
    direction = next((k for k, v in _DIRECTIONS.items() if v == seen.direction), "unknown")
    lines = (
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<EventNotificationAlert version="2.0" xmlns="http://www.hikvision.com/ver20/XMLSchema">',
        f"<channelID>{escape(seen.channel or '1')}</channelID>",
        f"<dateTime>{at.isoformat()}</dateTime>",
        "<eventType>ANPR</eventType><eventState>active</eventState>",
        f"<ANPR><licensePlate>{plate}</licensePlate><line>1</line>",
        f"<direction>{direction}</direction>",
        f"<confidenceLevel>{seen.confidence or 0}</confidenceLevel>",
        f"<plateColor>{escape(seen.colour or 'unknown')}</plateColor>",
        f"<originalLicensePlate>{plate}</originalLicensePlate></ANPR>",
        f"<UUID>{escape(seen.uuid or '')}</UUID>",
        f"<picNum>{len(seen.pictures)}</picNum>",
        f"<isDataRetransmission>{str(seen.retransmitted).lower()}</isDataRetransmission>",
        "</EventNotificationAlert>",
    )
    return "\n".join(lines).encode()


def encode_parts(seen: PlateSeen, at: datetime, boundary: str = BOUNDARY) -> bytes:
    """Return an event and its pictures as the alert stream carries them."""
    alert = encode_part("application/xml", encode_alert(seen, at), boundary, name="anpr.xml")
    pictures = (
        encode_part("image/jpeg", picture.data, boundary, name=picture.name)
        for picture in seen.pictures
    )
    return alert + b"".join(pictures)


def encode_push(seen: PlateSeen, at: datetime, boundary: str = BOUNDARY) -> bytes:
    """Return the body of a push."""
    return encode_parts(seen, at, boundary) + encode_end(boundary)
