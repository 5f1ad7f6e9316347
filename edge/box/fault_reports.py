"""Puts device faults on record, once when they come and once when they go."""

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

import structlog

from edge.box.record_writer import RecordWriter
from edge.lane.effects import Write
from edge.lane.faults import FaultBook
from edge.lane.signals import Instant
from edge.messages import LaneFault

log = structlog.get_logger()


class FaultReports:
    """The fault book, written down."""

    def __init__(self, book: FaultBook, writer: RecordWriter, new_id: Callable[[], UUID]) -> None:
        self._book = book
        self._writer = writer
        self._new_id = new_id

    def update(self, wrong: Mapping[str, str], at: Instant) -> None:
        """Record what changed; `wrong` is device -> reason for everything that is wrong now."""
        writes = self._book.update(wrong, at.mono_ms, self._new_id)
        if writes:
            self._write(writes, at)

    def raise_fault(self, device: str, reason: str, at: Instant) -> None:
        """Record a fault that no device reports by itself."""
        content = {"device": device, "state": "raised", "reason": reason}
        self._write([Write(LaneFault, self._new_id(), content)], at)

    def _write(self, writes: Sequence[Write], at: Instant) -> None:
        if not self._writer.append(writes, at):
            return
        for write in writes:
            device, reason = str(write.content["device"]), str(write.content["reason"])
            raised = write.content["state"] == "raised"
            self._book.note(device, reason, at.mono_ms, raised=raised)
            log.warning("device fault", device=device, reason=reason, raised=raised)
