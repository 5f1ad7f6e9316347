"""A thread that keeps one connection up: a lost one is tried again, after a growing pause."""

from collections.abc import Callable
from threading import Event, Thread
from typing import Final

PAUSE_S_FIRST: Final = 0.2
PAUSE_S_MAX: Final = 5.0


class RetryThread:
    """Runs `attempt` again and again until it is stopped."""

    def __init__(
        self, name: str, attempt: Callable[[], None], *, pause_s_first: float = PAUSE_S_FIRST
    ) -> None:
        """`attempt` serves one connection and returns when it is lost or `stopping` is set."""
        self._attempt = attempt
        self._pause_s_first = pause_s_first
        self._pause_s = pause_s_first
        self._stop = Event()
        self._thread = Thread(target=self._run, name=name, daemon=True)

    @property
    def stopping(self) -> bool:
        """Tell whether the attempt must end."""
        return self._stop.is_set()

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def start(self) -> None:
        self._thread.start()

    def stop(self, interrupt: Callable[[], None] | None = None) -> None:
        """End, and wait for it; `interrupt` ends what an attempt may be waiting for."""
        self._stop.set()
        if interrupt is not None:
            interrupt()
        self._thread.join()

    def succeeded(self) -> None:
        """Make the next pause short again: this attempt has reached the device."""
        self._pause_s = self._pause_s_first

    def pause_next(self, seconds: float) -> None:
        """Set the pause after this attempt."""
        self._pause_s = seconds

    def _run(self) -> None:
        while not self.stopping:
            self._attempt()
            self._stop.wait(self._pause_s)
            self._pause_s = min(self._pause_s * 2, PAUSE_S_MAX)
