"""One-time codes of an authenticator app: RFC 6238 as every app has it, SHA-1, 6 digits, 30 s."""

import base64
import hmac
import secrets
from typing import Final
from urllib.parse import quote

STEP_MS: Final = 30_000
_STEPS_OFF: Final = 1
"""A phone's clock may be off by a step, and typing takes time."""
_SECRET_BYTES: Final = 20
BASE32_32: Final = r"^[A-Z2-7]{32}$"


def new_secret() -> str:
    """Return a secret to be shared with an app, in base 32."""
    return base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def app_address(secret: str, username: str) -> str:
    """Return the address that an app reads from a QR code."""
    return f"otpauth://totp/Taigan:{quote(username)}?secret={secret}&issuer=Taigan"


def code_at(secret: str, step: int) -> str:
    """Return the code of one step of 30 s since 1970."""
    digest = hmac.digest(base64.b32decode(secret), step.to_bytes(8, "big"), "sha1")
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


def step_of(secret: str, code: str, now_ms: int) -> int | None:
    """Return the step around now whose code this is; None if it is of none."""
    now = now_ms // STEP_MS
    for step in range(now - _STEPS_OFF, now + _STEPS_OFF + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), code.encode()):
            return step
    return None
