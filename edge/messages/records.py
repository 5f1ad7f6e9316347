"""Records: lane → gateway, topic `event`, sealed by the lane, numbered without gaps."""

from enum import StrEnum
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field, TypeAdapter

from edge.messages.form import Form, Kg, Milliseconds, Name, Sha256
from edge.messages.plates import Plate, PlateRead
from edge.messages.seen import SEEN_MAX, SeenCard, SeenPlate

GENESIS_HASH: Final = "0" * 64
"""`previous_hash` of the first record of an epoch."""


class ClockQuality(StrEnum):
    """How far `at` may be trusted. Durations never use it: they use the monotonic clock."""

    SYNCED = "synced"
    HOLDOVER = "holdover"
    UNSET = "unset"


class _Record(Form):
    yard: Name
    lane: Name
    epoch: str = Field(pattern=r"^[0-9a-f]{16}$")
    """Random, minted when the journal was created: a restored or cloned disk shows up as a fork."""
    seq: int = Field(ge=1)
    event_id: UUID
    previous_hash: Sha256
    at: AwareDatetime
    clock: ClockQuality
    mono_ms: Milliseconds
    boot_id: str = Field(max_length=64)


class _StopRecord(_Record):
    stop_id: UUID
    """One truck's stop at this lane, from its card to its leaving."""


class Picture(Form):
    """A camera's sight of the truck during its stop; the lane's box keeps the JPEG."""

    camera: Name
    at: AwareDatetime
    sha256: Sha256 | None
    """Of the JPEG; None when the camera sent words only."""
    plate: Plate | None


class TruckArrived(_StopRecord):
    """A card was read before a lane whose scale stood at zero. The gateway answers by command."""

    kind: Literal["truck_arrived.v1"] = "truck_arrived.v1"
    tag: str = Field(pattern=r"^[0-9A-F]{4,64}$")
    zero_before_kg: Kg
    plate: PlateRead | None = None
    """None when no camera saw a truck."""


class TruckRefused(_StopRecord):
    """The truck was turned away, before the deck or from it; `reason` is what the display says."""

    kind: Literal["truck_refused.v1"] = "truck_refused.v1"
    reason: str = Field(pattern=r"^[a-z_]{1,48}$")
    refused_by: Literal["gateway", "lane", "dispatcher"]


class _Weighing(_StopRecord):
    kind: str
    tag: str = Field(pattern=r"^[0-9A-F]{4,64}$")
    weight_kg: Kg
    e_kg: int = Field(ge=1, le=1000)
    """Verification scale interval of the scale: every weight is a multiple of it."""
    zero_before_kg: Kg
    frames: int = Field(ge=1)
    """Equal valid frames that the weight rests on."""
    stable_ms: Milliseconds
    protocol: str = Field(max_length=32)
    curve_sha256: Sha256
    pictures: tuple[Picture, ...] = Field(default=(), max_length=32)


class WeighingCompleted(_Weighing):
    """A stable weight, durable before any barrier opens. The gateway answers by command."""

    kind: Literal["weighing_completed.v2"] = "weighing_completed.v2"
    cards_seen: tuple[SeenCard, ...] | None = Field(max_length=2 * SEEN_MAX)
    """Every card and tag read from the arrival until the truck was on the deck, its own first;
    None from a v1 lane."""
    plates_seen: tuple[SeenPlate, ...] | None = Field(max_length=SEEN_MAX)
    """What the cameras before the entry read in that time, the arrival's plate among it; None from
    a v1 lane."""


class WeighingCompletedV1(_Weighing):
    """`weighing_completed.v1`: did not say which cards and plates were seen."""

    kind: Literal["weighing_completed.v1"] = "weighing_completed.v1"

    def newest(self) -> WeighingCompleted:
        unknown = {"kind": "weighing_completed.v2", "cards_seen": None, "plates_seen": None}
        return WeighingCompleted(**{**dict(self), **unknown})


class TruckReleased(_StopRecord):
    """Written before the exit barrier is told to open; after it the weighing is never voided."""

    kind: Literal["truck_released.v1"] = "truck_released.v1"
    weighing_id: UUID
    decided_by: Literal["gateway", "offline", "dispatcher"]


class TruckLeft(_StopRecord):
    """The deck is empty again. `weighing_id` is None for a truck that was turned back unweighed."""

    kind: Literal["truck_left.v1"] = "truck_left.v1"
    weighing_id: UUID | None
    zero_after_kg: Kg | None
    """None when the box restarted and did not see the truck leave."""
    cycle_ms: Milliseconds | None
    """Card read → exit barrier told to open; None if the stop spans a restart or was refused."""
    admit_ms: Milliseconds | None
    """Card read → entry barrier told to open: software and network only."""
    release_ms: Milliseconds | None
    """Weight settled → exit barrier told to open: software and network only."""


class WeighingVoided(_StopRecord):
    """Power failed between weighing and release, and the deck was found empty afterwards."""

    kind: Literal["weighing_voided.v1"] = "weighing_voided.v1"
    weighing_id: UUID
    reason: str = Field(pattern=r"^[a-z_]{1,48}$")
    found_kg: Kg | None


class LaneFault(_Record):
    """A device failed or came back."""

    kind: Literal["lane_fault.v1"] = "lane_fault.v1"
    device: Name
    state: Literal["raised", "cleared"]
    reason: str = Field(pattern=r"^[a-z_]{1,48}$")


Record = Annotated[
    TruckArrived
    | TruckRefused
    | WeighingCompleted
    | TruckReleased
    | TruckLeft
    | WeighingVoided
    | LaneFault,
    Field(discriminator="kind"),
]
_Read = Annotated[
    TruckArrived
    | TruckRefused
    | WeighingCompleted
    | Annotated[WeighingCompletedV1, AfterValidator(WeighingCompletedV1.newest)]
    | TruckReleased
    | TruckLeft
    | WeighingVoided
    | LaneFault,
    Field(discriminator="kind"),
]
RECORD: Final[TypeAdapter[Record]] = TypeAdapter[Any](_Read)
"""Reads a record by its `kind`. What it returns is always the newest version of that form."""
