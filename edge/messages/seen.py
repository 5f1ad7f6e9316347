"""Which cards and plates were at the lane while a truck waited to drive on: one truck has one."""

from typing import Annotated, Final

from pydantic import AwareDatetime, Field

from edge.messages.form import Form, Milliseconds, Name
from edge.messages.plates import Plate

SEEN_MAX: Final = 16
"""Of shown cards, of tags seen from afar, and of plates. A list that is full may lack the rest."""


class SeenCard(Form):
    """One card or tag, and how often it was read between the arrival and the drive-on."""

    tag: str = Field(pattern=r"^[0-9A-F]{4,64}$")
    reader: Name
    """That read it first."""
    is_shown: bool
    """Whether a reader that is shown one card at a time read it. A tag that is seen from afar may
    belong to the truck behind."""
    reads: int = Field(ge=1)
    """A shown card with one read may be noise on the line."""
    first_ms: Milliseconds
    last_ms: Milliseconds
    """Time since the arrival, by the lane's monotonic clock."""


class SeenPlate(Form):
    """One look of a camera at what stood before the entry."""

    text: Plate | None
    """None when the camera saw a vehicle and could not read its plate."""
    confidence: Annotated[int, Field(ge=0, le=100)] | None
    camera: Name
    camera_at: AwareDatetime
    """By the camera's own clock."""
    since_arrival_ms: int
    """By the lane's monotonic clock; negative for the plate that was there before the card."""
