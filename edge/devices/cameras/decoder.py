"""What every maker's decoder does the same way."""

from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import datetime
from typing import Annotated

from pydantic import Field

from edge.devices.cameras.multipart import BodyPart
from edge.devices.cameras.plate import PlateSeen, Snapshot
from edge.devices.readings import BadFrame


class CameraDecoder(ABC):
    """Parts in, plates out: an event at once, and once more with each picture that follows it."""

    def __init__(
        self, *, utc_offset_minutes: Annotated[int, Field(ge=-840, le=840)] | None = None
    ) -> None:
        """`utc_offset_minutes` is for cameras that send their local time without saying so."""
        self._utc_offset_minutes = utc_offset_minutes
        self._last: PlateSeen | None = None

    def take(self, part: BodyPart) -> list[PlateSeen | BadFrame]:
        """Take the next part; return what it says of a plate."""
        if part.is_picture:
            if self._last is None:
                return []
            return [replace(self._last, pictures=(Snapshot(part.name, part.body),))]
        found = self._read(part.body)
        plates = [item for item in found if isinstance(item, PlateSeen)]
        self._last = plates[-1] if plates else None
        return found

    @abstractmethod
    def clock(self, body: bytes) -> datetime | None:
        """Read the answer to a question for the time, without a zone if that stays unknown."""

    @abstractmethod
    def _read(self, body: bytes) -> list[PlateSeen | BadFrame]:
        """Return the plates of a part that is not a picture."""
