"""Every plate camera the box speaks to: one file per maker and one row per way of asking it."""

from collections.abc import Mapping
from typing import Final

from edge.devices.cameras import dahua, hikvision
from edge.devices.cameras.decoder import CameraDecoder
from edge.devices.cameras.multipart import BodyPart, Multipart, boundary_of
from edge.devices.cameras.plate import PlateSeen
from edge.devices.readings import BadFrame
from edge.devices.rows import ProtocolRow, build

CAMERAS: Final[Mapping[str, ProtocolRow[CameraDecoder]]] = {
    "hikvision-push": ProtocolRow(hikvision.Hikvision, lines=()),
    "hikvision-stream": ProtocolRow(hikvision.Hikvision, lines=()),
    "dahua-snap": ProtocolRow(dahua.Dahua, lines=()),
    "dahua-events": ProtocolRow(dahua.Dahua, lines=()),
}

PATHS: Final[Mapping[str, str]] = {
    "hikvision-stream": hikvision.STREAM_PATH,
    "dahua-snap": dahua.SNAP_PATH,
    "dahua-events": dahua.EVENTS_PATH,
}
"""What is asked for where the box asks the camera; the others send by themselves."""


TIME_PATHS: Final[Mapping[str, str]] = {
    "hikvision-stream": hikvision.TIME_PATH,
    "dahua-snap": dahua.TIME_PATH,
    "dahua-events": dahua.TIME_PATH,
}
"""Where the box can ask such a camera for the time on its clock."""


def camera_decoder(protocol: str, options: Mapping[str, object]) -> CameraDecoder:
    """Make a decoder; BadOption names what is wrong with the protocol or an option."""
    return build(CAMERAS, protocol, options)


class PlateStream:
    """Bytes in, plates out, for one answer or body of a camera."""

    def __init__(self, decoder: CameraDecoder, content_type: str) -> None:
        """`content_type` is the HTTP header; without a boundary in it all is one part."""
        boundary = boundary_of(content_type)
        self._parts = Multipart(boundary) if boundary else None
        self._decoder = decoder
        self._content_type = content_type
        self._whole = b""
        self.parts = 0
        """How many parts came, heartbeats among them."""

    @property
    def is_endless(self) -> bool:
        """Tell whether events come one after the other, and not one as a whole."""
        return self._parts is not None

    def feed(self, data: bytes) -> list[PlateSeen | BadFrame]:
        """Take the next bytes, in pieces of any size; return all that they completed."""
        if self._parts is None:
            self._whole = (self._whole + data)[: hikvision.EVENT_BYTES_MAX + 1]
            return []
        return self._taken(self._parts.feed(data))

    def end(self) -> list[PlateSeen | BadFrame]:
        """Return what the end of the bytes completed or cut short."""
        if self._parts is None:
            return self._decoder.take(BodyPart({"content-type": self._content_type}, self._whole))
        return self._taken(self._parts.end())

    def _taken(
        self, parts: list[BodyPart | BadFrame] | list[BadFrame]
    ) -> list[PlateSeen | BadFrame]:
        found: list[PlateSeen | BadFrame] = []
        for part in parts:
            if isinstance(part, BadFrame):
                found.append(part)
            else:
                self.parts += 1
                found += self._decoder.take(part)
        return found
