"""What lanes say unsealed, for screens and health; never used for money."""

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from edge.language import Language
from edge.messages.form import Form, Kg
from edge.messages.records import ClockQuality


class CommandResult(Form):
    """Topic `command-result`."""

    kind: Literal["command_result.v1"] = "command_result.v1"
    command_id: UUID
    outcome: Literal["done", "late", "out_of_turn"]
    at: AwareDatetime


class LaneLive(Form):
    """Topic `live`, QoS 0, at most twice a second."""

    kind: Literal["lane_live.v1"] = "lane_live.v1"
    state: str = Field(pattern=r"^[a-z_]{1,32}$")
    weight_kg: Kg | None
    """None while the scale is silent."""
    stable: bool
    display: dict[Language, str]
    beams_clear: bool | None
    stop_id: UUID | None
    state_for_s: float = Field(ge=0)
    at: AwareDatetime


class DeviceHealth(Form):
    ok: bool
    age_s: float | None = Field(default=None, ge=0)
    """Seconds since its last good answer; None if there never was one."""
    detail: str = Field(default="", max_length=200)


class LaneState(Form):
    """Topic `state`, retained; `online=False` alone is the last will."""

    kind: Literal["lane_state.v1"] = "lane_state.v1"
    online: bool
    version: str = ""
    devices: dict[str, DeviceHealth] = Field(default={})
    clock: ClockQuality = ClockQuality.UNSET
    epoch: str = ""
    seq: int = 0
    outbox_depth: int = 0
    gateway_key_id: str = Field(default="", pattern=r"^([0-9a-f]{16})?$")
    """The short name of the key that the lane believes to be the gateway's; empty: not said."""
    unopened: int = Field(default=0, ge=0)
    """Messages from the gateway, since the box started, that this key did not open."""
    at: AwareDatetime | None = None
