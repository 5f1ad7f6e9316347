"""Extends the list all the time, makes a head once a day, and brings it away: rounds of a loop."""

from collections.abc import Callable
from typing import Final, Protocol, TypeVar

import structlog
from sqlalchemy import Connection

from taigan.heads.keeping import Place, next_document, note_kept, places_of
from taigan.heads.log import Head, Signer, Source, extend, make_head, newest_head, size_of
from taigan.heads.settings import HeadSettings
from taigan.key_file import read_key

log = structlog.get_logger()

Result = TypeVar("Result")

EVERY_S: Final = 60.0
"""How often changes are made into lines of the list."""
_HOUR_MS: Final = 3_600_000


class Run(Protocol):
    """Does work in one transaction, and again if the database asks for it."""

    def __call__(self, work: Callable[[Connection], Result], /) -> Result: ...


class Keeper:
    """One program's list and heads; without settings the list grows, and no head is made."""

    def __init__(
        self,
        source: Source,
        run: Run,
        settings: HeadSettings | None,
        now_ms: Callable[[Connection], int],
    ) -> None:
        self._source, self._run, self._settings, self._now_ms = source, run, settings, now_ms
        self._silent: set[str] = set()
        """Places that did not take the last document; said once."""

    def round(self) -> None:
        """Extend the list, make the day's head, bring it to every place that lacks it."""
        self.extend()
        if self._settings is None:
            return
        if self._run(self._is_due):
            self.head(self._settings)
        for place in places_of(self._settings):
            self._bring(place)

    def extend(self) -> None:
        """Make every change that waits into a line of the list."""
        while self._run(lambda connection: extend(connection, self._source)):
            pass

    def head(self, settings: HeadSettings) -> Head:
        """Extend the list and sign it now; raise OSError, ValueError, TypeError for a wrong key."""
        self.extend()
        signer = Signer(settings.origin, read_key(settings.key_file))
        return self._run(
            lambda connection: make_head(connection, self._source, signer, self._now_ms(connection))
        )

    def _is_due(self, connection: Connection) -> bool:
        if self._settings is None:
            return False
        if size_of(connection, self._source.tables) == 0:
            return False  # the first head comes with the first facts, not a day after them
        last = newest_head(connection, self._source.tables)
        every_ms = self._settings.every_hours * _HOUR_MS
        return last is None or self._now_ms(connection) - last.made_ms >= every_ms

    def _bring(self, place: Place) -> None:
        try:
            while self._bring_some(place):
                pass
        except OSError as error:
            if place.name not in self._silent:
                log.warning("A head could not be brought away", place=place.name, error=str(error))
            self._silent.add(place.name)
        else:
            self._silent.discard(place.name)

    def _bring_some(self, place: Place) -> bool:
        """Bring what a place lacks next, outside of any transaction; return if it lacked any."""
        tables = self._source.tables
        head = self._run(lambda connection: newest_head(connection, tables))
        if head is None:
            return False
        document = self._run(lambda c: next_document(c, tables, place.name, head))
        if document is None:
            return False
        now_ms = self._run(self._now_ms)
        place.keep(document, now_ms)
        self._run(lambda c: note_kept(c, tables, place.name, document, now_ms))
        return True
