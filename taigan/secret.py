"""Secrets in settings: never shown, and never one that was published in an example."""

import base64
import binascii
from typing import Annotated, Final

from pydantic import AfterValidator, SecretStr

_PUBLISHED: Final = "change-me"
"""How the secrets of all examples began, as they are or in base64."""


def refuse_published(secret: SecretStr) -> SecretStr:
    """Return a secret that is somebody's own; ValueError for an example's."""
    text = secret.get_secret_value()
    if _PUBLISHED in text or _PUBLISHED.encode() in _decoded(text):
        raise ValueError("is the published example's, which everybody knows: make your own")
    return secret


def _decoded(text: str) -> bytes:
    """Return the bytes of a Standard Webhooks secret (`whsec_` and base64); nothing of others."""
    try:
        return base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _signs_webhooks(secret: SecretStr) -> SecretStr:
    """Return a Standard Webhooks secret: `whsec_` and base64 of at least 16 bytes. ValueError."""
    prefix, _, encoded = secret.get_secret_value().partition("_")
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("must be whsec_ followed by base64") from error
    if prefix != "whsec" or len(key) < 16:
        raise ValueError("must be whsec_ followed by base64 of at least 16 bytes")
    return secret


Secret = Annotated[SecretStr, AfterValidator(refuse_published)]
WebhookSecret = Annotated[Secret, AfterValidator(_signs_webhooks)]
