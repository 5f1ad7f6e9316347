"""Tickets that the gateway was told are settled, and that this database does not know.

A database that is restored from a backup cannot know what it has lost; whoever asks for it does.
"""

import threading
import time
from collections.abc import Callable
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, bindparam, select

from settlement.tables import settlements

KEPT_S: Final = 1_800.0
"""The gateway asks every ten minutes for what it misses; what it asks for no more, it gave up."""
KEPT_MAX: Final = 500

_KNOWN: Final = select(settlements.c.ticket_id).where(
    settlements.c.ticket_id.in_(bindparam("ticket_ids", expanding=True))
)


class ForgottenTickets:
    """In memory, of one process; any thread may call it."""

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._asked_s: dict[UUID, float] = {}
        self._lock = threading.Lock()

    def note(self, ticket_id: UUID) -> None:
        """Keep that somebody who was told of its settlement asked for it in vain."""
        with self._lock:
            self._asked_s.pop(ticket_id, None)
            self._asked_s[ticket_id] = self._clock_s()
            if len(self._asked_s) > KEPT_MAX:
                del self._asked_s[next(iter(self._asked_s))]

    def look(self, connection: Connection) -> str | None:
        """Return how many are missing still, None if none are."""
        missing = self._recent()
        if missing:
            missing -= set(connection.execute(_KNOWN, {"ticket_ids": list(missing)}).scalars())
        if not missing:
            return None
        return (
            f"{len(missing)} tickets that the gateway saw settled are unknown (a restored backup?)"
        )

    def _recent(self) -> set[UUID]:
        since_s = self._clock_s() - KEPT_S
        with self._lock:
            self._asked_s = {one: at_s for one, at_s in self._asked_s.items() if at_s >= since_s}
            return set(self._asked_s)
