"""The outbox: a notice is a row in the commit that made it true.

Money never depends on delivery. Delivery is at least once, under an id that never changes.
The driver gets a message for each occasion. The gateway has one row for each settlement, which
holds the newest state that is news: what it has not been told yet is overtaken, not queued.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid5

from sqlalchemy import Connection, Row, bindparam, select, update
from sqlalchemy.dialects.postgresql import Insert, insert

from settlement.messages import PayoutState, SettlementState, SettlementUpdated
from settlement.notices.texts import Language, driver_text, occasion
from settlement.tables import notices
from taigan.sql import insert_if_absent

WEBHOOK: Final = "webhook"
SMS: Final = "sms"

_NAMESPACE: Final = UUID("b7a1f6de-38c7-5c0f-8a0d-f5a0c7a1e903")
_RETRY_DELAYS_MS: Final = (1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000)
_GIVE_UP_AFTER_MS: Final = 3 * 86_400_000
_FIRST_REVISION: Final = 1
"""The state that the PUT was answered with; a repeated PUT is answered with the newest."""


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

    row_id: UUID
    id: UUID
    """Of the message: every delivery of the same news has it, other news never."""
    revision: int
    recipient: str
    body: str
    tries: int
    created_ms: int


class _Message(NamedTuple):
    channel: str
    key: str
    """What makes the row's id."""
    to: str
    body: str


_ADD: Final = insert_if_absent(notices)


def _newest() -> Insert:
    """Return the INSERT that overtakes what waits with an older revision, or was delivered."""
    given = insert(notices)
    renewed = ("revision", "body", "tries", "due_ms", "created_ms", "delivered_ms", "last_error")
    return given.on_conflict_do_update(
        index_elements=[notices.c.id],
        set_={name: given.excluded[name] for name in renewed},
        where=notices.c.revision < given.excluded.revision,
    )


_RENEW: Final = _newest()
_DUE: Final = (
    select(notices)
    .where(notices.c.channel == bindparam("channel"), notices.c.due_ms <= bindparam("now"))
    .order_by(notices.c.due_ms, notices.c.revision)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_EARLIEST: Final = (
    select(notices.c.due_ms)
    .where(notices.c.channel == bindparam("channel"), notices.c.due_ms.is_not(None))
    .order_by(notices.c.due_ms)
    .limit(1)
)
_LEASE: Final = (
    update(notices)
    .where(notices.c.id == bindparam("notice"))
    .values(due_ms=bindparam("until"), tries=notices.c.tries + 1)
)
_SENT: Final = (notices.c.id == bindparam("notice"), notices.c.revision == bindparam("sent"))
"""Newer news may have come into the row while the older was under way: that one stays due."""
_DONE: Final = (
    update(notices)
    .where(*_SENT)
    .values(due_ms=None, delivered_ms=bindparam("now"), last_error=None)
)
_RETRY: Final = (
    update(notices)
    .where(*_SENT, notices.c.delivered_ms.is_(None))
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
    if channels.webhook and _is_news(state):
        connection.execute(_RENEW, _webhook(state, now_ms))
    found = occasion(state)
    if channels.sms_language is not None and found is not None:
        text = driver_text(
            state, found, channels.sms_language, plate=contact.plate, url=contact.receipt_url
        )
        message = _Message(SMS, f"{state.payout.provider_no}:{found}", contact.phone, text)
        connection.execute(_ADD, _row(state, message, now_ms))


def queue_for_payee(connection: Connection, key: str, phone: str, text: str, now_ms: int) -> None:
    """Write a message about a payee's account, once for its key."""
    row = {
        "id": _id(SMS, f"payee:{key}"),
        "channel": SMS,
        "settlement_id": None,
        "revision": _FIRST_REVISION,
        "recipient": phone,
        "body": text,
        "tries": 0,
        "due_ms": now_ms,
        "created_ms": now_ms,
        "delivered_ms": None,
        "last_error": None,
    }
    connection.execute(_ADD, row)


def _is_news(state: SettlementState) -> bool:
    """Return whether the gateway would learn something that it acts on or shows.

    `sending` is over in the time of one call of the bank, and what follows is told.
    """
    return state.revision > _FIRST_REVISION and state.payout.state is not PayoutState.SENDING


def _webhook(state: SettlementState, now_ms: int) -> dict[str, Any]:
    timestamp = datetime.fromtimestamp(now_ms / 1000, UTC)
    body = SettlementUpdated(timestamp=timestamp, data=state).model_dump_json()
    message = _Message(WEBHOOK, str(state.settlement_id), "gateway", body)
    return _row(state, message, now_ms)


def _row(state: SettlementState, message: _Message, now_ms: int) -> dict[str, Any]:
    return {
        "id": _id(message.channel, message.key),
        "channel": message.channel,
        "settlement_id": state.settlement_id,
        "revision": state.revision,
        "recipient": message.to,
        "body": message.body,
        "tries": 0,
        "due_ms": now_ms,
        "created_ms": now_ms,
        "delivered_ms": None,
        "last_error": None,
    }


def _id(channel: str, key: str) -> UUID:
    return uuid5(_NAMESPACE, f"{channel}:{key}")


def earliest_due_ms(connection: Connection, channel: str) -> int | None:
    """Return when the channel's next message is due, without taking a write lock."""
    return connection.execute(_EARLIEST, {"channel": channel}).scalar()


def take_due(
    connection: Connection, channel: str, now_ms: int, lease_ms: int, most: int
) -> tuple[Notice, ...]:
    """Lease the messages that are due; an unfinished lease runs out and they are due again."""
    found = connection.execute(_DUE, {"channel": channel, "now": now_ms, "most": most}).all()
    if found:
        leases = [{"notice": row.id, "until": now_ms + lease_ms} for row in found]
        connection.execute(_LEASE, leases)
    return tuple(_notice(row) for row in found)


def _notice(row: Row[*tuple[Any, ...]]) -> Notice:
    news = _id(WEBHOOK, f"{row.settlement_id}:{row.revision}")
    return Notice(
        row_id=row.id,
        id=news if row.channel == WEBHOOK else row.id,
        revision=row.revision,
        recipient=row.recipient,
        body=row.body,
        tries=row.tries + 1,
        created_ms=row.created_ms,
    )


def record_delivery(connection: Connection, notice: Notice, error: str | None, now_ms: int) -> bool:
    """Note a delivery or plan the next try; return False when it is given up after three days."""
    which = {"notice": notice.row_id, "sent": notice.revision}
    if error is None:
        connection.execute(_DONE, which | {"now": now_ms})
        return True
    given_up = now_ms - notice.created_ms > _GIVE_UP_AFTER_MS
    due_ms = None if given_up else now_ms + retry_delay_ms(notice.tries)
    connection.execute(_RETRY, which | {"due": due_ms, "error": error[:200]})
    return not given_up


def retry_delay_ms(tries: int) -> int:
    """Return the pause after the given number of failed tries; it grows to one hour."""
    return _RETRY_DELAYS_MS[min(tries, len(_RETRY_DELAYS_MS)) - 1]
