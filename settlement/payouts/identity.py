"""A payout's identity and the exact bytes that go to the bank: pure.

All of it derives from the ticket. A restored backup or a second replica makes the same number
again, and the bank recognises it.
"""

import base64
import hashlib
import json
from typing import Final
from uuid import UUID, uuid5

from settlement.messages import TicketToSettle

_NAMESPACE: Final = UUID("8d5c2a0e-5c0f-5a57-9d5e-0a6f4b9f6a02")


def settlement_id(ticket_id: UUID) -> UUID:
    """Return the id of a ticket's settlement."""
    return uuid5(_NAMESPACE, f"settlement:{ticket_id}")


def payout_id(settlement: UUID) -> UUID:
    """Return the id of a settlement's one payout."""
    return uuid5(_NAMESPACE, f"payout:{settlement}")


def provider_no(payout: UUID, generation: int) -> str:
    """Return the number the bank knows a payout by: [A-Z0-9], 29 characters.

    The generation moves only after a final failure.
    """
    if not 1 <= generation <= 99:
        raise ValueError(f"generation must be 1…99, got {generation}")
    digest = hashlib.sha256(payout.bytes).digest()
    return f"P{base64.b32encode(digest).decode()[:26]}{generation:02d}"


def request_body(ticket: TicketToSettle, number: str, amount_minor: int) -> str:
    """Return the JSON that every send of this payout repeats byte for byte."""
    payee = ticket.payee
    transfer = {
        "id": number,
        "amount_minor": amount_minor,
        "currency": ticket.contract.currency,
        "payee": {"name": payee.name, "account": payee.account, "bank_code": payee.bank_code},
        "reference": ticket.order_no,
    }
    return json.dumps(transfer, ensure_ascii=False, separators=(",", ":"))
