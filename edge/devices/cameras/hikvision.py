"""Hikvision ISAPI plate events (Hikvision ISAPI guide, "Traffic"; two recorded event bodies).

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
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from xml.parsers import expat
from xml.sax.saxutils import escape

from edge.devices.cameras.decoder import CameraDecoder
from edge.devices.cameras.multipart import RAW_BYTES_KEPT, encode_end, encode_part
from edge.devices.cameras.plate import (
    Direction,
    PlateSeen,
    decoded,
    from_text,
    normal_plate,
    stated,
    whole,
)
from edge.devices.readings import BadFrame

STREAM_PATH: Final = "/ISAPI/Event/notification/alertStream"

XML_BYTES_MAX: Final = 262_144
ELEMENTS_MAX: Final = 2_000

BOUNDARY: Final = "boundary"

_DIRECTIONS: Final[dict[str, Direction]] = {"forward": "approach", "reverse": "leave"}


class Hikvision(CameraDecoder):
    """Events are XML; what is none says nothing."""

    def _read(self, body: bytes) -> list[PlateSeen | BadFrame]:
        if not body.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
            return []
        event = self._event(body)
        return [] if event is None else [event]

    def _event(self, body: bytes) -> PlateSeen | BadFrame | None:
        try:
            found = _texts_by_path(body)
        except _Refused as error:
            return BadFrame(str(error), body[:RAW_BYTES_KEPT])
        alert = {path.partition("/")[2]: text.strip() for path, text in found.items()}
        is_over = alert.get("eventState", "active").lower() != "active"
        if alert.get("eventType", "").upper() != "ANPR" or is_over:
            return None
        plate = alert.get("ANPR/licensePlate") or alert.get("ANPR/originalLicensePlate") or ""
        text = normal_plate(plate)
        return PlateSeen(
            text=text,
            at=from_text(alert.get("dateTime"), self._utc_offset_minutes),
            confidence=whole(alert.get("ANPR/confidenceLevel"), 100) if text else None,
            uuid=stated(alert.get("UUID")),
            retransmitted=alert.get("isDataRetransmission", "").lower() in {"true", "1"},
            direction=_DIRECTIONS.get(alert.get("ANPR/direction", "").lower()),
            colour=stated(alert.get("ANPR/plateColor")),
            channel=stated(alert.get("channelID") or alert.get("dynChannelID")),
        )


class _Refused(ValueError):
    """XML that is not read; the text is the reason."""


def _texts_by_path(body: bytes) -> Mapping[str, str]:
    """Return the text of each element by its path of local names; the first of a path counts."""
    if len(body) > XML_BYTES_MAX:
        raise _Refused("too_large")
    text = decoded(body)
    if text is None:
        raise _Refused("encoding")
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
    return reader.found


def _is_cut(error: expat.ExpatError) -> bool:
    return expat.errors.messages[error.code] in {
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
    }


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
        path = "/".join(self._path)
        if path not in self._closed:
            self.found[path] = self.found.get(path, "") + data

    def finish(self, _: str) -> None:
        self._closed.add("/".join(self._path))
        self._path.pop()


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
