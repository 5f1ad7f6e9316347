"""Sends closed tickets to settlement until each is answered.

A row in the outbox is the promise; this loop only keeps it. Sending again is safe: the ticket's
id is the key and its bytes never change.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import httpx2
import structlog
from pydantic import ValidationError
from sqlalchemy import Engine, bindparam, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import InterfaceError, OperationalError

from gateway.config import Settlement
from gateway.outbox.tables import outbox
from gateway.records.hints import Hint
from settlement.messages import SettlementState
from taigan.loop import Loop

log = structlog.get_logger()

IDLE_S: Final = 5.0
"""Without being woken it looks this often: another replica may have died with its tickets."""
RETRY_S: Final = (1, 2, 5, 10, 30, 60)
ALARM_AFTER: Final = 10
"""After this many tries, six minutes, an alarm is raised; the tries go on."""
BATCH_MAX: Final = 50
TIMEOUTS: Final = httpx2.Timeout(10.0, connect=3.0)

_DUE: Final = (
    select(outbox.c.ticket_id, outbox.c.body, outbox.c.attempts)
    .where(outbox.c.done_ms.is_(None), outbox.c.due_ms <= bindparam("b_now_ms"))
    .order_by(outbox.c.due_ms)
    .limit(BATCH_MAX)
)
_NEXT_DUE: Final = (
    select(outbox.c.due_ms).where(outbox.c.done_ms.is_(None)).order_by(outbox.c.due_ms).limit(1)
)
_DONE: Final = (
    update(outbox)
    .where(outbox.c.ticket_id == bindparam("b_ticket_id"))
    .values(
        done_ms=bindparam("b_now_ms"),
        last_error=bindparam("b_error"),
        attempts=outbox.c.attempts + 1,
    )
)
_LATER: Final = (
    update(outbox)
    .where(outbox.c.ticket_id == bindparam("b_ticket_id"))
    .values(
        due_ms=bindparam("b_due_ms"),
        last_error=bindparam("b_error"),
        attempts=outbox.c.attempts + 1,
    )
)


@dataclass(frozen=True, slots=True)
class SettlementHandlers:
    """What happens to a ticket when settlement has answered; given by the program."""

    store: Callable[[Connection, SettlementState, int], tuple[Hint, ...]]
    refuse: Callable[[Connection, UUID, str, int], tuple[Hint, ...]]
    """Raises the alarm of a ticket that is refused, or not answered for a while."""


@dataclass(frozen=True, slots=True)
class Due:
    ticket_id: str
    body: str
    attempts: int


class Unanswered(Exception):
    """Settlement may have it or not: send it again later."""


class TicketRefused(Exception):
    """Settlement will never take this ticket as it is."""


def settlement_client(settings: Settlement) -> httpx2.Client:
    """Return a client that settlement lets in."""
    return httpx2.Client(
        base_url=settings.url,
        headers={
            "Authorization": f"Bearer {settings.token.get_secret_value()}",
            "Content-Type": "application/json",
        },
        timeout=TIMEOUTS,
    )


class Relay:
    """One loop; `wake` it after the commit that queued a ticket."""

    def __init__(
        self,
        engine: Engine,
        settings: Settlement,
        handlers: SettlementHandlers,
        publish: Callable[[str, dict[str, Any]], None],
        now_ms: Callable[[], int],
    ) -> None:
        self._engine = engine
        self._handlers = handlers
        self._publish = publish
        self._now_ms = now_ms
        self._client = settlement_client(settings)
        self.loop = Loop("outbox", self._round, IDLE_S, at_once=True, at_end=self._client.close)
        self.wake = self.loop.wake

    def _round(self) -> float:
        self._send_due()
        return self._wait_s()

    def _send_due(self) -> None:
        with self._engine.begin() as connection:
            rows = connection.execute(_DUE, {"b_now_ms": self._now_ms()}).all()
        for row in rows:
            if self.loop.is_stopping():
                return
            self._send_alone(Due(row.ticket_id, row.body, row.attempts))

    def _send_alone(self, due: Due) -> None:
        """Send one; if it fails, those behind it are sent all the same."""
        try:
            self._send(due)
        except (OperationalError, InterfaceError):  # the database's trouble, not this ticket's
            raise
        except Exception as error:
            log.exception("ticket could not be sent", ticket_id=due.ticket_id)
            self._later(due, repr(error))

    def _wait_s(self) -> float:
        with self._engine.begin() as connection:
            due_ms = connection.execute(_NEXT_DUE).scalar_one_or_none()
        if due_ms is None:
            return IDLE_S
        left_s = (int(due_ms) - self._now_ms()) / 1000
        return min(IDLE_S, max(0.05, left_s))

    def _send(self, due: Due) -> None:
        try:
            state = self._put(due)
        except Unanswered as error:
            self._later(due, str(error))
        except TicketRefused as error:
            self._refuse(due, str(error))
        else:
            self._store(due, state)

    def _put(self, due: Due) -> SettlementState:
        try:
            answer = self._client.put(f"/api/v1/settlements/{due.ticket_id}", content=due.body)
        except httpx2.HTTPError as error:
            raise Unanswered(repr(error)) from error
        if not answer.is_success:
            self._raise_for(answer)
        try:
            state = SettlementState.model_validate_json(answer.content)
        except ValidationError as error:
            raise Unanswered(f"unreadable answer: {error.error_count()} errors") from error
        if str(state.ticket_id) != due.ticket_id:
            raise Unanswered(f"answer is about ticket {state.ticket_id}")
        return state

    @staticmethod
    def _raise_for(answer: httpx2.Response) -> None:
        text = answer.text[:300].replace("\x00", "\ufffd")  # which no database keeps
        said = f"{answer.status_code}: {text}"
        if answer.status_code in {400, 409, 413, 415, 422}:
            raise TicketRefused(said)
        # 401 and 403 are our own settings, 404 a wrong address: put right, the ticket goes through.
        raise Unanswered(said)

    def _later(self, due: Due, error: str) -> None:
        wait_s = RETRY_S[min(due.attempts, len(RETRY_S) - 1)]
        log.warning("ticket not settled yet", ticket_id=due.ticket_id, error=error, again_s=wait_s)
        now_ms = self._now_ms()
        later = {
            "b_ticket_id": due.ticket_id,
            "b_due_ms": now_ms + wait_s * 1000,
            "b_error": error[:400],
        }
        hints: tuple[Hint, ...] = ()
        with self._engine.begin() as connection:
            connection.execute(_LATER, later)
            if due.attempts + 1 == ALARM_AFTER:
                hints = self._handlers.refuse(connection, UUID(due.ticket_id), error, now_ms)
        self._publish_hints(hints)

    def _refuse(self, due: Due, error: str) -> None:
        log.error("settlement refuses a ticket", ticket_id=due.ticket_id, error=error)
        now_ms = self._now_ms()
        with self._engine.begin() as connection:
            hints = self._handlers.refuse(connection, UUID(due.ticket_id), error, now_ms)
            self._done(connection, due, error[:400], now_ms)
        self._publish_hints(hints)

    def _store(self, due: Due, state: SettlementState) -> None:
        now_ms = self._now_ms()
        with self._engine.begin() as connection:
            hints = self._handlers.store(connection, state, now_ms)
            self._done(connection, due, None, now_ms)
        log.info("ticket settled", ticket_id=due.ticket_id, payout=state.payout.state.value)
        self._publish_hints(hints)

    @staticmethod
    def _done(connection: Connection, due: Due, error: str | None, now_ms: int) -> None:
        done = {"b_ticket_id": due.ticket_id, "b_now_ms": now_ms, "b_error": error}
        connection.execute(_DONE, done)

    def _publish_hints(self, hints: tuple[Hint, ...]) -> None:
        for hint in hints:
            self._publish(hint.event, hint.data)
