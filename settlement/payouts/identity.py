"""A payout's ids and its number at the bank: pure.

All of them derive from the ticket. A restored backup or a second replica makes the same number
again, and the bank recognises it.
"""

import base64
import hashlib
from typing import Final
from uuid import UUID, uuid5

_NAMESPACE: Final = UUID("8d5c2a0e-5c0f-5a57-9d5e-0a6f4b9f6a02")

NUMBER_LENGTH_MAX: Final = 29
"""26 characters of the hash, 5 bits each: 130 bits."""
NUMBER_LENGTH_MIN: Final = 19
"""16 characters of the hash: 80 bits. Among 10^10 payouts two get the same number with a chance of
1 in 24,000; the database then refuses the second."""

GENERATION: Final = 1
"""Of every payout: nothing gives a payout a second number."""


def settlement_id(ticket_id: UUID) -> UUID:
    """Return the id of a ticket's settlement."""
    return uuid5(_NAMESPACE, f"settlement:{ticket_id}")


def payout_id(settlement: UUID) -> UUID:
    """Return the id of a settlement's one payout."""
    return uuid5(_NAMESPACE, f"payout:{settlement}")


def check_number_length(length: int) -> None:
    """Refuse a length of payment numbers that leaves too little to tell payouts apart.

    Raises ValueError.
    """
    if not NUMBER_LENGTH_MIN <= length <= NUMBER_LENGTH_MAX:
        raise ValueError(
            f"payment numbers have {NUMBER_LENGTH_MIN}…{NUMBER_LENGTH_MAX} characters, got {length}"
        )


def provider_no(payout: UUID, generation: int, length: int) -> str:
    """Return the number the bank knows a payout by: `length` characters of [A-Z0-9].

    P, the first `length` - 3 characters of a hash in base32, the generation in two digits. The
    generation moves only after a final failure. Raises ValueError.
    """
    check_number_length(length)
    if not 1 <= generation <= 99:
        raise ValueError(f"generation must be 1…99, got {generation}")
    digest = base64.b32encode(hashlib.sha256(payout.bytes).digest()).decode()
    return f"P{digest[: length - 3]}{generation:02d}"
