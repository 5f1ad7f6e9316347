"""The driver's link to one receipt: it cannot be guessed, and needs no login."""

import base64
import hashlib
import hmac
from uuid import UUID

_DOMAIN = b"taigan.receipt.v1\n"


def sign_ticket(ticket_id: UUID, secret: str) -> str:
    """Return the `s` of a receipt's address: 128 bits of HMAC-SHA256, base64url."""
    digest = hmac.digest(secret.encode(), _DOMAIN + ticket_id.bytes, hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()


def may_read(ticket_id: UUID, signature: str, secret: str) -> bool:
    """Return whether `signature` opens this ticket's receipt; takes the same time either way."""
    return hmac.compare_digest(sign_ticket(ticket_id, secret).encode(), signature.encode())


def receipt_url(public_url: str, ticket_id: UUID, secret: str) -> str:
    """Return the address that the driver is sent."""
    return f"{public_url}/r/{ticket_id}?s={sign_ticket(ticket_id, secret)}"
