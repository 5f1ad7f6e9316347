"""Public Ed25519 keys as text: the gateway's own, and the lanes' from their registration."""

import base64

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def public_text(key: Ed25519PublicKey) -> str:
    """Return the 32 raw bytes in base64, as lanes are registered and configured."""
    return base64.b64encode(key.public_bytes_raw()).decode()


def read_public(text: str) -> Ed25519PublicKey:
    """Return the key that `public_text` wrote; raise ValueError if it is none."""
    return Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))
