"""What screens are told after a commit: a hint to read again, never the truth itself."""

from typing import Any, Literal, NamedTuple


class Hint(NamedTuple):
    event: Literal["stop", "ticket", "alarm"]
    data: dict[str, Any]
