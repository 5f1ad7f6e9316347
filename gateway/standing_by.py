"""One gateway at a time is connected to the broker under its name; others of that name stand by.

A broker throws out whoever has the name that another client comes with. Two gateways that share one
would do that to each other for ever. So the name is held in the database that they share as well,
and who does not have it waits: it serves people, and takes over when the other is gone.
"""

from collections.abc import Callable
from typing import Final

import structlog
from sqlalchemy import Engine

from gateway.config import Mqtt
from taigan.loop import Loop
from taigan.named_lock import NamedLock

log = structlog.get_logger()

LOOK_S: Final = 1.0


class StandBy:
    """Holds the name, or waits for it."""

    def __init__(
        self, engine: Engine, mqtt: Mqtt, begin: Callable[[], None], end: Callable[[], None]
    ) -> None:
        """Call `begin` once when the name is had, and `end` if another gateway has taken it."""
        # A broker that takes the user's name for the client's, as the shipped Mosquitto does,
        # throws out a second client of the same user.
        user = [] if mqtt.username is None else [f"gateway-user-{mqtt.username}"]
        self._lock = NamedLock(engine, [f"gateway-client-{mqtt.client_id}", *user])
        self._name = mqtt.client_id if mqtt.username is None else mqtt.username
        self._begin = begin
        self._end = end
        self._waits = False
        self._is_lost = False
        self.is_active = False
        self.loop = Loop("stand-by", self._look, LOOK_S)

    def start(self) -> None:
        """Take the name now if it is free; otherwise go on trying."""
        self._look()
        self.loop.start()

    def stop(self) -> None:
        """Take over no more; what is held is held until `release`."""
        self.loop.stop()

    def release(self) -> None:
        """Let another gateway take over."""
        self._lock.release()

    def check(self) -> str | None:
        """Return that another gateway does the work, None if this one does."""
        if self.is_active:
            return self.loop.check()
        return f"another gateway is connected to the broker as {self._name}: standing by for it"

    def _look(self) -> None:
        if self._lock.take():
            if not self.is_active:
                self._take_over()
        elif self.is_active:
            self._lose()
        elif not self._waits:
            self._waits = True
            log.warning("another gateway is connected as this one, standing by", name=self._name)

    def _take_over(self) -> None:
        if self._waits:
            log.warning("the other gateway is gone, taking over", name=self._name)
        try:
            self._begin()
        finally:
            self.is_active = True  # what did not begin shows: it is not begun twice

    def _lose(self) -> None:
        """End: the connection that held the name broke, and a stand-by was quicker."""
        if not self._is_lost:
            log.critical("another gateway has taken over, ending", name=self._name)
            self._is_lost = True
            self._end()
