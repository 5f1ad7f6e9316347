"""What replaces a signature: limits on money that leaves without a person.

One payout, a payee's day, the rail's day, the count of an hour. Beside them a breaker: more payouts
within ten minutes than that pause the rail, and a person must look. No limit is ever none.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, bindparam, update

from settlement.messages import Payee
from settlement.tables import spent
from taigan.sql import insert_if_absent

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
BURST_MS: Final = 600_000
_ANY: Final = 2**31 - 1
_ANY_MINOR: Final = 2**62

_OPEN: Final = insert_if_absent(spent)
_SPEND: Final = (
    update(spent)
    .where(
        spent.c.rail == bindparam("of_rail"),
        spent.c.subject == bindparam("of_subject"),
        spent.c.period == bindparam("of_period"),
        spent.c.payouts < bindparam("most"),
        spent.c.amount_minor <= bindparam("room"),
    )
    .values(payouts=spent.c.payouts + 1, amount_minor=spent.c.amount_minor + bindparam("amount"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The section `limits`; money in fen."""

    payout_minor_max: int
    day_minor_max: int
    payee_day_minor_max: int
    hour_payouts_max: int
    burst_payouts_max: int
    """Within ten minutes; one more pauses the rail."""
    day_offset_ms: int
    """The business day's distance from UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """How much may leave within one period."""

    setting: str
    subject: str = ""
    period: str
    until_ms: int
    """When the next period begins."""
    payouts_max: int = _ANY
    minor_max: int = _ANY_MINOR
    is_breaker: bool = False

    def __str__(self) -> str:
        most = self.payouts_max if self.minor_max == _ANY_MINOR else f"{self.minor_max} fen"
        return f"limits.{self.setting}: {most} for {self.period.partition('@')[0]} are used up"


def allowances(limits: Limits, payee: Payee, running_since_ms: int, now_ms: int) -> list[Allowance]:
    """Return what bounds a payout now, in the order in which all payouts count it.

    A breaker that a person has closed again, by letting the rail run, counts from then on.
    """
    local_ms = now_ms + limits.day_offset_ms
    day = _text(local_ms, "%Y-%m-%d")
    next_day_ms = (local_ms // DAY_MS + 1) * DAY_MS - limits.day_offset_ms
    return [
        Allowance(
            setting="day_minor_max",
            period=day,
            until_ms=next_day_ms,
            minor_max=limits.day_minor_max,
        ),
        Allowance(
            setting="payee_day_minor_max",
            subject=_subject(payee),
            period=day,
            until_ms=next_day_ms,
            minor_max=limits.payee_day_minor_max,
        ),
        Allowance(
            setting="hour_payouts_max",
            period=_text(local_ms, "%Y-%m-%dT%H"),
            until_ms=(now_ms // HOUR_MS + 1) * HOUR_MS,
            payouts_max=limits.hour_payouts_max,
        ),
        Allowance(
            setting="burst_payouts_max",
            period=f"{_text(now_ms // BURST_MS * BURST_MS, '%Y-%m-%dT%H:%MZ')}@{running_since_ms}",
            until_ms=(now_ms // BURST_MS + 1) * BURST_MS,
            payouts_max=limits.burst_payouts_max,
            is_breaker=True,
        ),
    ]


def spend(
    connection: Connection, rail: str, bounds: Iterable[Allowance], amount_minor: int
) -> Allowance | None:
    """Count a payout that is about to leave in every period; return the first that has no room.

    Then nothing is counted. One conditional UPDATE each, so that two workers cannot both take the
    last of it.
    """
    with connection.begin_nested() as counted:
        for bound in bounds:
            if not _count(connection, rail, bound, amount_minor):
                counted.rollback()
                return bound
    return None


def _count(connection: Connection, rail: str, bound: Allowance, amount_minor: int) -> bool:
    key = {"rail": rail, "subject": bound.subject, "period": bound.period}
    connection.execute(_OPEN, key | {"payouts": 0, "amount_minor": 0})
    row = {f"of_{name}": value for name, value in key.items()} | {
        "most": bound.payouts_max,
        "room": bound.minor_max - amount_minor,
        "amount": amount_minor,
    }
    return connection.execute(_SPEND, row).rowcount == 1


def is_counted(sent_ms: int | None, limits: Limits, now_ms: int) -> bool:
    """Return whether a payout that was sent last at `sent_ms` counts as sent today."""
    if sent_ms is None:
        return False
    offset_ms = limits.day_offset_ms
    return (sent_ms + offset_ms) // DAY_MS == (now_ms + offset_ms) // DAY_MS


def _subject(payee: Payee) -> str:
    """Return what stands for an account: several drivers with one account are one payee."""
    return hashlib.sha256(f"{payee.bank_code} {payee.account}".encode()).hexdigest()[:32]


def _text(ms: int, form: str) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime(form)
