"""Gets records to the gateway: sends them until their receipts come, and files the receipts."""

from typing import Final
from uuid import UUID

import structlog

from edge.journal.journal import Journal
from edge.journal.outbox import WINDOW_MAX, Outbox
from edge.messages import Receipt, SendAgain, Verdict
from edge.ports import Link

log = structlog.get_logger()

FILE_AFTER_MS: Final = 100
"""Receipts come in groups, and one commit does for a group."""


class RecordSender:
    """The outbox at work. Used by the runner's thread only, as the journal is."""

    def __init__(self, journal: Journal, link: Link, now_ms: int) -> None:
        self._journal = journal
        self._link = link
        self._outbox = Outbox()
        self._receipts: list[tuple[str, int, Verdict]] = []
        self._receipts_ms = now_ms
        self.connected = False
        self.forked = False
        """The gateway knows another record by one of our numbers: this journal was copied."""
        self.fill()

    def fill(self) -> None:
        """Let the oldest records into the outbox; those whose receipt is not filed yet are done."""
        done = {seq for _, seq, _ in self._receipts}
        waiting = self._journal.unacknowledged(WINDOW_MAX + len(done))
        self._outbox.add(seq for seq in waiting if seq not in done)

    def ask_again(self, event_id: UUID, now_ms: int) -> None:
        """Send a record now, receipted or not: its decision has not come."""
        seq = self._journal.number_of(event_id)
        if seq is not None:
            self._outbox.ask(seq, now_ms)

    def send_again(self, asked: SendAgain) -> None:
        """Send what the gateway had receipted and has lost, slowly; JournalFull leaves it undone.

        A record that still waits for its receipt is on its way already, and all behind it.
        """
        if asked.epoch != self._journal.epoch:
            return
        self.file_receipts()
        count = self._journal.reopen(asked.seq)
        if count:
            log.warning("the gateway has lost records, sending again", seq=asked.seq, count=count)
            self._outbox.creep(self._journal.seq)
            self.fill()

    def heard(self, now_ms: int) -> None:
        """Take a message of the gateway's as the sign that it is back."""
        self._outbox.heard(now_ms)

    def link_changed(self, *, connected: bool) -> None:
        """Start over after a reconnect: what was under way may be lost."""
        self.connected = connected
        if connected:
            self._outbox.reconnected()

    def receipted(self, receipt: Receipt, now_ms: int) -> None:
        """Take receipts; they are filed when there is time: one that gets lost comes again."""
        for epoch, seq, verdict in receipt.entries:
            if epoch != self._journal.epoch:
                continue
            if verdict is Verdict.FORK:
                self.forked = True
                log.critical("another record has this number: the journal was copied", seq=seq)
                continue
            if verdict is Verdict.REFUSED:
                log.warning("record refused by the gateway", seq=seq)
            self._outbox.receipted(seq, now_ms)
            if not self._receipts:
                self._receipts_ms = now_ms
            self._receipts.append((epoch, seq, verdict))
        self.fill()

    def send(self, now_ms: int) -> None:
        """Send what is due."""
        if not self.connected:
            return
        for seq in self._outbox.due(now_ms):
            self._link.publish("event", self._journal.sealed(seq).model_dump_json())

    def receipts_due(self, now_ms: int) -> bool:
        """Tell whether there are receipts to file, and time for it."""
        return bool(self._receipts) and now_ms - self._receipts_ms >= FILE_AFTER_MS

    def file_receipts(self) -> None:
        """Put receipts on record; JournalFull leaves it undone."""
        self._journal.acknowledge(self._receipts)
        self._receipts.clear()

    def next_ms(self) -> int | None:
        """Return when something is to be sent next."""
        return self._outbox.next_ms() if self.connected else None
