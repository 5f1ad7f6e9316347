"""Puts records on the box's disk, and copes with one that is full or slow."""

from collections.abc import Callable, Sequence
from typing import Final

import structlog

from edge.box.lane_clock import LaneClock
from edge.journal.journal import Journal, JournalFull
from edge.journal.sender import RecordSender
from edge.lane.effects import Write
from edge.lane.signals import Instant
from edge.messages import SendAgain

log = structlog.get_logger()

RETRY_MS: Final = 2_000
"""After a write that failed nothing is written for this long."""


class RecordWriter:
    """All that writes to the journal goes through here, one thing at a time."""

    def __init__(
        self, journal: Journal, sender: RecordSender, clock: LaneClock, free_mb_min: int
    ) -> None:
        self._journal = journal
        self._sender = sender
        self._clock = clock
        self._free_mb_min = free_mb_min
        self._has_little_room = False
        self._retry_ms = clock.now_ms
        self.has_failed = False
        """The last write failed: no truck can be served, and none inside can be let out."""

    def append(self, writes: Sequence[Write], at: Instant) -> bool:
        """Make records durable and have them sent; tell whether they are."""
        if not self.attempt(lambda: self._journal.append(writes, at), at):
            return False
        self._sender.fill()
        return True

    def send_again(self, asked: SendAgain, at: Instant) -> None:
        """Take up what the gateway has lost; if that cannot be noted now, it asks again."""
        self.attempt(lambda: self._sender.send_again(asked), at)

    def attempt(self, work: Callable[[], object], at: Instant) -> bool:
        """Do something that writes, unless a write has just failed; tell whether it is done."""
        if at.mono_ms < self._retry_ms:
            return False
        try:
            with self._clock.standing_still():
                work()
        except JournalFull as error:
            log.critical("the journal cannot be written", reason=str(error))
            self.has_failed, self._retry_ms = True, at.mono_ms + RETRY_MS
            return False
        self.has_failed = False
        return True

    def tidy(self, at: Instant) -> None:
        """Do the disk's housekeeping if there is enough of it."""
        if self._journal.is_untidy():
            self.attempt(self._journal.tidy, at)

    def check_disk(self, at: Instant) -> None:
        """Measure the room left; after a failed write try another, so that service comes back."""
        self._has_little_room = self._journal.free_mb() < self._free_mb_min
        if self.has_failed:
            self.attempt(lambda: self._journal.keep("probe", at.utc.isoformat()), at)

    @property
    def trouble(self) -> str | None:
        """Why no truck can be put on record now; None if one can."""
        if self._sender.forked:
            return "journal_fork"
        return "lane_full_disk" if self._has_little_room or self.has_failed else None
