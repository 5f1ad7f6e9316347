"""Puts on record what no truck waits for: receipts and a new order list.

One commit takes as long as the whole way to a decision, so these wait until none is asked for.
"""

from typing import Final

from edge.box.order_list import OrderList
from edge.box.record_writer import RecordWriter
from edge.journal.sender import RecordSender
from edge.lane.signals import Instant

DELAY_MS_MAX: Final = 1_000
"""A lane that is always busy files at this interval."""


class Filing:
    """Waits for a quiet moment."""

    def __init__(
        self, writer: RecordWriter, sender: RecordSender, orders: OrderList, now_ms: int
    ) -> None:
        self._writer = writer
        self._sender = sender
        self._orders = orders
        self._filed_ms = now_ms

    def file(self, at: Instant, *, is_busy: bool) -> None:
        """File what there is, at once if the lane is not busy."""
        if is_busy and at.mono_ms - self._filed_ms < DELAY_MS_MAX:
            return
        self._filed_ms = at.mono_ms
        if self._sender.receipts_due(at.mono_ms):
            self._writer.attempt(self._sender.file_receipts, at)
        if self._orders.is_unkept:
            self._writer.attempt(self._orders.keep, at)
        if not is_busy:
            self._writer.tidy(at)
