"""Recorded messages of the settlement: a change to the wire shows in the diff of these files.

The requests to banks, `rail_<name>.txt`, are held by tests/unit/settlement/test_rails.py.
"""

import json
from pathlib import Path

import pytest
from pydantic import BaseModel

from settlement.messages import ContractTerms, SettlementState, SettlementUpdated, TicketToSettle

FOLDER = Path(__file__).parent
FORMS: dict[str, type[BaseModel]] = {
    "ticket_to_settle.v1.json": TicketToSettle,
    "settlement_state.v1.json": SettlementState,
    "settlement_updated.json": SettlementUpdated,
}


def test_the_recorded_ticket_names_every_term() -> None:
    name = "ticket_to_settle.v1.json"
    contract = json.loads((FOLDER / name).read_text())["contract"]
    missing = ", ".join(sorted(ContractTerms.model_fields.keys() - contract.keys()))
    assert not missing, f"tests/wire/settlement/{name}: the contract lacks {missing}"


@pytest.mark.parametrize("name", sorted(FORMS))
def test_a_recorded_message_is_read_and_written_unchanged(name: str) -> None:
    text = (FOLDER / name).read_text().strip()
    assert FORMS[name].model_validate_json(text).model_dump_json(indent=1) == text
