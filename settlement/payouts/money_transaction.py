"""One transaction on the money path: its connection, its time, the rules that hold in it."""

from dataclasses import dataclass

from sqlalchemy import Connection

from settlement.guard.check import LaneKeys
from settlement.notices.service import Channels
from settlement.payouts.states import Patience


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The settings that payouts obey. Durations in milliseconds, money in fen."""

    lease_ms: int
    patience: Patience
    lane_keys: LaneKeys
    channels: Channels
    payout_minor_max: int | None
    day_minor_max: int | None
    day_offset_ms: int
    """The business day's distance from UTC."""


@dataclass(frozen=True, slots=True)
class MoneyTransaction:
    connection: Connection
    now_ms: int
    policy: Policy
