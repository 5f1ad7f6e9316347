"""The lane's front door: everything it says over MQTT and everything it obeys.

Nothing here does I/O. The gateway imports this module and nothing else of the edge.

A *sealed* message carries its body as the exact text that was signed, so nobody has to agree on a
canonical form of JSON: parse only what has been verified. Lanes seal their records, the gateway
seals its receipts, commands and order lists; the broker between them is trusted with nothing.

A published form never changes. A new need is a new `kind` with the next version.
"""

import base64
import binascii
import hashlib
from enum import StrEnum
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

GENESIS_HASH: Final = "0" * 64
"""`previous_hash` of the first record of an epoch."""

MESSAGE_BYTES_MAX: Final = 262_144
"""Larger payloads are refused unread; a weighing with a three-minute curve is about 40 kB."""

_SIGNATURE_DOMAIN: Final = b"taigan.v1\n"
"""Keeps a signature made here from meaning anything in another protocol."""

Name = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")]
"""A yard, lane or device: fits a topic level, a file name and a client id of every broker."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Plate = Annotated[str, Field(min_length=1, max_length=16)]
"""Upper case, without blanks, dots and dashes: as it is compared."""

KG_MAX: Final = 1_000_000
Kg = Annotated[int, Field(ge=-KG_MAX, le=KG_MAX)]
Milliseconds = Annotated[int, Field(ge=0)]


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class Forged(Exception):
    """A sealed message whose signature does not hold for the key it was checked against."""


class Sealed(_Form):
    """A body with its signature, and beside it the weight curve that the body names by hash."""

    kind: Literal["sealed.v1"] = "sealed.v1"
    body: str = Field(max_length=MESSAGE_BYTES_MAX)
    """JSON text, kept character for character: its UTF-8 bytes are what was signed and hashed."""
    key_id: str = Field(pattern=r"^[0-9a-f]{16}$")
    signature: str = Field(max_length=100)
    """Ed25519 over the domain prefix and the body, base64."""
    curve: str | None = Field(default=None, max_length=MESSAGE_BYTES_MAX)
    """JSON `[[ms since arrival, kg], …]`; genuine when its SHA-256 is `curve_sha256`."""

    @classmethod
    def seal(cls, body: str, key: Ed25519PrivateKey, curve: str | None = None) -> Self:
        signature = key.sign(_SIGNATURE_DOMAIN + body.encode())
        return cls(
            body=body,
            key_id=key_id(key.public_key()),
            signature=base64.b64encode(signature).decode(),
            curve=curve,
        )

    def verify(self, key: Ed25519PublicKey) -> str:
        """Return the body if `key` signed it; raise Forged otherwise."""
        if self.key_id != key_id(key):
            raise Forged(f"signed by key {self.key_id}, expected {key_id(key)}")
        try:
            signature = base64.b64decode(self.signature, validate=True)
            key.verify(signature, _SIGNATURE_DOMAIN + self.body.encode())
        except (InvalidSignature, binascii.Error, ValueError) as error:
            raise Forged("signature does not match the body") from error
        return self.body


def key_id(key: Ed25519PublicKey) -> str:
    """Return the short name of a key: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]


def sha256_hex(text: str) -> str:
    """Return the hash used for bodies and curves."""
    return hashlib.sha256(text.encode()).hexdigest()


# --- Records: lane → gateway, topic `event`, sealed by the lane, numbered without gaps ----------


class ClockQuality(StrEnum):
    """How far `at` may be trusted. Durations never use it: they use the monotonic clock."""

    SYNCED = "synced"
    HOLDOVER = "holdover"
    UNSET = "unset"


class _Record(_Form):
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


class PlateRead(_Form):
    """What a camera said of the truck that waited when its card was read."""

    text: Plate | None
    """None when the camera saw a vehicle and could not read its plate."""
    confidence: int | None = Field(default=None, ge=0, le=100)
    camera: Name
    camera_at: AwareDatetime
    """By the camera's own clock."""
    age_ms: Milliseconds
    """Time from the event's coming in to the card, by the lane's monotonic clock."""
    pictures: tuple[Sha256, ...] = Field(default=(), max_length=8)


class Picture(_Form):
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


class WeighingCompleted(_StopRecord):
    """A stable weight, durable before any barrier opens. The gateway answers by command."""

    kind: Literal["weighing_completed.v1"] = "weighing_completed.v1"
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
RECORD: Final[TypeAdapter[Record]] = TypeAdapter(Record)


# --- Downlink: gateway → lane, sealed by the gateway --------------------------------------------


class Verdict(StrEnum):
    """What became of a record. A repeated record gets the same verdict again."""

    ACCEPTED = "accepted"
    PARKED = "parked"
    """Stored, but an earlier number is missing: its effect waits for the gap to close."""
    REFUSED = "refused"
    """Stored and genuine, but without effect (it breaks a rule); an alarm was raised."""
    FORK = "fork"
    """Another record already has this number: this journal was copied. Nothing was stored."""


class Receipt(_Form):
    """Topic `receipt`, after the gateway's commit: only this empties a lane's outbox."""

    kind: Literal["receipt.v1"] = "receipt.v1"
    entries: tuple[tuple[str, int, Verdict], ...]
    """(epoch, seq, verdict)."""


class Action(StrEnum):
    ADMIT = "admit"
    """Open the entry barrier: answer to TruckArrived."""
    RELEASE = "release"
    """Open the exit barrier: answer to WeighingCompleted."""
    REFUSE = "refuse"
    """Turn the truck away; from the deck it leaves backwards through the entry barrier."""
    HOLD = "hold"
    """Keep both barriers shut until a dispatcher decides."""


class Command(_Form):
    """Topic `command`. After `expires_at` it must not be obeyed: a late "open" must not open."""

    kind: Literal["command.v1"] = "command.v1"
    command_id: UUID
    yard: Name
    lane: Name
    action: Action
    stop_id: UUID
    in_reply_to: UUID | None
    """`event_id` of the record this answers; None when a dispatcher decided."""
    reason: str | None = Field(default=None, pattern=r"^[a-z_]{1,48}$")
    say: dict[Literal["zh", "en"], str]
    """One short line for the lane's display, in both languages."""
    issued_at: AwareDatetime
    expires_at: AwareDatetime


class OfflineOrder(_Form):
    """One truck that may be served while the gateway is out of reach."""

    tag: str = Field(pattern=r"^[0-9A-F]{4,64}$")
    plate: str = Field(max_length=16)
    order_no: str = Field(max_length=32)
    gross_max_kg: int = Field(gt=0)
    """Above this the truck is held, not released."""


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


class OfflineOrders(_Form):
    """Topic `orders`, retained: what the lane may decide alone, and for how long."""

    kind: Literal["offline_orders.v1"] = "offline_orders.v1"
    yard: Name
    lane: Name
    revision: int = Field(ge=1)
    expires_at: AwareDatetime
    stops_max_per_tag: int = Field(ge=0, le=100)
    """Cap on unconfirmed stops of one truck while offline."""
    plates: PlatePolicy = PlatePolicy.OFF
    orders: tuple[OfflineOrder, ...]


Downlink = Annotated[Receipt | Command | OfflineOrders, Field(discriminator="kind")]
DOWNLINK: Final[TypeAdapter[Downlink]] = TypeAdapter(Downlink)


# --- Unsealed, for screens and health; never used for money -------------------------------------


class CommandResult(_Form):
    """Topic `command-result`."""

    kind: Literal["command_result.v1"] = "command_result.v1"
    command_id: UUID
    outcome: Literal["done", "late", "out_of_turn"]
    at: AwareDatetime


class LaneLive(_Form):
    """Topic `live`, QoS 0, at most twice a second."""

    kind: Literal["lane_live.v1"] = "lane_live.v1"
    state: str = Field(pattern=r"^[a-z_]{1,32}$")
    weight_kg: Kg | None
    """None while the scale is silent."""
    stable: bool
    display: dict[Literal["zh", "en"], str]
    beams_clear: bool | None
    stop_id: UUID | None
    state_for_s: float = Field(ge=0)
    at: AwareDatetime


class DeviceHealth(_Form):
    ok: bool
    age_s: float | None = Field(default=None, ge=0)
    """Seconds since its last good answer; None if there never was one."""
    detail: str = Field(default="", max_length=200)


class LaneState(_Form):
    """Topic `state`, retained; `online=False` alone is the last will."""

    kind: Literal["lane_state.v1"] = "lane_state.v1"
    online: bool
    version: str = ""
    devices: dict[str, DeviceHealth] = {}
    clock: ClockQuality = ClockQuality.UNSET
    epoch: str = ""
    seq: int = 0
    outbox_depth: int = 0
    at: AwareDatetime | None = None


# --- Topics -------------------------------------------------------------------------------------

TopicName = Literal["event", "receipt", "command", "command-result", "live", "state", "orders"]


def topic(yard: str, lane: str, name: TopicName) -> str:
    """Return `taigan/v1/<yard>/<lane>/<name>`; yard and lane may be `+` to subscribe to all."""
    return f"taigan/v1/{yard}/{lane}/{name}"


def device_topic(yard: str, lane: str, device: str) -> str:
    """Return the topic on which a device that speaks MQTT itself publishes its raw bytes."""
    return f"taigan/v1/{yard}/{lane}/device/{device}"
