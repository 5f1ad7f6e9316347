"""What a plate camera says, in one vocabulary. `None` means that the camera does not say."""

import codecs
import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

Direction = Literal["approach", "leave"]

PLATE_CHARS_MAX: Final = 16

_SEPARATORS: Final = re.compile(r"[\s·•・.\-]")
_COLOUR_FIRST: Final = re.compile(
    "^(?:渐变绿|黄绿|蓝|黄|白|黑|绿)"
    "(?=[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使][A-Z])"
)
"""Chinese firmware may put the plate's colour before it: 黄蒙K12345."""

_UNREAD: Final = {"UNKNOWN", "UNLICENSED", "NOPLATE", "NONE", "NULL"}
_GBK_AS_UTF8: Final = str.maketrans("³ԥʹѧ", "鲁豫使学")
"""These characters' two bytes in GBK are one letter in UTF-8, so no decoder objects to them."""
_LOOK_ALIKES: Final = str.maketrans("АВЕКМНОРСТУХΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEKMHOPCTYXABEZHIKMNOPTYX")  # noqa: RUF001 - Cyrillic and Greek on purpose
"""Cameras of other regions write Latin plates in Cyrillic or Greek letters of the same shape."""

_CONTROLS: Final = bytes(byte for byte in range(0x20) if byte not in b"\t\n\r")
"""Firmware leaves them at the ends of an event, and inside. XML forbids them, and no other
character has one of these bytes in it, neither in UTF-8 nor in GB 18030."""

_YEAR_2100_S: Final = 4_102_444_800


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A picture as the camera sent it."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateSeen:
    """One vehicle before a camera."""

    text: str | None
    """The plate in upper case without blanks, dots or dashes; None when it could not be read."""
    at: datetime | None
    """The camera's own time, in UTC; None if it cannot be known."""
    confidence: int | None = None
    """0 to 100."""
    uuid: str | None = None
    retransmitted: bool = False
    """The camera says that it sends an old event once more."""
    direction: Direction | None = None
    colour: str | None = None
    channel: str | None = None
    pictures: tuple[Snapshot, ...] = ()


def normal_plate(text: str) -> str | None:
    """Return a plate as it is compared; None for the makers' words for "not read".

    Text that is not a row of letters and digits (a `?` for an unclear one) was not read either:
    half a plate must not pass for a whole one. Nor was one of Chinese characters alone: 无牌车.
    """
    text = unicodedata.normalize("NFKC", text.translate(_GBK_AS_UTF8))
    plate = _SEPARATORS.sub("", text).upper().translate(_LOOK_ALIKES)
    plate = _COLOUR_FIRST.sub("", plate)
    is_row = plate.isalnum() and any(char.isascii() or char.isdecimal() for char in plate)
    return plate if is_row and plate not in _UNREAD and len(plate) <= PLATE_CHARS_MAX else None


def decoded(body: bytes) -> str | None:
    """Return the text without control characters.

    Older Chinese firmware sends GB 18030 even if its head says otherwise. It is read line by line:
    the name given to the camera may be in another encoding than its plates.
    """
    lines = [_decoded_line(line) for line in without_controls(body).split(b"\n")]
    known = [line for line in lines if line is not None]
    return "\n".join(known) if len(known) == len(lines) else None


def without_controls(body: bytes) -> bytes:
    """Return the bytes of a text without a byte order mark and without control characters."""
    return body.translate(None, _CONTROLS).removeprefix(codecs.BOM_UTF8)


def _decoded_line(line: bytes) -> str | None:
    for encoding in ("utf-8", "gb18030"):
        with suppress(UnicodeDecodeError):
            return line.decode(encoding)
    return None


def stated(text: str | None) -> str | None:
    """Return a value, or None where the camera says nothing or says that it does not know."""
    return None if text is None or text.strip().lower() in {"", "unknown"} else text.strip()


def whole(text: str | None, highest: int) -> int | None:
    """Return a number from 0 to `highest`; None for anything else."""
    if text is None or not re.fullmatch(r"\s*[0-9]{1,12}(\.0*)?\s*", text):
        return None
    number = int(text.strip().split(".")[0])
    return number if number <= highest else None


def from_epoch(seconds: int | None, milliseconds: int = 0) -> datetime | None:
    """Return a time given in seconds since 1970; None for one that no camera can mean."""
    if seconds is None or not 0 < seconds < _YEAR_2100_S:
        return None
    return datetime.fromtimestamp(seconds, UTC) + timedelta(milliseconds=milliseconds)


def shown_time(text: str | None, utc_offset_minutes: int | None) -> datetime | None:
    """Return the time on a camera's clock in UTC, or without a zone if nobody says its offset."""
    known = from_text(text, utc_offset_minutes)
    if known is not None:
        return known
    with suppress(ValueError):
        return datetime.fromisoformat((text or "").strip())
    return None


def from_text(text: str | None, utc_offset_minutes: int | None) -> datetime | None:
    """Return an ISO 8601 time in UTC; one without an offset needs the camera's."""
    try:
        at = datetime.fromisoformat((text or "").strip())
        if at.tzinfo is not None:
            return at.astimezone(UTC)
        if utc_offset_minutes is None:
            return None
        return at.replace(tzinfo=UTC) - timedelta(minutes=utc_offset_minutes)
    except (ValueError, OverflowError):
        return None
