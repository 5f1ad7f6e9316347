"""Dahua plate events over HTTP CGI (Dahua HTTP API guide; captures of several models).

Two streams, both `multipart/x-mixed-replace` with `Heartbeat` parts in between:

    SNAP_PATH    text part of `Events[0].TrafficCar.PlateNumber=…` lines, then the picture
    EVENTS_PATH  text part `Code=TrafficJunction;action=Pulse;index=0;data={ JSON }`, no picture

Both say the same by the same names, so both are brought to a flat form first. The plate may be
in several places; `--`, `unlicensed` and the like mean that it was not read. JSON that arrives cut
short is dropped. `UTC` is local time on some models; `RealUTC` is not, and neither is `LocaleTime`
with the camera's offset.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from edge.devices.cameras.decoder import CameraDecoder
from edge.devices.cameras.flat import flat_json
from edge.devices.cameras.multipart import RAW_BYTES_KEPT, encode_part
from edge.devices.cameras.plate import (
    Direction,
    PlateSeen,
    decoded,
    from_epoch,
    from_text,
    normal_plate,
    shown_time,
    stated,
    whole,
)
from edge.devices.readings import BadFrame

SNAP_PATH: Final = (
    "/cgi-bin/snapManager.cgi?action=attachFileProc&Flags[0]=Event"
    "&Events=[TrafficJunction]&heartbeat=5"
)
EVENTS_PATH: Final = "/cgi-bin/eventManager.cgi?action=attach&codes=[TrafficJunction]&heartbeat=5"

TIME_PATH: Final = "/cgi-bin/global.cgi?action=getCurrentTime"

BOUNDARY: Final = "myboundary"

TEXT_BYTES_MAX: Final = 262_144
FIELDS_MAX: Final = 4_000

_RESULT: Final = re.compile(r"result\s*=\s*([0-9:\- ]{8,32})")
_LINE: Final = re.compile(r"(?:Return)?Events\[(\d{1,3})\]\.([^=\s]+)\s*=(.*)")
_EVENT: Final = re.compile(
    r"Code=(?P<code>[^;]*);\s*action=(?P<action>[^;]*)(?:;\s*index=(?P<index>[^;]*))?"
    r"(?:;\s*data=(?P<data>.*))?",
    re.DOTALL,
)


class _Place(NamedTuple):
    """Where a plate may be, and where its confidence is."""

    text: str
    confidence: str


_PLACES: Final = (
    _Place("TrafficCar.PlateNumber", "TrafficCar.Confidence"),
    _Place("Object.Text", "Object.Confidence"),
    _Place("Plate.Text", "Plate.Confidence"),
    _Place("PlateNumber", "Confidence"),
    _Place("PlateText", "Confidence"),
)
_CONFIDENCE_MAX: Final = 255

_DIRECTION_KEYS: Final = (
    "TrafficCar.DrivingDirection[0]",
    "DrivingDirection[0]",
    "VehicleDirection",
    "JunctionDirection",
)
"""Not `Direction`: a number that one camera always sends as 0."""
_DIRECTIONS: Final[dict[str, Direction]] = {
    "approach": "approach",
    "head": "approach",
    "obverse": "approach",
    "leave": "leave",
    "tail": "leave",
    "reverse": "leave",
}

Fields = Mapping[str, str]


class Dahua(CameraDecoder):
    """Both streams; the bytes show which one it is."""

    def clock(self, body: bytes) -> datetime | None:
        """Read the answer of TIME_PATH: `result=2026-11-29 08:00:00`, in local time."""
        match = _RESULT.search(decoded(body) or "")
        return shown_time(match and match[1], self._utc_offset_minutes)

    def _read(self, body: bytes) -> list[PlateSeen | BadFrame]:
        if len(body) > TEXT_BYTES_MAX:
            return [BadFrame("too_large", body[:RAW_BYTES_KEPT])]
        return [item for item in self._events(body) if item is not None]

    def _events(self, body: bytes) -> Iterator[PlateSeen | BadFrame | None]:
        text = (decoded(body) or "").strip("\r\n\t \0")
        if text.startswith("Code="):
            for event in re.split(r"\n(?=Code=)", text):
                yield self._json_event(event)
            return
        for fields in _lines_by_event(text):
            code = fields.get("EventBaseInfo.Code") or fields.get("Code", "")
            action = fields.get("EventBaseInfo.Action") or fields.get("Action", "Pulse")
            yield self._plate(code, action, fields)

    def _json_event(self, text: str) -> PlateSeen | BadFrame | None:
        match = _EVENT.match(text)
        if match is None:
            return BadFrame("malformed", text[:RAW_BYTES_KEPT].encode())
        if match["data"] is None:
            return None
        try:
            fields = flat_json(match["data"])
        except ValueError:
            return BadFrame("cut_short", text[:RAW_BYTES_KEPT].encode())
        return self._plate(match["code"], match["action"], fields)

    def _plate(self, code: str, action: str, fields: Fields) -> PlateSeen | None:
        places = [place for place in _PLACES if _is_said(place, fields)]
        is_plate = code.lower().startswith("traffic") or bool(places)
        if not is_plate or action.strip().lower() == "stop":
            return None
        read = [(normal_plate(fields[place.text]), place) for place in places]
        text = next((plate for plate, _ in read if plate is not None), None)
        sure = [_confidence(fields, place) for plate, place in read if text and plate == text]
        return PlateSeen(
            text=text,
            at=self._at(fields),
            confidence=next((one for one in sure if one is not None), None),
            uuid=stated(fields.get("UUID") or fields.get("EventUUID")),
            direction=_direction(fields),
            colour=stated(fields.get("TrafficCar.PlateColor")),
            channel=stated(fields.get("Channel")),
        )

    def _at(self, fields: Fields) -> datetime | None:
        milliseconds = whole(fields.get("UTCMS"), 999) or 0
        exact = from_epoch(_seconds(fields, "RealUTC"), milliseconds)
        if exact is not None:
            return exact
        if self._utc_offset_minutes is None:
            return from_epoch(_seconds(fields, "UTC"), milliseconds)
        local = from_text(fields.get("LocaleTime"), self._utc_offset_minutes)
        if local is not None:
            return local
        shown = from_epoch(_seconds(fields, "UTC"), milliseconds)
        return shown and shown - timedelta(minutes=self._utc_offset_minutes)


def _seconds(fields: Fields, name: str) -> int | None:
    return whole(fields.get(name), 10**11)


def _is_said(place: _Place, fields: Fields) -> bool:
    """Tell whether the field is there; `Object` may be something else than a plate."""
    kind = fields.get(place.text.rpartition(".")[0] + ".ObjectType", "Plate")
    return bool(fields.get(place.text, "").strip()) and kind == "Plate"


def _confidence(fields: Fields, place: _Place) -> int | None:
    """Return per cent of a number up to 255; 0 comes with plates that were read well."""
    found = whole(fields.get(place.confidence), _CONFIDENCE_MAX)
    return found * 100 // _CONFIDENCE_MAX if found else None


def _direction(fields: Fields) -> Direction | None:
    said = (fields.get(key, "").strip().lower() for key in _DIRECTION_KEYS)
    return next((_DIRECTIONS[word] for word in said if word in _DIRECTIONS), None)


def _lines_by_event(text: str) -> list[Fields]:
    events: dict[str, dict[str, str]] = {}
    for line in text.splitlines()[:FIELDS_MAX]:
        match = _LINE.fullmatch(line.strip())
        if match is not None:
            events.setdefault(match[1], {}).setdefault(match[2], match[3].strip())
    return list(events.values())


def encode_time(at: datetime) -> bytes:
    """Return the answer of TIME_PATH."""
    return f"result={at:%Y-%m-%d %H:%M:%S}\r\n".encode()


def heartbeat(boundary: str = BOUNDARY) -> bytes:
    """Return the part that says nothing but that the camera lives."""
    return encode_part("text/plain", b"Heartbeat", boundary)


def encode_snap(seen: PlateSeen, at: datetime, boundary: str = BOUNDARY) -> bytes:
    """Return an event of SNAP_PATH with its pictures."""
    lines = {
        "EventBaseInfo.Code": "TrafficJunction",
        "EventBaseInfo.Action": "Pulse",
        "UTC": str(int(at.timestamp())),
        "UTCMS": str(at.microsecond // 1000),
        "Object.ObjectType": "Plate",
        "Object.Confidence": str(_to_255(seen.confidence)),
        "Object.Text": seen.text or "",
        "TrafficCar.PlateNumber": seen.text or "unlicensed",
        "TrafficCar.PlateColor": seen.colour or "Unknown",
        "TrafficCar.DrivingDirection[0]": (seen.direction or "").capitalize(),
    }
    text = "".join(f"Events[0].{name}={value}\r\n" for name, value in lines.items())
    pictures = (encode_part("image/jpeg", one.data, boundary) for one in seen.pictures)
    return encode_part("text/plain", text.encode(), boundary) + b"".join(pictures)


def encode_event(seen: PlateSeen, at: datetime, boundary: str = BOUNDARY) -> bytes:
    """Return an event of EVENTS_PATH."""
    data = {
        "Object": {
            "ObjectType": "Plate",
            "Text": seen.text or "--",
            "Confidence": _to_255(seen.confidence),
        },
        "LocaleTime": at.strftime("%Y-%m-%d %H:%M:%S"),
        "RealUTC": int(at.astimezone(UTC).timestamp()),
        "UTCMS": at.microsecond // 1000,
        "TrafficCar": {
            "PlateColor": seen.colour or "Unknown",
            "DrivingDirection": [(seen.direction or "").capitalize(), ""],
        },
    }
    text = f"Code=TrafficJunction;action=Pulse;index=0;data={json.dumps(data, indent=3)}\n"
    return encode_part("text/plain", text.encode(), boundary)


def _to_255(confidence: int | None) -> int:
    return -(-(confidence or 0) * _CONFIDENCE_MAX // 100)
