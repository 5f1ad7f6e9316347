"""Signs and checks what people say: Ed25519 over `taigan.approval.v1`, newline, body. Pure."""

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from taigan.approvals.forms import PublicKey, Signed

_PREFIX: Final = b"taigan.approval.v1\n"
"""Not that of a lane's records: a signature over one thing never fits another."""

_KEPT_RESULTS: Final = 4096


class BadSignature(Exception):
    """The text was not signed by the key that it names."""


def key_id(key: PublicKey) -> str:
    """Return the name of a key: the beginning of its hash."""
    return hashlib.sha256(base64.b64decode(key.public)).hexdigest()[:16]


def public_key(key: Ed25519PrivateKey) -> PublicKey:
    """Return the public half of a person's key."""
    return PublicKey(public=base64.b64encode(key.public_key().public_bytes_raw()).decode())


def sign(body: str, key: Ed25519PrivateKey) -> Signed:
    """Return a text with the signature of a person's key."""
    signature = base64.b64encode(key.sign(_PREFIX + body.encode())).decode()
    return Signed(body=body, key_id=key_id(public_key(key)), signature=signature)


def verify(signed: Signed, key: PublicKey) -> None:
    """Raise BadSignature unless this key signed this text."""
    if key_id(key) != signed.key_id or not _holds(key, signed):
        raise BadSignature(f"the signature of key {signed.key_id} does not hold")


@lru_cache(_KEPT_RESULTS)
def _holds(key: PublicKey, signed: Signed) -> bool:
    """Return whether a signature holds: the same signatures are looked at before each payment."""
    return _VERIFIERS[key.kind](key.public, signed)


def _ed25519(public: str, signed: Signed) -> bool:
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public))
        signature = base64.b64decode(signed.signature, validate=True)
        key.verify(signature, _PREFIX + signed.body.encode())
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True


_VERIFIERS: Final[Mapping[str, Callable[[str, Signed], bool]]] = {"ed25519": _ed25519}
