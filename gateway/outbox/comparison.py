"""Asks settlement now and then whether it still knows the newest tickets that it settled.

A settlement that is restored from a backup has forgotten some. These are sent again as they were:
the same ticket gives the same payment number and the same bytes, and the bank, which has paid it
already, answers that it knows it. That holds as long as the bank remembers numbers; an older ticket
is left to a person, who asks the bank first.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

import httpx2
import structlog
from pydantic import ValidationError
from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from gateway.config import Settlement
from gateway.outbox.relay import Unanswered, settlement_client
from gateway.records.alarm_kinds import AlarmKind
from gateway.records.alarms import Alarm, raise_alarm, resolve_alarm
from gateway.records.hints import Hint
from settlement.messages import SettlementState
from taigan.loop import Loop

log = structlog.get_logger()

KNOWN_IN_A_ROW: Final = 100
"""A restored backup forgets the newest: after so many that are known, the rest is known too."""
AGE_MAX_MS: Final = 7 * 86_400_000
"""What is older is not compared: a backup that old, or another database, is a person's mistake."""
PAGE: Final = 50
PACE_S: Final = 0.1
"""Between two questions: settlement has better things to do."""
UNANSWERED_S: Final = 30.0
PROBLEM: Final = "application/problem+json"


class SettledTicket(NamedTuple):
    """A ticket that settlement has taken, and the newest that is known of it."""

    ticket_id: str
    revision: int
    done_ms: int


@dataclass(frozen=True, slots=True)
class ComparisonHandlers:
    """What is compared, and what happens to what settlement forgot; given by the program."""

    settled_before: Callable[[Connection, SettledTicket, int], Sequence[SettledTicket]]
    """(ticket, limit) -> the newest tickets that were settled before it, newest first."""
    send_again: Callable[[Connection, SettledTicket, int], None]
    leave_to_person: Callable[[Connection, SettledTicket, int], tuple[Hint, ...]]
    take_back: Callable[[Connection, SettlementState, int], tuple[Hint, ...]]
    """Keep an older state that settlement has gone back to, in place of this revision."""
    forgotten: Callable[[Connection], int]
    """How many tickets settlement has forgotten and not taken again."""
    sending: Callable[[Connection], int]
    """How many of these are being sent again."""


class Comparison:
    """One loop; several gateways may compare at once."""

    def __init__(  # noqa: PLR0913 - the program's parts, each named
        self,
        engine: Engine,
        settings: Settlement,
        handlers: ComparisonHandlers,
        *,
        publish: Callable[[str, dict[str, Any]], None],
        wake_relay: Callable[[], None],
        now_ms: Callable[[], int],
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._handlers = handlers
        self._publish = publish
        self._wake_relay = wake_relay
        self._now_ms = now_ms
        self._client = settlement_client(settings)
        self.loop = Loop(
            "comparison",
            self._round,
            settings.compare_every_s,
            at_once=True,
            at_end=self._client.close,
        )

    def look(self, connection: Connection) -> str | None:
        """Return that tickets are being sent again, None if none are."""
        count = self._handlers.sending(connection)
        if not count:
            return None
        return f"settlement has forgotten {count} tickets (a restored backup?): sent again"

    def compare(self) -> None:
        """Walk back through the settled tickets until settlement knows enough of them in a row.

        Raises Unanswered if it does not answer; what was found until then is taken care of.
        """
        known = 0
        for ticket in self._newest():
            known = known + 1 if self._is_known(ticket) else 0
            if known == KNOWN_IN_A_ROW or self.loop.pause(PACE_S):
                break
        self._report()

    def _round(self) -> float:
        every_s = self._settings.compare_every_s
        try:
            self.compare()
        except Unanswered:
            return min(every_s, UNANSWERED_S)  # the relay says so if tickets wait for it
        return every_s

    def _newest(self) -> Iterator[SettledTicket]:
        """Yield the tickets that were settled until now, newest first."""
        oldest_ms = self._now_ms() - AGE_MAX_MS
        last = SettledTicket("", 0, self._now_ms() + 1)
        while True:
            with self._engine.begin() as connection:
                page = self._handlers.settled_before(connection, last, PAGE)
            for last in page:
                if last.done_ms < oldest_ms:
                    return
                yield last
            if len(page) < PAGE:
                return

    def _is_known(self, ticket: SettledTicket) -> bool:
        state = self._ask(ticket)
        if state is None:
            self._take_care(ticket)
        elif state.revision < ticket.revision:
            log.warning("settlement went back", ticket_id=ticket.ticket_id, state=state.revision)
            with self._engine.begin() as connection:
                hints = self._handlers.take_back(connection, state, ticket.revision)
            self._tell(hints)
        return state is not None and state.revision >= ticket.revision

    def _ask(self, ticket: SettledTicket) -> SettlementState | None:
        try:
            answer = self._client.get(
                f"/api/v1/settlements/{ticket.ticket_id}", params={"believed": "settled"}
            )
        except httpx2.HTTPError as error:
            raise Unanswered(repr(error)) from error
        kind = answer.headers.get("content-type", "")
        if answer.status_code == httpx2.codes.NOT_FOUND and kind.startswith(PROBLEM):
            return None
        if not answer.is_success:
            raise Unanswered(f"{answer.status_code}: {answer.text[:300]}")
        try:
            state = SettlementState.model_validate_json(answer.content)
        except ValidationError as error:
            raise Unanswered(f"unreadable answer: {error.error_count()} errors") from error
        if state.ticket_id != UUID(ticket.ticket_id):
            raise Unanswered(f"answer is about ticket {state.ticket_id}")
        return state

    def _take_care(self, ticket: SettledTicket) -> None:
        now_ms = self._now_ms()
        is_young = now_ms - ticket.done_ms <= self._settings.resend_hours * 3_600_000
        log.critical(
            "settlement has forgotten a ticket", ticket_id=ticket.ticket_id, again=is_young
        )
        hints: tuple[Hint, ...] = ()
        with self._engine.begin() as connection:
            if is_young:
                self._handlers.send_again(connection, ticket, now_ms)
            else:
                hints = self._handlers.leave_to_person(connection, ticket, now_ms)
            # In the same transaction: the relay may be done with it before the others were asked.
            hints = (*hints, *self._follow_alarm(connection, now_ms))
        self._wake_relay()
        self._tell(hints)

    def _report(self) -> None:
        with self._engine.begin() as connection:
            hints = self._follow_alarm(connection, self._now_ms())
        self._tell(hints)

    def _follow_alarm(self, connection: Connection, now_ms: int) -> tuple[Hint, ...]:
        """Raise or close the alarm: how many tickets settlement does not know any more."""
        count = self._handlers.forgotten(connection)
        alarm = Alarm(AlarmKind.SETTLEMENT_FORGOT, f"{count} tickets")
        if count:
            return (raise_alarm(connection, alarm, now_ms),)
        return resolve_alarm(connection, alarm, now_ms)

    def _tell(self, hints: tuple[Hint, ...]) -> None:
        for hint in hints:
            self._publish(hint.event, hint.data)
