"""One named thread that does a piece of work when it is due and survives all that it raises."""

from threading import Event, Thread
from typing import Final, Protocol

import structlog

from settlement.wake_ups import WakeUps

log = structlog.get_logger()

_AFTER_FAILURE_S: Final = 1.0
_AGAIN_S: Final = 0.05
"""Pause when what was due could not be done: another worker has it, or it moved on by itself."""


class Work(Protocol):
    def due_in_s(self) -> float:
        """Return how long there is nothing to do; 0 or less if something is due."""

    def run_once(self) -> bool:
        """Do some of what is due; return whether there may be more."""


class Loop:
    """A named thread that works until stopped, when something is due or it is woken.

    It looks every `poll_s` all the same, for what was written where nobody tells it.
    """

    def __init__(self, name: str, wake_ups: WakeUps, poll_s: float, work: Work) -> None:
        self._woken = wake_ups.listen()
        self._poll_s = poll_s
        self._work = work
        self._stopping = Event()
        self.failing = False
        """Whether its last run raised."""
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        self._stopping.set()
        self._woken.set()
        self._thread.join(timeout_s)

    @property
    def name(self) -> str:
        return self._thread.name

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._woken.clear()
            try:
                wait_s = self._turn()
            except Exception:
                # A loop that ended would pay and notify nobody until a restart; this one shows in
                # /readyz and goes on by itself when what broke it has passed.
                log.exception("A loop failed and is tried again", loop=self.name)
                self.failing = True
                self._stopping.wait(_AFTER_FAILURE_S)
                continue
            self.failing = False
            if wait_s > 0:
                self._woken.wait(wait_s)

    def _turn(self) -> float:
        """Do what is due and return how long to wait then."""
        wait_s = min(self._work.due_in_s(), self._poll_s)
        if wait_s > 0:
            return wait_s
        return 0 if self._work.run_once() else min(_AGAIN_S, self._poll_s)
