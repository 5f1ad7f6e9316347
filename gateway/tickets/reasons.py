"""Every reason to refuse or hold a truck. Its words are in gateway.texts."""

from enum import StrEnum
from typing import Final


class Reason(StrEnum):
    CARD_UNKNOWN = "card_unknown"
    CARD_BLOCKED = "card_blocked"
    VEHICLE_BLOCKED = "vehicle_blocked"
    DRIVER_BLOCKED = "driver_blocked"
    ALREADY_ON_ANOTHER_LANE = "already_on_another_lane"
    NO_ORDER = "no_order"
    ORDER_AMBIGUOUS = "order_ambiguous"
    ORDER_COMPLETE = "order_complete"
    WRONG_YARD = "wrong_yard"
    CONTRACT_SUSPENDED = "contract_suspended"
    CONTRACT_NOT_YET_VALID = "contract_not_yet_valid"
    CONTRACT_EXPIRED = "contract_expired"
    PLATE_MISSING = "plate_missing"
    PLATE_UNREAD = "plate_unread"
    PLATE_MISMATCH = "plate_mismatch"
    HELD_BY_DISPATCHER = "held_by_dispatcher"
    """A person said no, and the lane did not hear it in time."""
    SCALE_RANGE = "scale_range"
    WEIGHT_NOT_MULTIPLE_OF_E = "weight_not_multiple_of_e"
    OVERWEIGHT = "overweight"
    TARE_IMPLAUSIBLE = "tare_implausible"
    NET_NOT_POSITIVE = "net_not_positive"
    NET_BELOW_MINIMUM = "net_below_minimum"


OVERRIDABLE: Final = frozenset(
    {
        Reason.CARD_BLOCKED,
        Reason.VEHICLE_BLOCKED,
        Reason.DRIVER_BLOCKED,
        Reason.ALREADY_ON_ANOTHER_LANE,
        Reason.CONTRACT_SUSPENDED,
        Reason.CONTRACT_NOT_YET_VALID,
        Reason.CONTRACT_EXPIRED,
        Reason.PLATE_MISSING,
        Reason.PLATE_UNREAD,
        Reason.PLATE_MISMATCH,
        Reason.HELD_BY_DISPATCHER,
        Reason.OVERWEIGHT,
        Reason.TARE_IMPLAUSIBLE,
        Reason.NET_BELOW_MINIMUM,
    }
)
"""What a dispatcher may overrule and the ticket still be made. With any other reason there is no
order to weigh for or no weight to trust: the barrier may be opened, but nothing is settled."""
