"""Watches whether a barrier obeys, and names the order to repeat when it does not.

A relay that clicked is no proof: the barrier's own limit input is. Where none is wired, the output
module's answer is believed. A barrier ordered to close stays watched: its safety edge raises an arm
that touches something, and only the lane lowers it again. An arm that goes up when it has long been
down was raised by a person: it stays up until the lane has a truck to open for, unless the settings
say otherwise.

An output module that refuses the command for a pulse will refuse it again: the lane is out of
service then, and the module is tried once more after each time that it was away.
"""

from dataclasses import dataclass

from edge.config import Rules
from edge.lane.effects import Barrier, Close, Open
from edge.lane.signals import BarrierRefused, BarrierTold, InputsLost, InputsRead


@dataclass(slots=True)
class BarrierWatch:
    """One barrier."""

    rules: Rules
    is_open: bool | None = None
    """The limit input; None while it is not wired or cannot be read."""
    stuck: bool = False
    """It was ordered several times without effect; cleared when it moves or gets a new order."""
    raised: bool = False
    """It was down, and went up without an order."""
    _left_top: bool = False
    """It obeyed the order to close: it is down, or was on its way."""
    _wanted: Open | Close | None = None
    _taken: bool = False
    _due_ms: int | None = None
    """When to repeat the order; None while it is obeyed, and once closing is given up."""
    _ordered_ms: int = 0
    _told_ms: int = 0
    """When the order was last sent to the output module."""
    _tries: int = 0
    """Pulses since the lane's last order, even if the barrier moved in between."""

    def ordered(self, order: Open | Close, now_ms: int) -> None:
        """Take note of a new order."""
        self._wanted, self._taken, self._tries, self.stuck = order, False, 1, False
        self.raised = self._left_top = False
        self._ordered_ms = self._told_ms = now_ms
        self._due_ms = now_ms + self.rules.barrier_ms

    def expect_down(self, barrier: Barrier, now_ms: int) -> None:
        """Take it for down, if nothing was ordered yet: where it is up, somebody raised it."""
        if self._wanted is None:
            self._wanted, self._left_top = Close(barrier), True
            self._told_ms = now_ms - self.rules.barrier_ms - 1

    def taken(self, order: Open | Close) -> None:
        """Take note that the output module took an order."""
        self._taken = self._taken or order == self._wanted

    def refused(self) -> None:
        """Take note that no pulse can be sent; opening is repeated, as a truck may be inside."""
        self._tries = 0
        if isinstance(self._wanted, Close):
            self._due_ms = None

    def try_again(self, now_ms: int) -> None:
        """Repeat the order to close now: another output module may be there."""
        if isinstance(self._wanted, Close):
            self._due_ms = now_ms

    def seen(self, *, is_open: bool | None, now_ms: int) -> None:
        """Take the limit input; what was read before the order says nothing of it."""
        self.is_open = is_open
        if self._wanted is None or is_open is None or now_ms < self._ordered_ms:
            return
        if is_open is isinstance(self._wanted, Open):
            self._due_ms, self.stuck, self.raised = None, False, False
            self._left_top = isinstance(self._wanted, Close)
            self._wanted = self._wanted if self._left_top else None
        elif self._due_ms is None and not self.stuck and not self.raised:
            self._went_up(now_ms)

    def repeat(self, now_ms: int, *, beam_clear: bool) -> Open | Close | None:
        """Return the order to repeat now, if any; never an order to close on a blocked beam."""
        due_ms = self.due_ms()
        if due_ms is None or now_ms < due_ms:
            return None
        self._due_ms = now_ms + self.rules.barrier_ms
        if isinstance(self._wanted, Close) and not beam_clear:
            return None
        self.stuck = self._tries >= self.rules.barrier_tries
        self._tries += 1
        if self.stuck and isinstance(self._wanted, Close):
            self._due_ms = None  # a person may be working on it; a truck locked in is different
            return None
        self._told_ms = now_ms
        return self._wanted

    def _went_up(self, now_ms: int) -> None:
        """Judge an arm that was told to close and is up again: by its safety edge, or by hand."""
        self.raised = self._left_top and now_ms - self._told_ms > self.rules.barrier_ms
        if not self.raised or self.rules.lower_raised_arm:
            self._due_ms = now_ms + self.rules.barrier_ms

    def due_ms(self) -> int | None:
        """Return when `repeat` wants to be asked."""
        believed = self._taken and self.is_open is None
        return None if believed else self._due_ms


class Barriers:
    """Both barriers of a lane, with the photocells under them."""

    def __init__(self, rules: Rules) -> None:
        self._watches: dict[Barrier, BarrierWatch] = {
            "entry": BarrierWatch(rules),
            "exit": BarrierWatch(rules),
        }
        self._clear: dict[Barrier, bool] = {"entry": False, "exit": False}
        self._was_lost = False
        self.refusal = ""
        """Why the output module moves no barrier; empty while it does."""

    @property
    def trouble(self) -> str | None:
        """Return why no truck can be served."""
        return "pulse_refused" if self.refusal else None

    def wrong(self) -> dict[Barrier, str]:
        """Return barrier -> reason for each that does not obey or is up without an order."""
        up = {name: "barrier_raised" for name, watch in self._watches.items() if watch.raised}
        stuck = {name: "barrier_stuck" for name, watch in self._watches.items() if watch.stuck}
        return up | stuck

    def ordered(self, order: Open | Close, now_ms: int) -> None:
        """Take note of a new order."""
        self._watches[order.barrier].ordered(order, now_ms)

    def expect_down(self, now_ms: int) -> None:
        """Take note that the lane has judged its deck after a start: what it opens, it orders."""
        for barrier, watch in self._watches.items():
            watch.expect_down(barrier, now_ms)

    def note_taken(self, signal: BarrierTold) -> None:
        """Take note that the output module took an order."""
        self.refusal = ""
        self._watches[signal.order.barrier].taken(signal.order)

    def note_refused(self, signal: BarrierRefused) -> None:
        """Take note that the output module does not know the command."""
        self.refusal = signal.detail
        self._watches[signal.order.barrier].refused()

    def read(self, signal: InputsRead | InputsLost) -> None:
        """Take limits and beams; a beam that cannot be read is no clear one."""
        is_open: dict[Barrier, bool | None] = {"entry": None, "exit": None}
        self._clear = {"entry": False, "exit": False}
        if isinstance(signal, InputsRead):
            is_open = {"entry": signal.entry_open, "exit": signal.exit_open}
            self._clear = {"entry": signal.entry_clear, "exit": signal.exit_clear}
        for barrier, watch in self._watches.items():
            watch.seen(is_open=is_open[barrier], now_ms=signal.mono_ms)
            if self.refusal and self._was_lost and isinstance(signal, InputsRead):
                watch.try_again(signal.mono_ms)
        self._was_lost = isinstance(signal, InputsLost)

    def repeat(self, now_ms: int) -> list[Open | Close]:
        """Return the orders to repeat now."""
        repeated = [
            watch.repeat(now_ms, beam_clear=self._clear[barrier])
            for barrier, watch in self._watches.items()
        ]
        return [order for order in repeated if order is not None]
