"""One named thread that repeats a piece of work and survives everything that it raises."""

from collections.abc import Callable
from threading import Event, Thread
from typing import Final

import structlog

from settlement.wake_ups import WakeUps

log = structlog.get_logger()

_AFTER_FAILURE_S: Final = 1.0


class Loop:
    """A named thread that repeats `run_once` until stopped; waits while there is nothing to do."""

    def __init__(
        self, name: str, wake_ups: WakeUps, poll_s: float, run_once: Callable[[], bool]
    ) -> None:
        self._woken = wake_ups.listen()
        self._poll_s = poll_s
        self._run_once = run_once
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
                busy = self._run_once()
            except Exception:
                # A loop that ended would pay and notify nobody until a restart; this one shows in
                # /readyz and goes on by itself when what broke it has passed.
                log.exception("A loop failed and is tried again", loop=self.name)
                self.failing = True
                self._stopping.wait(_AFTER_FAILURE_S)
                continue
            self.failing = False
            if not busy:
                self._woken.wait(self._poll_s)
