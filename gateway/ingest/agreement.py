"""Sees to it that lanes and gateway agree on what was receipted: a restored backup heals itself.

A lane drops from its outbox what it has a receipt for. A gateway that is restored from a backup
knows less than it receipted, and what follows would wait for ever. So each lane's `state` is
compared with the journals here; what is missing is an alarm and asked for, and until it is here
again `/readyz` says so.
"""

from collections.abc import Callable, Sequence
from typing import Final

import structlog
from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from edge.messages import LaneState
from gateway.ingest.replies import Replies
from gateway.ingest.screens import Publish
from gateway.records.alarm_kinds import AlarmKind
from gateway.records.alarms import Alarm, raise_alarm, resolve_alarm
from gateway.records.hints import Hint
from gateway.records.losses import Claim, Loss, Place, StoredRecords, open_losses
from taigan.loop import Loop

log = structlog.get_logger()

EVERY_S: Final = 5.0
"""As often as lanes tell their state."""
ASK_EVERY_MS: Final = 15_000
NAMED_MAX: Final = 5


class Agreement:
    """One loop; `heard` may be called from any."""

    def __init__(
        self,
        engine: Engine,
        replies: Replies,
        publish: Publish,
        now_ms: Callable[[], int],
        forget: Callable[[], None],
    ) -> None:
        """Call `forget` when this gateway may remember receipts that no longer hold."""
        self._engine = engine
        self._replies = replies
        self._publish = publish
        self._now_ms = now_ms
        self._forget = forget
        self._claims: dict[Place, Claim] = {}
        self._losses: Sequence[Loss] = ()
        self._asked_ms: dict[Place, int] = {}
        self.loop = Loop("agreement", self.compare, EVERY_S)

    def heard(self, yard: str, lane: str, state: LaneState) -> None:
        """Note what a lane says of its journal; returns at once."""
        if state.online and state.epoch:
            receipted = state.seq - state.outbox_depth
            self._claims[yard, lane] = Claim(yard, lane, state.epoch, state.seq, receipted)
        else:
            self._claims.pop((yard, lane), None)

    def check(self) -> str | None:
        """Return what is being sent again, or why that is not known; None if all agree.

        A lane that is away, or whose journal was replaced, cannot send: its alarm stays open for a
        person, and no longer says anything about this gateway.
        """
        coming = [one for one in self._losses if self._can_come(one)]
        if not coming:
            return self.loop.check()
        named = ", ".join(f"{one.yard}/{one.lane} up to {one.last}" for one in coming[:NAMED_MAX])
        more = "" if len(coming) <= NAMED_MAX else f" and {len(coming) - NAMED_MAX} lanes more"
        return f"records that were receipted are not here (a restored backup?): {named}{more}"

    def compare(self) -> None:
        """Compare once: raise and close alarms, and ask lanes for what is missing."""
        claims = list(self._claims.values())
        with self._engine.begin() as connection:
            stored = StoredRecords(connection)
            hints = self._close(connection, stored)
            missing = stored.losses(claims)
            hints += self._raise(connection, missing)
            losses = open_losses(connection)
        self._losses = losses
        if missing:
            self._forget()
        for loss in missing:
            self._ask(loss)
        for hint in hints:
            self._publish(hint.event, hint.data)

    def _can_come(self, loss: Loss) -> bool:
        claim = self._claims.get(loss.place)
        return claim is not None and claim.epoch == loss.epoch

    def _close(self, connection: Connection, stored: StoredRecords) -> list[Hint]:
        """Close the alarms of what is here again, or of what its lane never had."""
        hints: list[Hint] = []
        for loss in open_losses(connection):
            claim = self._claims.get(loss.place)
            never_was = claim and claim.epoch == loss.epoch and claim.seq < loss.last
            if never_was or stored.has(loss):
                log.info("the gateway has what it lost", yard=loss.yard, lane=loss.lane)
                alarm = Alarm.of(loss, AlarmKind.RECORDS_FORGOTTEN, subject=loss.subject)
                hints += resolve_alarm(connection, alarm, self._now_ms())
        return hints

    def _raise(self, connection: Connection, missing: Sequence[Loss]) -> list[Hint]:
        known = {(loss.place, loss.epoch) for loss in open_losses(connection)}
        hints = []
        for loss in missing:
            if (loss.place, loss.epoch) in known:
                continue
            detail = f"records {loss.first} to {loss.last} of journal {loss.epoch}"
            log.critical("receipted records are not here", lane=loss.lane, detail=detail)
            alarm = Alarm.of(loss, AlarmKind.RECORDS_FORGOTTEN, detail, loss.subject)
            hints.append(raise_alarm(connection, alarm, self._now_ms()))
        return hints

    def _ask(self, loss: Loss) -> None:
        now_ms = self._now_ms()
        asked_ms = self._asked_ms.get(loss.place)
        if asked_ms is not None and 0 <= now_ms - asked_ms < ASK_EVERY_MS:
            return
        self._asked_ms[loss.place] = now_ms
        self._replies.send_again(loss.yard, loss.lane, loss.epoch, loss.first)
