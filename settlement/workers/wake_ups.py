"""Wakes sleeping threads right after a commit."""

from threading import Event


class Bells:
    """One bell per listener; a missed ring costs one poll interval, no more."""

    def __init__(self) -> None:
        self._bells: list[Event] = []

    def new(self) -> Event:
        bell = Event()
        self._bells.append(bell)
        return bell

    def ring(self) -> None:
        for bell in self._bells:
            bell.set()
