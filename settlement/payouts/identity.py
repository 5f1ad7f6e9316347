"""A payout's ids and its number at the bank: pure.

All of them derive from the ticket. A restored backup or a second replica makes the same number
again, and the bank recognises it.
"""

import base64
import hashlib
from typing import Final
from uuid import UUID, uuid5

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
