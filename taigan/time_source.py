"""Whether something keeps this machine's wall clock right (Linux)."""

import ctypes
from functools import cache
from typing import Any, Final

_TIMEX_BYTES: Final = 512
_TIME_ERROR: Final = 5
"""Answer of adjtimex(2) while no time source disciplines the clock."""


def is_disciplined() -> bool:
    """Return whether a time source, such as chrony, disciplines the clock now."""
    answer: int = _libc().adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    return 0 <= answer < _TIME_ERROR


@cache
def _libc() -> Any:  # noqa: ANN401 - functions of a C library have no types
    return ctypes.CDLL(None, use_errno=True)
