"""Recorded messages of the settlement: a change to the wire shows in the diff of these files."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from settlement.messages import SettlementState, SettlementUpdated, TicketToSettle
from settlement.payouts import identity
from settlement.payouts.rails.sandbox.wire import instruction

FOLDER = Path(__file__).parent
FORMS: dict[str, type[BaseModel]] = {
    "ticket_to_settle.v1.json": TicketToSettle,
    "settlement_state.v1.json": SettlementState,
    "settlement_updated.json": SettlementUpdated,
}


@pytest.mark.parametrize("name", sorted(FORMS))
def test_a_recorded_message_is_read_and_written_unchanged(name: str) -> None:
    text = (FOLDER / name).read_text().strip()
    assert FORMS[name].model_validate_json(text).model_dump_json(indent=1) == text


def test_the_banks_request_is_the_recorded_one_byte_for_byte() -> None:
    ticket = TicketToSettle.model_validate_json((FOLDER / "ticket_to_settle.v1.json").read_text())
    payout = identity.payout_id(identity.settlement_id(ticket.ticket_id))
    number = identity.provider_no(payout, 1, identity.NUMBER_LENGTH_MAX)
    recorded = (FOLDER / "bank_transfer.json").read_text().strip()
    assert instruction(ticket, number, 574_800) == recorded
