"""The ids and numbers that settlement derives, computed again: pure.

A settlement's id comes from its ticket, a payout's from its settlement, the bank's number from the
payout, a journal's from what it books. So nobody can give a payout a number of his own choice, or
book one event twice under two ids.
"""

import base64
import hashlib
from typing import Final
from uuid import UUID, uuid5

_PAYMENTS: Final = UUID("8d5c2a0e-5c0f-5a57-9d5e-0a6f4b9f6a02")
_JOURNALS: Final = UUID("3f0b6a52-7c1d-5e0e-9a3b-6d1c0f6f7a11")
_DEPOSITS: Final = UUID("5d0c7d9e-0f53-5f27-8b41-3a9b6a4f0d04")


def settlement_id(ticket_id: str) -> str:
    return str(uuid5(_PAYMENTS, f"settlement:{ticket_id}"))


def payout_id(settlement: str) -> str:
    return str(uuid5(_PAYMENTS, f"payout:{settlement}"))


def provider_no(payout: str, generation: int, length: int) -> str:
    """Return the number that the bank knows a payout by; rails differ in its length."""
    digest = base64.b32encode(hashlib.sha256(UUID(payout).bytes).digest()).decode()
    return f"P{digest[: length - 3]}{generation:02d}"


def deposit_id(idempotency_key: str) -> str:
    return str(uuid5(_DEPOSITS, idempotency_key))


def journal_id(kind: str, subject: str) -> str:
    return str(uuid5(_JOURNALS, f"{kind}:{subject}"))


def payout_subject(payout: str, generation: int) -> str:
    """Return what a payout's journals are about."""
    return f"payout:{payout}:{generation}"
