"""Ends a process whose loop hangs, so that its service manager starts it again.

A lane that hangs keeps its truck locked in, while its broker thread goes on saying that it is
online. What is on record survives the end; a hang does not end by itself.
"""

import faulthandler
import time
from typing import Final

STANDSTILL_S: Final = 30.0
"""Longer than any wait of the loop: a journal that another process has locked takes 5 s."""

FEED_S: Final = 1.0
"""Each feeding ends a thread and starts one, and a busy loop turns many times a second."""


class Watchdog:
    """Python's own timer thread, which needs no lock that a hanging program could hold."""

    def __init__(self, standstill_s: float = STANDSTILL_S, feed_s: float = FEED_S) -> None:
        self._standstill_s = standstill_s
        self._feed_s = feed_s
        self._fed_s: float | None = None

    def feed(self) -> None:
        """Begin to wait anew, unless that was done within the last second.

        After the time every thread's stack goes to standard error.
        """
        now_s = time.monotonic()
        if self._fed_s is not None and now_s - self._fed_s < self._feed_s:
            return
        self._fed_s = now_s
        faulthandler.dump_traceback_later(self._standstill_s, exit=True)

    def stop(self) -> None:
        """Stop waiting."""
        faulthandler.cancel_dump_traceback_later()
