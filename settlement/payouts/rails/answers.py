"""What every rail's answers have in common: limits, JSON objects, evidence that can be stored."""

import json
from typing import Any, Final

BYTES_MAX: Final = 65_536
"""A longer answer is none of the documented ones."""
_EVIDENCE_CHARACTERS_MAX: Final = 2_000
_REASON_CHARACTERS_MAX: Final = 64


def json_object(body: bytes) -> dict[str, Any] | None:
    """Return the JSON object in a body, or None if there is none."""
    if len(body) > BYTES_MAX:
        return None
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def evidence_of(status: int, body: bytes) -> str:
    """Return an answer as people will read it: cut to a limit, storable."""
    return _storable(f"{status} {body.decode(errors='replace')}")[:_EVIDENCE_CHARACTERS_MAX]


def reason_of(found: object) -> str | None:
    """Return a bank's reason, if it is text: cut to its column, storable."""
    return _storable(found)[:_REASON_CHARACTERS_MAX] if isinstance(found, str) else None


def _storable(text: str) -> str:
    """Replace what a database cannot hold as text: lone surrogates and NUL."""
    return text.encode(errors="replace").decode().replace("\x00", "\ufffd")
