"""Multipart bodies and streams (RFC 2046) as cameras send them, in pieces of any size.

    --boundary CRLF  header lines  blank line  content  CRLF  --boundary …  --boundary--

A part ends after its `Content-Length`, so that an event is known when it is there and not when the
next one comes; without one it ends at the next delimiter. A declared length that reaches over a
delimiter is not believed, nor one of 0. Cameras differ in `boundary=x` and `boundary=--x`, with and
without the two dashes that the standard puts before either, and in CR LF and LF.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Final

from edge.devices.readings import BadFrame

PART_BYTES_MAX: Final = 4 * 1024 * 1024
HEAD_BYTES_MAX: Final = 8_192
RAW_BYTES_KEPT: Final = 200
"""Of a part that is not believed."""

_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_LINE_END: Final = re.compile(rb"\r?\n")
_FILE_NAME: Final = re.compile(r'\b(?:file)?name="?([^";]+)', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class BodyPart:
    """One part; header names in lower case."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def kind(self) -> str:
        """The media type without its parameters; empty if none was sent."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def name(self) -> str:
        """The file's or form field's name."""
        disposition = self.headers.get("content-disposition", "")
        names = _FILE_NAME.findall(disposition)
        return names[-1] if names else ""

    @property
    def is_picture(self) -> bool:
        return self.kind.startswith("image/") or self.body.startswith(b"\xff\xd8\xff")


def boundary_of(content_type: str) -> str | None:
    """Return the boundary that an HTTP header names; None if it is not multipart."""
    message = Message()
    message["content-type"] = content_type
    boundary = message.get_param("boundary")
    is_multipart = message.get_content_maintype() == "multipart"
    return boundary if is_multipart and isinstance(boundary, str) and boundary.strip("-") else None


class Multipart:
    """Bytes in, parts out. What it holds is bounded by one part and its head."""

    def __init__(self, boundary: str) -> None:
        self._delimiter = b"--" + boundary.lstrip("-").encode()
        self._begins_with_dashes = boundary.startswith("-")
        self._buffer = bytearray()
        self._searched = 0
        """Up to here the body has no delimiter: a picture comes in a thousand pieces."""
        self._headers: dict[str, str] | None = None
        self._is_skipping = True
        """Between a part that is over, or was given up, and the next delimiter."""

    def feed(self, data: bytes) -> list[BodyPart | BadFrame]:
        """Take the next bytes; return the parts that they completed and what was wrong."""
        self._buffer += data
        found: list[BodyPart | BadFrame] = []
        while (item := self._next()) is not None:
            if not isinstance(item, bool):
                found.append(item)
        return found

    def end(self) -> list[BadFrame]:
        """Tell what the end of the bytes cut short."""
        rest = self._buffer.strip(b"\r\n-")
        torn = self._headers is not None or (not self._is_skipping and rest)
        return [BadFrame("cut_short", bytes(self._buffer[:RAW_BYTES_KEPT]))] if torn else []

    def _next(self) -> BodyPart | BadFrame | bool | None:
        """Do one step; None when more bytes are needed."""
        if self._is_skipping:
            return self._find_delimiter()
        return self._read_head() if self._headers is None else self._read_body(self._headers)

    def _find_delimiter(self) -> bool | None:
        at = self._buffer.find(self._delimiter)
        if at < 0:
            del self._buffer[: 1 - len(self._delimiter)]
            return None
        del self._buffer[: at + len(self._delimiter)]
        self._is_skipping = False
        return True

    def _read_head(self) -> BadFrame | bool | None:
        if self._buffer.startswith(b"--"):  # the last delimiter; a camera may begin anew
            self._is_skipping = True
            return True
        end = _HEAD_END.search(self._buffer, 0, HEAD_BYTES_MAX)
        if end is None:
            too_long = len(self._buffer) > HEAD_BYTES_MAX
            return self._give_up("head_too_long") if too_long else None
        lines = _LINE_END.split(self._buffer[: end.start()])[1:]
        pairs = (line.decode("utf-8", "replace").partition(":") for line in lines)
        self._headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        del self._buffer[: end.end()]
        self._searched = 0
        return True

    def _read_body(self, headers: Mapping[str, str]) -> BodyPart | BadFrame | None:
        length = _declared(headers)
        if length is not None and length > PART_BYTES_MAX:
            return self._give_up("too_large")
        limit = PART_BYTES_MAX + len(self._delimiter) if length is None else length
        delimiter = self._buffer.find(self._delimiter, self._searched, limit)
        if delimiter >= 0:
            return self._part(headers, delimiter, length)
        self._searched = max(0, len(self._buffer) - len(self._delimiter) + 1)
        if length is not None and len(self._buffer) >= length:
            return self._part(headers, length, length)
        return self._give_up("too_large") if len(self._buffer) >= limit else None

    def _part(
        self, headers: Mapping[str, str], end: int, length: int | None
    ) -> BodyPart | BadFrame:
        body = bytes(self._buffer[:end])
        del self._buffer[:end]
        self._headers, self._is_skipping = None, True
        if length is None:
            return BodyPart(headers, self._without_line_end(body))
        return (
            BodyPart(headers, body)
            if end == length
            else BadFrame("cut_short", body[:RAW_BYTES_KEPT])
        )

    def _without_line_end(self, body: bytes) -> bytes:
        """Drop the bytes of the delimiter, dashes of the boundary included."""
        if self._begins_with_dashes:
            body = body.rstrip(b"-")
        return body.removesuffix(b"\n").removesuffix(b"\r")

    def _give_up(self, reason: str) -> BadFrame:
        raw = bytes(self._buffer[:RAW_BYTES_KEPT])
        self._headers, self._is_skipping = None, True
        return BadFrame(reason, raw)


def _declared(headers: Mapping[str, str]) -> int | None:
    """Return the length that a part declares; None without one, and for a 0, which is none."""
    declared = headers.get("content-length", "")
    return int(declared) or None if re.fullmatch(r"[0-9]{1,9}", declared) else None


def encode_part(content_type: str, body: bytes, boundary: str, *, name: str = "") -> bytes:
    """Return one part with its delimiter before it, as cameras write it."""
    disposition = f'Content-Disposition: form-data; name="{name}"; filename="{name}"\r\n'
    head = (
        f"--{boundary}\r\n{disposition if name else ''}"
        f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body + b"\r\n"


def encode_end(boundary: str) -> bytes:
    """Return the delimiter that closes a body."""
    return f"--{boundary}--\r\n".encode()
