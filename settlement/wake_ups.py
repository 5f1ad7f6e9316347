"""Wakes sleeping loops right after a commit."""

from collections.abc import Callable


class WakeUps:
    """Whom to wake; a call that is missed costs one poll interval, no more."""

    def __init__(self) -> None:
        self._wakes: list[Callable[[], None]] = []

    def add(self, wake: Callable[[], None]) -> None:
        """Have `wake_all` call `wake` too, from any thread; it returns at once."""
        self._wakes.append(wake)

    def wake_all(self) -> None:
        for wake in self._wakes:
            wake()
