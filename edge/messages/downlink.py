"""Receipts, commands and offline orders: gateway → lane, sealed by the gateway."""

from enum import StrEnum
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, TypeAdapter

from edge.language import Language
from edge.messages.form import Form, Name
from edge.messages.plates import PlatePolicy


class Verdict(StrEnum):
    """What became of a record. A repeated record gets the same verdict again."""

    ACCEPTED = "accepted"
    PARKED = "parked"
    """Stored, but an earlier number is missing: its effect waits for the gap to close."""
    REFUSED = "refused"
    """Stored and genuine, but without effect (it breaks a rule); an alarm was raised."""
    FORK = "fork"
    """Another record already has this number: this journal was copied. Nothing was stored."""


class Receipt(Form):
    """Topic `receipt`, after the gateway's commit: only this empties a lane's outbox."""

    kind: Literal["receipt.v1"] = "receipt.v1"
    entries: tuple[tuple[str, int, Verdict], ...]
    """(epoch, seq, verdict)."""


class SendAgain(Form):
    """Topic `receipt`: the gateway has lost records that it receipted, by a restored backup.

    The lane sends this record and all after it once more, from its journal. Repeated until it does.
    """

    kind: Literal["send_again.v1"] = "send_again.v1"
    epoch: str
    seq: int = Field(ge=1)
    """The first number that the gateway lacks."""


class Action(StrEnum):
    ADMIT = "admit"
    """Open the entry barrier: answer to TruckArrived."""
    RELEASE = "release"
    """Open the exit barrier: answer to WeighingCompleted."""
    REFUSE = "refuse"
    """Turn the truck away; from the deck it leaves backwards through the entry barrier."""
    HOLD = "hold"
    """Keep both barriers shut until a dispatcher decides."""


class Command(Form):
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
    say: dict[Language, str]
    """One short line for the lane's display, in both languages."""
    issued_at: AwareDatetime
    expires_at: AwareDatetime


class OfflineOrder(Form):
    """One truck that may be served while the gateway is out of reach."""

    tag: str = Field(pattern=r"^[0-9A-F]{4,64}$")
    plate: str = Field(max_length=16)
    order_no: str = Field(max_length=32)
    gross_max_kg: int = Field(gt=0)
    """Above this the truck is held, not released."""


class OfflineOrders(Form):
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


Downlink = Annotated[Receipt | SendAgain | Command | OfflineOrders, Field(discriminator="kind")]
DOWNLINK: Final[TypeAdapter[Downlink]] = TypeAdapter(Downlink)
"""Reads a message to a lane by its `kind`. What it returns is always the newest version."""
