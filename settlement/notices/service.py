"""The outbox: a notice is a row in the commit that made it true.

Money never depends on delivery. Delivery is at least once, under an id that never changes.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid5

from sqlalchemy import Connection, bindparam, func, select, update

from settlement.messages import SettlementState, SettlementUpdated
from settlement.notices.texts import Language, driver_text, occasion
from settlement.tables import notices
from taigan.sql import insert_if_absent

WEBHOOK: Final = "webhook"
SMS: Final = "sms"

_NAMESPACE: Final = UUID("b7a1f6de-38c7-5c0f-8a0d-f5a0c7a1e903")
_RETRY_DELAYS_MS: Final = (1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000)
_GIVE_UP_AFTER_MS: Final = 3 * 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Channels:
    """Who gets notices: the gateway, if there is one; the driver, if there is a phone provider."""

    webhook: bool
    sms_language: Language | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Where the driver is reached and what his message names."""

    phone: str
    plate: str
    receipt_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message on its way out."""

    id: UUID
    recipient: str
    body: str
    tries: int
    created_ms: int


class _Message(NamedTuple):
    channel: str
    key: str
    """What makes the message's id: one occasion makes one message."""
    to: str
    body: str


_ADD: Final = insert_if_absent(notices)
_DUE: Final = (
    select(notices)
    .where(notices.c.channel == bindparam("channel"), notices.c.due_ms <= bindparam("now"))
    .order_by(notices.c.due_ms, notices.c.revision)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_EARLIEST: Final = select(func.min(notices.c.due_ms)).where(
    notices.c.channel == bindparam("channel")
)
_LEASE: Final = (
    update(notices)
    .where(notices.c.id == bindparam("notice"))
    .values(due_ms=bindparam("until"), tries=notices.c.tries + 1)
)
_DONE: Final = (
    update(notices)
    .where(notices.c.id == bindparam("notice"))
    .values(due_ms=None, delivered_ms=bindparam("now"), last_error=None)
)
_RETRY: Final = (
    update(notices)
    .where(notices.c.id == bindparam("notice"), notices.c.delivered_ms.is_(None))
    .values(due_ms=bindparam("due"), last_error=bindparam("error"))
)


def queue_notices(
    connection: Connection,
    channels: Channels,
    state: SettlementState,
    contact: Contact,
    now_ms: int,
) -> None:
    """Write the rows for a changed settlement, in the transaction that changed it."""
    rows = []
    if channels.webhook:
        rows.append(_webhook(state, now_ms))
    found = occasion(state)
    if channels.sms_language is not None and found is not None:
        text = driver_text(
            state, found, channels.sms_language, plate=contact.plate, url=contact.receipt_url
        )
        message = _Message(SMS, f"{state.payout.provider_no}:{found}", contact.phone, text)
        rows.append(_row(state, message, now_ms))
    if rows:
        connection.execute(_ADD, rows)


def _webhook(state: SettlementState, now_ms: int) -> dict[str, Any]:
    timestamp = datetime.fromtimestamp(now_ms / 1000, UTC)
    body = SettlementUpdated(timestamp=timestamp, data=state).model_dump_json()
    message = _Message(WEBHOOK, f"{state.settlement_id}:{state.revision}", "gateway", body)
    return _row(state, message, now_ms)


def _row(state: SettlementState, message: _Message, now_ms: int) -> dict[str, Any]:
    return {
        "id": uuid5(_NAMESPACE, f"{message.channel}:{message.key}"),
        "channel": message.channel,
        "settlement_id": state.settlement_id,
        "revision": state.revision,
        "recipient": message.to,
        "body": message.body,
        "tries": 0,
        "due_ms": now_ms,
        "created_ms": now_ms,
    }


def has_due(connection: Connection, channel: str, now_ms: int) -> bool:
    """Return whether anything waits, without taking a write lock."""
    earliest = connection.execute(_EARLIEST, {"channel": channel}).scalar()
    return earliest is not None and earliest <= now_ms


def take_due(
    connection: Connection, channel: str, now_ms: int, lease_ms: int, most: int
) -> tuple[Notice, ...]:
    """Lease the messages that are due; an unfinished lease runs out and they are due again."""
    found = connection.execute(_DUE, {"channel": channel, "now": now_ms, "most": most}).all()
    if found:
        leases = [{"notice": row.id, "until": now_ms + lease_ms} for row in found]
        connection.execute(_LEASE, leases)
    return tuple(
        Notice(
            id=row.id,
            recipient=row.recipient,
            body=row.body,
            tries=row.tries + 1,
            created_ms=row.created_ms,
        )
        for row in found
    )


def record_delivery(connection: Connection, notice: Notice, error: str | None, now_ms: int) -> bool:
    """Note a delivery or plan the next try; return False when it is given up after three days."""
    if error is None:
        connection.execute(_DONE, {"notice": notice.id, "now": now_ms})
        return True
    given_up = now_ms - notice.created_ms > _GIVE_UP_AFTER_MS
    due_ms = None if given_up else now_ms + retry_delay_ms(notice.tries)
    connection.execute(_RETRY, {"notice": notice.id, "due": due_ms, "error": error[:200]})
    return not given_up


def retry_delay_ms(tries: int) -> int:
    """Return the pause after the given number of failed tries; it grows to one hour."""
    return _RETRY_DELAYS_MS[min(tries, len(_RETRY_DELAYS_MS)) - 1]
