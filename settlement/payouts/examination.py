"""What every send must pass, also a repeat: switch, row, guard, registers, limits, in order."""

from dataclasses import dataclass
from typing import Literal

from settlement.guard.check import Instruction
from settlement.guard.service import Believed, doubt_about
from settlement.payouts import controls
from settlement.payouts.alteration import Derived, PayoutAltered, derive
from settlement.payouts.changes import PayoutRow
from settlement.payouts.limits import allowances, is_counted, spend
from settlement.payouts.money_transaction import MoneyTransaction


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a payout may not be sent now."""

    reason: str
    """`rail_paused`, `breaker`, `payout_altered`, `guard`, `limit`, or one of the registers'."""
    detail: str
    until_ms: int | None = None
    """When it is examined again by itself; None waits for a person."""
    alarm: Literal["payout_altered", "payout_held_by_guard", "rail_paused_by_breaker"] | None = None
    """None: an ordinary hold."""


def examine(tx: MoneyTransaction, payout: PayoutRow) -> Hold | None:
    """Return why a payout may not be sent now, or None; its money then counts as sent."""
    is_paused, since_ms = controls.switched(tx.connection, payout.rail)
    if is_paused:
        return Hold("rail_paused", f"the rail {payout.rail} is paused")
    try:
        derived = derive(tx.connection, payout)
    except PayoutAltered as error:
        return Hold("payout_altered", str(error), alarm="payout_altered")
    instruction = Instruction(
        rail=payout.rail,
        provider_no=payout.provider_no,
        amount_minor=payout.amount_minor,
        request_body=payout.request_body,
    )
    believed = Believed(tx.policy.lane_keys, tx.policy.approvals)
    doubt = doubt_about(tx.connection, payout.settlement_id, instruction, believed, tx.now_ms)
    if doubt is not None:
        is_wrong = doubt.reason == "guard"
        return Hold(
            doubt.reason,
            str(doubt),
            doubt.until_ms,
            alarm="payout_held_by_guard" if is_wrong else None,
        )
    return _limit(tx, payout, derived, since_ms)


def _limit(
    tx: MoneyTransaction, payout: PayoutRow, derived: Derived, running_since_ms: int
) -> Hold | None:
    limits, amount_minor = tx.policy.limits.now, payout.amount_minor
    if amount_minor > limits.payout_minor_max:
        most = limits.payout_minor_max
        return Hold("limit", f"limits.payout_minor_max: {amount_minor} fen exceeds {most} fen")
    if is_counted(derived.last_sent_ms, limits, tx.now_ms):
        return None  # a repeat
    bounds = allowances(limits, derived.ticket.payee, running_since_ms, tx.now_ms)
    full = spend(tx.connection, payout.rail, bounds, amount_minor)
    if full is None:
        return None
    if not full.is_breaker:
        return Hold("limit", str(full), full.until_ms)
    why = f"breaker: {full}"
    controls.switch(tx.connection, payout.rail, paused=True, why=why, now_ms=tx.now_ms)
    return Hold("breaker", why, alarm="rail_paused_by_breaker")
