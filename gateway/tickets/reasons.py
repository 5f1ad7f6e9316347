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
    ORDER_COMPLETE = "order_complete"
    WRONG_YARD = "wrong_yard"
    CONTRACT_SUSPENDED = "contract_suspended"
    CONTRACT_NOT_YET_VALID = "contract_not_yet_valid"
    CONTRACT_EXPIRED = "contract_expired"
    PLATE_MISSING = "plate_missing"
    PLATE_UNREAD = "plate_unread"
    PLATE_MISMATCH = "plate_mismatch"
    FOREIGN_CARD = "foreign_card"
    """Another truck's card was shown while this one waited to drive on."""
    HELD_BY_DISPATCHER = "held_by_dispatcher"
    """A person said no, and the lane did not hear it in time."""
    SCALE_RANGE = "scale_range"
    WEIGHT_NOT_MULTIPLE_OF_E = "weight_not_multiple_of_e"
    OVERWEIGHT = "overweight"
    TARE_IMPLAUSIBLE = "tare_implausible"
    NET_NOT_POSITIVE = "net_not_positive"
    NET_BELOW_MINIMUM = "net_below_minimum"
    LOAD_WRONG_WAY = "load_wrong_way"
    """It got lighter where it loads, or heavier where it unloads: a weighing is not what it is
    taken for."""
    SUPERSEDED = "superseded"
    """It was weighed again without a change of load; the other weighing counts."""
    SET_ASIDE = "set_aside"
    """A person has decided that it belongs to no trip."""
    AFTER_SETTLEMENT = "after_settlement"
    """It was told after a trip was settled that lies behind it."""
    AWAITING_RECORDS = "awaiting_records"
    """Records that may explain it are on their way."""


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
        Reason.FOREIGN_CARD,
        Reason.HELD_BY_DISPATCHER,
        Reason.OVERWEIGHT,
        Reason.TARE_IMPLAUSIBLE,
        Reason.NET_BELOW_MINIMUM,
        Reason.AFTER_SETTLEMENT,
    }
)
"""What a dispatcher may overrule and the ticket still be made. With any other reason there is no
order to weigh for or no weight to trust: the barrier may be opened, but nothing is settled."""

BY_TRIPS: Final = frozenset(
    {
        Reason.WRONG_YARD,
        Reason.NO_ORDER,
        Reason.ORDER_COMPLETE,
        Reason.TARE_IMPLAUSIBLE,
        Reason.NET_NOT_POSITIVE,
        Reason.NET_BELOW_MINIMUM,
        Reason.LOAD_WRONG_WAY,
    }
)
"""What follows from the weighings that are known: others may lift it, however late they come."""

AFTER_LEAVING: Final = frozenset(
    {
        Reason.SUPERSEDED,
        Reason.SET_ASIDE,
        Reason.AFTER_SETTLEMENT,
        Reason.AWAITING_RECORDS,
    }
)
"""What is said of a weight whose truck has left: no lane ever says it."""

NO_ALARM: Final = frozenset({Reason.SUPERSEDED, Reason.SET_ASIDE})
"""Why a weight is in no ticket, and nobody need do anything about it."""
