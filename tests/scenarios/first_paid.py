"""What the demo says on standard error while it runs."""

import re
import time
from collections.abc import Iterable


def seconds_to_first_paid(said: Iterable[str]) -> float:
    """Follow the lines from the demo's first word to its first paid truck."""
    first = None
    for line in said:
        if line.startswith("plugging in"):
            first = time.monotonic()
        if re.search(r"\b[1-9]\d* paid", line):
            assert first is not None
            return time.monotonic() - first
    raise AssertionError("the demo ended without a paid truck")
