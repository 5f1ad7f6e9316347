"""The lane's front door: everything it says over MQTT and everything it obeys.

Nothing here does I/O. The gateway imports this module and nothing else of the edge.

A *sealed* message carries its body as the exact text that was signed, so nobody has to agree on a
canonical form of JSON: parse only what has been verified. Lanes seal their records, the gateway
seals its receipts, commands and order lists; the broker between them is trusted with nothing.

A published form never changes. A new need is a new `kind` with the next version.
"""

from edge.messages.downlink import (
    DOWNLINK,
    Action,
    Command,
    Downlink,
    OfflineOrder,
    OfflineOrders,
    Receipt,
    SendAgain,
    Verdict,
)
from edge.messages.form import (
    KG_MAX,
    Kg,
    Milliseconds,
    Name,
    Sha256,
)
from edge.messages.plates import (
    Plate,
    PlatePolicy,
    PlateRead,
    plate_doubt,
)
from edge.messages.records import (
    GENESIS_HASH,
    RECORD,
    ClockQuality,
    LaneFault,
    Picture,
    Record,
    TruckArrived,
    TruckLeft,
    TruckRefused,
    TruckReleased,
    WeighingCompleted,
    WeighingCompletedV1,
    WeighingVoided,
)
from edge.messages.sealing import (
    MESSAGE_BYTES_MAX,
    Forged,
    Sealed,
    key_id,
    sha256_hex,
)
from edge.messages.seen import (
    SEEN_MAX,
    SeenCard,
    SeenPlate,
)
from edge.messages.status import (
    CommandResult,
    DeviceHealth,
    LaneLive,
    LaneState,
)
from edge.messages.topics import (
    TopicName,
    device_topic,
    topic,
)

__all__ = [
    "DOWNLINK",
    "GENESIS_HASH",
    "KG_MAX",
    "MESSAGE_BYTES_MAX",
    "RECORD",
    "SEEN_MAX",
    "Action",
    "ClockQuality",
    "Command",
    "CommandResult",
    "DeviceHealth",
    "Downlink",
    "Forged",
    "Kg",
    "LaneFault",
    "LaneLive",
    "LaneState",
    "Milliseconds",
    "Name",
    "OfflineOrder",
    "OfflineOrders",
    "Picture",
    "Plate",
    "PlatePolicy",
    "PlateRead",
    "Receipt",
    "Record",
    "Sealed",
    "SeenCard",
    "SeenPlate",
    "SendAgain",
    "Sha256",
    "TopicName",
    "TruckArrived",
    "TruckLeft",
    "TruckRefused",
    "TruckReleased",
    "Verdict",
    "WeighingCompleted",
    "WeighingCompletedV1",
    "WeighingVoided",
    "device_topic",
    "key_id",
    "plate_doubt",
    "sha256_hex",
    "topic",
]
