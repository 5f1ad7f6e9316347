"""Raw facts from the world, as the I/O threads put them in the runner's queue."""

from dataclasses import dataclass
from datetime import datetime

from edge.devices.cameras.plate import PlateSeen
from edge.devices.readings import BadFrame, Reading, WrongLine
from edge.lane.effects import Close, Open
from edge.messages import ClockQuality, Command, OfflineOrders, Receipt, SendAgain


@dataclass(frozen=True, slots=True)
class Instant:
    """One moment by all clocks: durations use `mono_ms` only; `utc` is for people and expiry."""

    mono_ms: int
    utc: datetime
    clock: ClockQuality


@dataclass(frozen=True, slots=True)
class ScaleRead:
    found: Reading | BadFrame | WrongLine
    mono_ms: int


@dataclass(frozen=True, slots=True)
class CardRead:
    reader: str
    tag: str
    mono_ms: int
    rssi_dbm: int | None = None


@dataclass(frozen=True, slots=True)
class CardUnreadable:
    """A reader sent what is no card."""

    reader: str
    reason: str
    mono_ms: int


@dataclass(frozen=True, slots=True)
class PlateSighted:
    """What a camera said; its pictures are on disk already, under their SHA-256."""

    camera: str
    seen: PlateSeen
    pictures: tuple[str, ...]
    mono_ms: int


@dataclass(frozen=True, slots=True)
class PortChanged:
    """A port was opened or lost; for a silent device the only sign of life."""

    device: str
    is_open: bool
    detail: str
    mono_ms: int


@dataclass(frozen=True, slots=True)
class InputsRead:
    """Photocells and limit switches, debounced.

    A limit is None where none is wired, and until it has been steady after the board was lost.
    """

    entry_clear: bool
    exit_clear: bool
    entry_open: bool | None
    exit_open: bool | None
    mono_ms: int


@dataclass(frozen=True, slots=True)
class InputsLost:
    """The photocells cannot be read: neither end counts as clear."""

    detail: str
    mono_ms: int


@dataclass(frozen=True, slots=True)
class BarrierTold:
    """The pulse left the box and the output module took it."""

    order: Open | Close
    mono_ms: int


@dataclass(frozen=True, slots=True)
class BarrierRefused:
    """The output module does not know the command for a pulse: no order moves this barrier."""

    order: Open | Close
    detail: str
    mono_ms: int


@dataclass(frozen=True, slots=True)
class CommandReceived:
    command: Command
    mono_ms: int


@dataclass(frozen=True, slots=True)
class OrdersReceived:
    """A verified order list, with the sealed text to keep for the next start."""

    orders: OfflineOrders
    sealed: str
    mono_ms: int


@dataclass(frozen=True, slots=True)
class ReceiptReceived:
    receipt: Receipt
    mono_ms: int


@dataclass(frozen=True, slots=True)
class SendAgainReceived:
    message: SendAgain
    mono_ms: int


@dataclass(frozen=True, slots=True)
class LinkChanged:
    connected: bool
    mono_ms: int


DeviceSignal = (
    ScaleRead
    | CardRead
    | CardUnreadable
    | PlateSighted
    | PortChanged
    | InputsRead
    | InputsLost
    | BarrierTold
    | BarrierRefused
)
GatewaySignal = CommandReceived | OrdersReceived | ReceiptReceived | SendAgainReceived | LinkChanged
Signal = DeviceSignal | GatewaySignal
