"""Where records are kept, and who signs them."""

import base64
import binascii
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import Field, field_validator

from taigan.settings import Section

PUBLISHED_KEY: Final = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
"""Of the examples (RFC 8032, test 1): its secret half is known to everybody."""


class JournalSettings(Section):
    path: Path
    free_mb_min: int = Field(default=64, ge=0)
    """Below this much free disk no truck is admitted; one already inside can still be recorded."""


class SigningSettings(Section):
    key_file: Path
    gateway_public_key: str
    """Base64 of the 32 raw bytes; only what this key signed is obeyed."""

    @field_validator("gateway_public_key")
    @classmethod
    def _is_a_public_key(cls, text: str) -> str:
        try:
            Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))
        except (binascii.Error, ValueError) as error:
            raise ValueError("must be base64 of a raw Ed25519 public key (32 bytes)") from error
        return text

    @property
    def gateway_key(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(self.gateway_public_key))
