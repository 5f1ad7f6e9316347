"""What every send must pass, also a repeat: kill switch, row, guard, limits, in this order."""

from dataclasses import dataclass
from typing import Literal

from settlement.guard.check import Instruction
from settlement.guard.service import doubt_about
from settlement.payouts import controls
from settlement.payouts.alteration import Derived, PayoutAltered, derive
from settlement.payouts.changes import PayoutRow
from settlement.payouts.money_transaction import MoneyTransaction


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a payout may not be sent now."""

    reason: Literal["rail_paused", "payout_altered", "guard", "limit"]
    detail: str
    until_ms: int | None = None
    """When it is examined again by itself; None waits for a person."""


def examine(tx: MoneyTransaction, payout: PayoutRow) -> Hold | None:
    """Return why a payout may not be sent now, or None; its money then counts as sent today."""
    if controls.is_paused(tx.connection, payout.rail):
        return Hold("rail_paused", f"the rail {payout.rail} is paused")
    try:
        derived = derive(tx.connection, payout)
    except PayoutAltered as error:
        return Hold("payout_altered", str(error))
    instruction = Instruction(
        rail=payout.rail,
        provider_no=payout.provider_no,
        amount_minor=payout.amount_minor,
        request_body=payout.request_body,
    )
    keys = tx.policy.lane_keys
    doubt = doubt_about(tx.connection, payout.settlement_id, instruction, keys, tx.now_ms)
    return _limit(tx, payout, derived) if doubt is None else Hold("guard", doubt)


def _limit(tx: MoneyTransaction, payout: PayoutRow, derived: Derived) -> Hold | None:
    limits, amount = tx.policy.limits.now, payout.amount_minor
    if limits.payout_minor_max is not None and amount > limits.payout_minor_max:
        return Hold("limit", f"{amount} fen exceeds {limits.payout_minor_max} fen for one payout")
    if limits.day_minor_max is None:
        return None
    day = controls.business_day(tx.now_ms, limits.day_offset_ms)
    sent_ms = derived.last_sent_ms
    if sent_ms is not None and controls.business_day(sent_ms, limits.day_offset_ms) == day:
        return None  # a repeat: this day has counted it
    if controls.spend_day(tx.connection, payout.rail, day, amount, limits.day_minor_max):
        return None
    until_ms = controls.next_day_ms(tx.now_ms, limits.day_offset_ms)
    return Hold("limit", f"{limits.day_minor_max} fen for {day} are used up", until_ms)
