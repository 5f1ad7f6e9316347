"""Two short transactions with the bank's network between them: claim, then record.

The payout's own table is the queue. `due_ms` says when a row may be claimed; a claim moves it one
lease ahead and raises the fence, so the row of a worker that died becomes free, and a worker that
wakes too late finds another fence and changes nothing.
"""

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple
from uuid import UUID

import structlog
from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.exc import OperationalError

from settlement.messages import PayoutState
from settlement.payouts.alteration import PayoutAltered, number_of
from settlement.payouts.changes import Columns, PayoutRow, change, write_columns
from settlement.payouts.examination import examine
from settlement.payouts.funding import release_funded
from settlement.payouts.money_transaction import MoneyTransaction
from settlement.payouts.rails.rail import RailAnswer, RailNotSetUp
from settlement.payouts.states import (
    ENDS,
    Event,
    RailOutcome,
    RailPolicy,
    Sending,
    ask_end_again_ms,
    interpret,
    may_repeat,
    next_due_ms,
    transition,
)
from settlement.tables import attempts, payouts

log = structlog.get_logger()

_SET_ASIDE_MS: Final = 30_000
"""Pause before another try to claim a payout that could not be claimed."""

_DUE: Final = (
    select(payouts)
    .where(payouts.c.due_ms <= bindparam("now"))
    .order_by(payouts.c.due_ms)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_EARLIEST: Final = (
    select(payouts.c.due_ms)
    .where(payouts.c.due_ms.is_not(None))
    .order_by(payouts.c.due_ms)
    .limit(1)
)
CLAIMED: Final = (
    select(payouts)
    .where(payouts.c.id == bindparam("payout"), payouts.c.fence == bindparam("fence"))
    .with_for_update()
)
"""The payout of a call whose worker still has it, locked."""
_SET_ASIDE: Final = (
    update(payouts).where(payouts.c.id == bindparam("payout")).values(due_ms=bindparam("until"))
)
_START: Final = insert(attempts)
_FINISH: Final = (
    update(attempts)
    .where(attempts.c.payout_id == bindparam("payout"), attempts.c.n == bindparam("number"))
    .values(finished_ms=bindparam("now"), outcome=bindparam("shown"), evidence=bindparam("seen"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RailCall:
    """What one claim allows its worker to do, once, within the lease."""

    kind: Literal["send", "ask"]
    payout_id: UUID
    settlement_id: UUID
    rail: str
    fence: int
    provider_no: str
    request_body: str
    amount_minor: int


class Stopped(NamedTuple):
    """A payout that waits until a person has looked at it."""

    payout_id: UUID
    why: str
    """The kind of alarm."""
    detail: str


class Claims(NamedTuple):
    calls: list[RailCall]
    stopped: list[Stopped]


def claim_due(tx: MoneyTransaction, most: int) -> Claims:
    """Claim payouts that are due; each is this worker's alone until its lease runs out.

    One that cannot be claimed is left as it was and is due again a little later: the others go on.
    """
    claims = Claims([], [])
    for payout in tx.connection.execute(_DUE, {"now": tx.now_ms, "most": most}).all():
        claimed = _claim_alone(tx, payout)
        if isinstance(claimed, RailCall):
            claims.calls.append(claimed)
        elif claimed is not None:
            claims.stopped.append(claimed)
    return claims


def _claim_alone(tx: MoneyTransaction, payout: PayoutRow) -> RailCall | Stopped | None:
    try:
        with tx.connection.begin_nested():
            return _claim(tx, payout)
    except OperationalError:  # the database's own trouble: the whole transaction is repeated
        raise
    except Exception as error:
        log.exception("A payout could not be claimed", payout=str(payout.id))
        until_ms = tx.now_ms + _SET_ASIDE_MS
        tx.connection.execute(_SET_ASIDE, {"payout": payout.id, "until": until_ms})
        return Stopped(payout.id, "payout_unclaimable", type(error).__name__)


def earliest_due_ms(connection: Connection) -> int | None:
    """Return when the next payout is due, so that an idle worker need not take a write lock."""
    return connection.execute(_EARLIEST).scalar()


def record(tx: MoneyTransaction, call: RailCall, answer: RailAnswer) -> PayoutState | None:
    """Record what the bank said and return the new state.

    None: the fence has moved, another worker has the payout, and nothing was changed.
    """
    key = {"payout": call.payout_id, "fence": call.fence}
    payout = tx.connection.execute(CLAIMED, key).one_or_none()
    if payout is None:
        return None
    old = PayoutState(payout.state)
    sending = Sending(
        first_sent_ms=payout.first_sent_ms, last_sent_ms=payout.last_sent_ms, asks=payout.asks
    )
    event = interpret(old, answer.outcome, sending, tx.now_ms, _policy(tx, payout))
    new = change(tx, payout, event, **_after(tx, payout, event, answer))
    _finish_attempt(tx, call, answer)
    if event is Event.BANK_FAILED and new is not old:
        release_funded(tx, payout.contract_id)
    return new


def _after(tx: MoneyTransaction, payout: PayoutRow, event: Event, answer: RailAnswer) -> Columns:
    """Return the columns that an answer sets beside the state."""
    old, policy = PayoutState(payout.state), _policy(tx, payout)
    new = transition(old, event).state
    asks = payout.asks + 1 if new is old else 0
    due_ms = next_due_ms(new, asks, tx.now_ms, policy)
    if new in ENDS and answer.outcome is RailOutcome.UNKNOWN:
        asks, due_ms = payout.asks, ask_end_again_ms(payout.created_ms, tx.now_ms, policy)
    if payout.due_ms <= tx.now_ms and new is not PayoutState.MANUAL:
        due_ms = tx.now_ms  # a hint came after the claim: this answer may be older than it
    if new is old:
        return {"asks": asks, "due_ms": due_ms}
    return {
        "asks": asks,
        "due_ms": due_ms,
        "paid_ms": tx.now_ms if new is PayoutState.PAID else payout.paid_ms,
        "reason": _reason(old, event, answer),
        "detail": answer.evidence if new is PayoutState.MANUAL else None,
    }


def _reason(old: PayoutState, event: Event, answer: RailAnswer) -> str | None:
    if event is Event.BANK_FAILED:
        return answer.reason or "refused"
    if event is Event.BANK_PAID and old in {PayoutState.FAILED, PayoutState.RETURNED}:
        return f"paid_after_{old}"
    return {
        Event.BANK_CONTRADICTS: "bank_contradicts",
        Event.WINDOW_PASSED: "window_passed",
    }.get(event)


def _claim(tx: MoneyTransaction, payout: PayoutRow) -> RailCall | Stopped | None:
    state = PayoutState(payout.state)
    if state is PayoutState.HELD:
        change(tx, payout, Event.RELEASED, due_ms=tx.now_ms)
        return None
    if state is PayoutState.READY:
        return _claim_to_send(tx, payout)
    lease = _lease(tx, payout)
    if state is PayoutState.SENDING:
        change(tx, payout, Event.LEASE_EXPIRED, asks=0, **lease)
    else:
        write_columns(tx, payout, lease)
    return _start_attempt(tx, payout, "ask")


def _claim_to_send(tx: MoneyTransaction, payout: PayoutRow) -> RailCall | Stopped | None:
    """Commit to a send, or hold the payout with a reason; each send is examined, also a repeat.

    A repeat that had to wait until the bank may have forgotten its number goes to a person.
    """
    first = payout.first_sent_ms
    if first is not None and not may_repeat(first, tx.now_ms, _policy(tx, payout)):
        change(tx, payout, Event.WINDOW_PASSED, reason="window_passed", due_ms=None)
        return Stopped(payout.id, "payout_manual", "window_passed")
    hold = examine(tx, payout)
    if hold is not None:
        columns: Columns = {
            "reason": hold.reason,
            "detail": hold.detail,
            "due_ms": hold.until_ms,
        }
        change(tx, payout, Event.HELD, **columns)
        return None if hold.alarm is None else Stopped(payout.id, hold.alarm, hold.detail)
    columns = {
        "asks": 0,
        "first_sent_ms": tx.now_ms if first is None else first,
        "last_sent_ms": tx.now_ms,
        **_lease(tx, payout),
    }
    change(tx, payout, Event.SENT, **columns)
    return _start_attempt(tx, payout, "send")


def _policy(tx: MoneyTransaction, payout: PayoutRow) -> RailPolicy:
    policy = tx.policy.rails.get(payout.rail)
    if policy is None:
        raise RailNotSetUp(
            f"payout {payout.id} goes by the rail {payout.rail}, which is not set up"
        )
    return policy


def _lease(tx: MoneyTransaction, payout: PayoutRow) -> Columns:
    return {"fence": payout.fence + 1, "due_ms": tx.now_ms + _policy(tx, payout).lease_ms}


def _start_attempt(
    tx: MoneyTransaction, payout: PayoutRow, kind: Literal["send", "ask"]
) -> RailCall:
    """Write down what is about to happen. Raises PayoutAltered for a number that is not its own."""
    if payout.provider_no != number_of(payout):
        raise PayoutAltered("provider_no is not what the ticket makes it")
    call = RailCall(
        kind=kind,
        payout_id=payout.id,
        settlement_id=payout.settlement_id,
        rail=payout.rail,
        fence=payout.fence + 1,
        provider_no=payout.provider_no,
        request_body=payout.request_body,
        amount_minor=payout.amount_minor,
    )
    row = {
        "payout_id": payout.id,
        "n": call.fence,
        "kind": kind,
        "provider_no": payout.provider_no,
        "started_ms": tx.now_ms,
    }
    tx.connection.execute(_START, row)
    return call


def _finish_attempt(tx: MoneyTransaction, call: RailCall, answer: RailAnswer) -> None:
    row = {
        "payout": call.payout_id,
        "number": call.fence,
        "now": tx.now_ms,
        "shown": answer.outcome,
        "seen": answer.evidence,
    }
    tx.connection.execute(_FINISH, row)
