"""Plates: what a camera read, and whether it must be the plate of the card."""

from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field

from edge.messages.form import Form, Milliseconds, Name, Sha256

Plate = Annotated[str, Field(min_length=1, max_length=16)]
"""Upper case, without blanks, dots and dashes: as it is compared."""


class PlateRead(Form):
    """What a camera read of the truck that waited when the card was read."""

    text: Plate | None
    """None when the camera saw a vehicle and could not read its plate."""
    confidence: int | None = Field(default=None, ge=0, le=100)
    camera: Name
    camera_at: AwareDatetime
    """By the camera's own clock."""
    age_ms: Milliseconds
    """Time from the event's coming in to the card, by the lane's monotonic clock."""
    pictures: tuple[Sha256, ...] = Field(default=(), max_length=8)


class PlatePolicy(StrEnum):
    """Whether the plate that a camera reads must be the one that the card belongs to."""

    REQUIRED = "required"
    PREFERRED = "preferred"
    """Another plate stops the truck; one that was not seen or not read does not."""
    OFF = "off"

    def stops(self, doubt: str | None) -> bool:
        mismatch_only = self is PlatePolicy.PREFERRED and doubt == "plate_mismatch"
        return mismatch_only or (self is PlatePolicy.REQUIRED and doubt is not None)


def plate_doubt(expected: str, seen: PlateRead | None) -> str | None:
    """Return what speaks against a truck's being the card's; one wrong character is another."""
    if seen is None or seen.text is None:
        return "plate_missing" if seen is None else "plate_unread"
    return None if seen.text == expected else "plate_mismatch"
