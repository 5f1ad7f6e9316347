"""One thread that does rounds of work for as long as a program lives, and says when it does not.

A round is a plain function. Whatever it raises is logged once, shown once it lasts, and followed by
the next round: a loop that ended would do nothing until a restart, unseen. This is the thread's
boundary, and the only place that catches everything on behalf of a loop.
"""

import time
from collections.abc import Callable
from threading import Event, Thread
from typing import Final

import structlog

log = structlog.get_logger()

Round = Callable[[], float | None]
"""Does what there is to do; returns the seconds until the next round, None for as usual."""

STOP_WITHIN_S: Final = 5.0
SHOWN_AFTER: Final = 3
"""Failed rounds in a row: one alone, while a server restarts say, turns nobody away."""
BACK_OFF_S: Final = (0.25, 0.5, 1.0, 2.0, 5.0)
STANDSTILL_S: Final = 180.0
"""Longer than any piece of a round: a transaction is tried five times, 30 s for a lock each."""


class Loop:
    """A thread with a name; `check`, `wake` and `stop` may be called from any other."""

    def __init__(
        self,
        name: str,
        round_: Round,
        every_s: float,
        *,
        at_once: bool = False,
        at_end: Callable[[], None] | None = None,
    ) -> None:
        """Do `round_` every `every_s`, `at_once` when started; `at_end` closes what it used."""
        self.name = name
        self._round = round_
        self._every_s = every_s
        self._at_once = at_once
        self._at_end = at_end
        self._woken = Event()
        self._stopping = Event()
        self._moved_s: float | None = None
        """When the round at hand began or went on; None between two rounds."""
        self._failures = 0
        self._reason: str | None = None
        self._thread = Thread(target=self._run, name=name, daemon=True)

    # --- for the program ---

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Do a round now, or another after the one at hand; returns at once.

        A loop that fails finishes its pause first: who wakes it must not have it fail faster.
        """
        self._woken.set()

    def stop(self, within_s: float = STOP_WITHIN_S) -> bool:
        """End a wait at once and a round when it ends; return False, and say so, if it does not."""
        self._stopping.set()
        self._woken.set()
        if self._thread.ident is not None:
            self._thread.join(within_s)
        has_stopped = not self._thread.is_alive()
        if not has_stopped:
            log.error("a loop did not stop and is left behind", loop=self.name, within_s=within_s)
        if self._at_end is not None:
            self._at_end()
        return has_stopped

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def check(self) -> str | None:
        """Return why its work is not done, None if it is."""
        if self._failures < SHOWN_AFTER:
            return self.standstill()
        return self.standstill() or f"failed {self._failures} times: {self._reason}"

    def standstill(self) -> str | None:
        """Return why it does no rounds, None if it does, be it that they fail.

        Against a standstill a restart helps. Against rounds that fail for a database that is away
        it does not.
        """
        if not self._thread.is_alive():
            how = "has not been started" if self._thread.ident is None else "has ended"
            return f"the {self.name} thread {how}"
        moved_s = self._moved_s
        if moved_s is not None and (lasts_s := time.monotonic() - moved_s) > STANDSTILL_S:
            return f"the {self.name} thread has stood still for {lasts_s:.0f} s"
        return None

    # --- for the round ---

    def is_stopping(self) -> bool:
        """Tell a round, between two pieces of its work, whether it must end; it has moved then."""
        self._moved_s = time.monotonic()
        return self._stopping.is_set()

    def pause(self, seconds: float) -> bool:
        """Wait inside a round; return at once, and True, when it must end."""
        self._stopping.wait(seconds)
        return self.is_stopping()

    # --- its thread ---

    def _run(self) -> None:
        if not self._at_once:
            self._woken.wait(self._every_s)
        while True:
            self._woken.clear()
            if self._stopping.is_set():  # looked at last: `clear` may have taken its call away
                return
            self._do_round()

    def _do_round(self) -> None:
        self._moved_s = time.monotonic()
        try:
            wait_s = self._round()
        except Exception as error:
            self._moved_s = None
            reason = repr(error)
            if reason != self._reason:
                log.exception("a loop fails and goes on", loop=self.name)
            self._failures, self._reason = self._failures + 1, reason
            self._stopping.wait(BACK_OFF_S[min(self._failures, len(BACK_OFF_S)) - 1])
        else:
            self._moved_s = None
            self._note_success()
            self._woken.wait(self._every_s if wait_s is None else wait_s)

    def _note_success(self) -> None:
        if self._failures:
            log.info("a loop works again", loop=self.name, failures=self._failures)
        self._failures = 0
        self._reason = None
