"""One transaction on the money path: its connection, its time, the rules that hold in it."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from settlement.guard.check import LaneKeys
from settlement.notices.service import Channels
from settlement.payouts.limits import Limits
from settlement.payouts.states import RailPolicy
from taigan.approvals.rules import Rules


class LimitsInForce:
    """The limits as the settings were last read; replaced whole, never edited."""

    def __init__(self, limits: Limits) -> None:
        self.now = limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The settings that payouts obey. Durations in milliseconds, money in fen."""

    rails: Mapping[str, RailPolicy]
    """By name: the rails that are set up here."""
    default_rail: str
    """Takes new payouts and deposits."""
    lane_keys: LaneKeys
    channels: Channels
    limits: LimitsInForce
    approvals: Rules
    """How many people a proposal needs."""


@dataclass(frozen=True, slots=True)
class MoneyTransaction:
    """An open transaction; `now_ms` is the database's time, the same for all of it."""

    connection: Connection
    now_ms: int
    policy: Policy
