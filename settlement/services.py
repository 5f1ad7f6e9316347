"""What every request and worker needs, built once from the settings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection

from settlement.config import Settings
from settlement.facts import SOURCE
from settlement.forgotten import ForgottenTickets
from settlement.guard.check import LaneKeys
from settlement.guard.lane_list import LaneList
from settlement.metrics import Metrics
from settlement.notices.service import Channels
from settlement.payouts.limits import Limits
from settlement.payouts.money_transaction import LimitsInForce, MoneyTransaction, Policy
from settlement.payouts.rails import DEFAULT_RAIL, RAILS
from settlement.payouts.rails.rail import RailNotSetUp, RailSetup
from settlement.wake_ups import WakeUps
from taigan.engine import count_errors
from taigan.heads.keeper import Keeper
from taigan.transactions import Database

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    settings: Settings
    database: Database
    rails: Mapping[str, RailSetup]
    """By name: the rails that the settings set up."""
    policy: Policy
    lanes: LaneList
    """Those that the guard believes; `policy` has the same list."""
    metrics: Metrics
    wake_ups: WakeUps
    forgotten: ForgottenTickets
    keeper: Keeper
    """Of the list of facts, and of the heads over it."""

    def run(self, work: Callable[[MoneyTransaction], Result]) -> Result:
        """Run `work` in one transaction on the money path; see `Database.run`."""

        def at_the_databases_time(connection: Connection) -> Result:
            now_ms = self.database.now_ms(connection)
            return work(MoneyTransaction(connection, now_ms, self.policy))

        return self.database.run(at_the_databases_time)


def open_services(settings: Settings) -> Services:
    """Read the rails and connect to the database; nothing is migrated or started."""
    rails = set_up_rails(settings)
    database, metrics = Database(settings.database.url), Metrics()
    count_errors(database.engine, metrics.count_database_error)
    lanes = LaneList(settings.guard.public_keys())
    return Services(
        settings=settings,
        database=database,
        rails=rails,
        policy=policy_of(settings, rails, lanes),
        lanes=lanes,
        metrics=metrics,
        wake_ups=WakeUps(),
        forgotten=ForgottenTickets(),
        keeper=Keeper(SOURCE, database.run, settings.heads, database.now_ms),
    )


def set_up_rails(settings: Settings) -> dict[str, RailSetup]:
    """Return the rails whose section is in the settings, by name.

    Raises RailNotSetUp if the one that takes new payouts is not among them.
    """
    read = {name: rail.set_up(settings) for name, rail in RAILS.items()}
    rails = {name: setup for name, setup in read.items() if setup is not None}
    if DEFAULT_RAIL not in rails:
        raise RailNotSetUp(f"new payouts go by the rail {DEFAULT_RAIL}: its section is missing")
    return rails


def policy_of(settings: Settings, rails: Mapping[str, RailSetup], lanes: LaneKeys) -> Policy:
    """Translate settings into the rules of the money path."""
    return Policy(
        rails={name: setup.policy for name, setup in rails.items()},
        default_rail=DEFAULT_RAIL,
        lane_keys=lanes,
        channels=Channels(
            webhook=settings.gateway is not None,
            sms_language=None if settings.sms is None else settings.sms.language,
        ),
        limits=LimitsInForce(limits_of(settings)),
        approvals=settings.approvals.in_force(),
    )


def limits_of(settings: Settings) -> Limits:
    """Translate the section `limits`."""
    limits = settings.limits
    return Limits(
        payout_minor_max=limits.payout_minor_max,
        day_minor_max=limits.day_minor_max,
        payee_day_minor_max=limits.payee_day_minor_max,
        hour_payouts_max=limits.hour_payouts_max,
        burst_payouts_max=limits.burst_payouts_max,
        day_offset_ms=limits.day_utc_offset_minutes * 60_000,
    )
