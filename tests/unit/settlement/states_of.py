"""Settlements in any state, as values."""

from uuid import UUID

from settlement.messages import Payout, PayoutState, Price, PriceLine, SettlementState
from tests.unit.settlement.tickets import NOON


def settlement_state(
    state: PayoutState, *, reason: str | None = None, amount_minor: int = 36_000
) -> SettlementState:
    line = PriceLine(
        code="freight", quantity_kg=3000, rate_per_tonne_minor=12_000, amount_minor=amount_minor
    )
    price = Price(currency="CNY", lines=(line,), total_minor=amount_minor, loss_kg=0, allowed_kg=0)
    payout = Payout(
        payout_id=UUID(int=1),
        provider_no="P1",
        amount_minor=amount_minor,
        state=state,
        reason=reason,
    )
    return SettlementState(
        settlement_id=UUID(int=2),
        ticket_id=UUID(int=3),
        order_no="O1",
        settled_at=NOON,
        price=price,
        payout=payout,
        revision=1,
    )
