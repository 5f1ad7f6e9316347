"""Wakes sleeping threads right after a commit."""

from threading import Event


class WakeUps:
    """One event for each listener; a missed one costs one poll interval, no more."""

    def __init__(self) -> None:
        self._events: list[Event] = []

    def listen(self) -> Event:
        """Return a new listener's event; `wake_all` sets it, the listener clears it."""
        event = Event()
        self._events.append(event)
        return event

    def wake_all(self) -> None:
        for event in self._events:
            event.set()
