"""The hash of a row of the trail: over every other column, with the hash of the row before."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import RowMapping

GENESIS: Final = "0" * 64

HASHED: Final = (
    "seq", "at_ms", "who", "action", "subject", "before", "after", "reason", "previous_sha256",
)  # fmt: skip


def sha256_of(row: Mapping[str, Any] | RowMapping) -> str:
    """Return the SHA-256 of the row's JSON: these columns by name in this order, no spaces."""
    hashed = {name: row[name] for name in HASHED}
    text = json.dumps(hashed, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
