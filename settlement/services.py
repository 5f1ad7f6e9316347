"""What every request and worker needs, built once from the settings."""

from dataclasses import dataclass

from sqlalchemy import Connection

from settlement.config import Settings
from settlement.db import Database
from settlement.metrics import Metrics
from settlement.notices.service import Channels
from settlement.payouts.money_transaction import MoneyTransaction, Policy
from settlement.payouts.states import Patience
from settlement.wake_ups import WakeUps


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    settings: Settings
    database: Database
    policy: Policy
    metrics: Metrics
    wake_ups: WakeUps

    def transaction(self, connection: Connection) -> MoneyTransaction:
        """Wrap a connection for the money path, at the database's time."""
        return MoneyTransaction(connection, self.database.now_ms(connection), self.policy)


def open_services(settings: Settings) -> Services:
    """Connect to the database; nothing is migrated or started."""
    return Services(
        settings=settings,
        database=Database(settings.database.url),
        policy=policy_of(settings),
        metrics=Metrics(),
        wake_ups=WakeUps(),
    )


def policy_of(settings: Settings) -> Policy:
    """Translate settings into the rules of the money path."""
    bank, limits = settings.bank, settings.limits
    return Policy(
        lease_ms=_ms(bank.lease_s),
        patience=Patience(
            quarantine_ms=_ms(bank.quarantine_s), window_ms=_ms(bank.idempotency_window_s)
        ),
        lane_keys=settings.guard.public_keys(),
        channels=Channels(
            webhook=settings.gateway is not None,
            sms_language=None if settings.sms is None else settings.sms.language,
        ),
        payout_minor_max=limits.payout_minor_max,
        day_minor_max=limits.day_minor_max,
        day_offset_ms=limits.day_utc_offset_minutes * 60_000,
    )


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
