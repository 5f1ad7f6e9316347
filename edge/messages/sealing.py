"""Sealed messages: a body as the text that was signed, its signature, and the names of keys."""

import base64
import binascii
import hashlib
from typing import Final, Literal, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import Field

from edge.messages.form import Form

MESSAGE_BYTES_MAX: Final = 262_144
"""Larger payloads are refused unread; a weighing with a three-minute curve is about 40 kB."""

_SIGNATURE_DOMAIN: Final = b"taigan.v1\n"
"""Keeps a signature made here from meaning anything in another protocol."""


class Forged(Exception):
    """A sealed message whose signature does not hold for the key it was checked against."""


class Sealed(Form):
    """A body with its signature, and beside it the weight curve that the body names by hash."""

    kind: Literal["sealed.v1"] = "sealed.v1"
    body: str = Field(max_length=MESSAGE_BYTES_MAX)
    """JSON text, kept character for character: its UTF-8 bytes are what was signed and hashed."""
    key_id: str = Field(pattern=r"^[0-9a-f]{16}$")
    signature: str = Field(max_length=100)
    """Ed25519 over the domain prefix and the body, base64."""
    curve: str | None = Field(default=None, max_length=MESSAGE_BYTES_MAX)
    """JSON `[[ms since arrival, kg], …]`; genuine when its SHA-256 is `curve_sha256`."""

    @classmethod
    def seal(cls, body: str, key: Ed25519PrivateKey, curve: str | None = None) -> Self:
        signature = key.sign(_SIGNATURE_DOMAIN + body.encode())
        return cls(
            body=body,
            key_id=key_id(key.public_key()),
            signature=base64.b64encode(signature).decode(),
            curve=curve,
        )

    def verify(self, key: Ed25519PublicKey) -> str:
        """Return the body if `key` signed it; raise Forged otherwise."""
        if self.key_id != key_id(key):
            raise Forged(f"signed by key {self.key_id}, expected {key_id(key)}")
        try:
            signature = base64.b64decode(self.signature, validate=True)
            key.verify(signature, _SIGNATURE_DOMAIN + self.body.encode())
        except (InvalidSignature, binascii.Error, ValueError) as error:
            raise Forged("signature does not match the body") from error
        return self.body


def key_id(key: Ed25519PublicKey) -> str:
    """Return the short name of a key: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]


def sha256_hex(text: str) -> str:
    """Return the hash used for bodies and curves."""
    return hashlib.sha256(text.encode()).hexdigest()
