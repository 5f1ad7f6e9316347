"""One queue, one thread: a signal comes in, the table is asked, effects are performed in order.

Records are made durable before anything moves. When that fails the lane stays in the state it had,
so the barrier stays shut and the same event comes up again.
"""

import queue
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Event as Flag
from typing import Final
from uuid import UUID

import structlog

from edge.box.announcer import Announcer
from edge.box.fault_reports import FaultReports
from edge.box.filing import Filing
from edge.box.lane_clock import LaneClock
from edge.box.lane_devices import LaneDevices
from edge.box.order_list import OrderList
from edge.box.record_writer import RecordWriter
from edge.box.reports import Reports, ScreenView
from edge.config import Settings
from edge.journal.journal import Journal
from edge.journal.sender import RecordSender
from edge.lane.effects import AskAgain, Close, Effect, Open, Reply, Texts, Write
from edge.lane.faults import FaultBook
from edge.lane.machine import ASKING, UnexpectedEvent, new_lane, obey, step
from edge.lane.signals import (
    BarrierTold,
    CommandReceived,
    Instant,
    LinkChanged,
    OrdersReceived,
    ReceiptReceived,
    SendAgainReceived,
    Signal,
)
from edge.lane.state import Lane, LaneContext, begins, greens, note_pulse
from edge.lane.texts import reason_text
from edge.messages import Command, CommandResult, key_id
from edge.ports import Ports

log = structlog.get_logger()

EVENTS_PER_SIGNAL_MAX: Final = 8
"""One signal can lead through several rows; more than this is a circle."""

CHECK_MS: Final = 2_000
"""Between two looks at slow things: free disk, faults, the link's thread."""

WAIT_S_MAX: Final = 0.5
WAIT_S_MIN: Final = 0.02
"""What is overdue could not be done: trying again without a pause would not help."""


class Runner:
    """One lane at work."""

    def __init__(
        self, settings: Settings, journal: Journal, ports: Ports, new_id: Callable[[], UUID]
    ) -> None:
        """Take up what the journal kept: the last stop, the faults, the order list."""
        self._settings = settings
        self._ports = ports
        self._new_id = new_id
        self._clock = LaneClock(ports.clock)
        now_ms = self._clock.now_ms
        self._devices = LaneDevices(settings, journal.last_stop(), now_ms)
        sensors = self._devices.sensors
        plates = sensors.identification.plates
        self._orders = OrderList(settings, journal, plates, self._clock)
        self._sender = RecordSender(journal, ports.link, now_ms)
        self._writer = RecordWriter(
            journal, self._sender, self._clock, settings.journal.free_mb_min
        )
        self._filing = Filing(self._writer, self._sender, self._orders, now_ms)
        self._faults = FaultReports(FaultBook(journal.open_faults()), self._writer, new_id)
        believed = key_id(settings.signing.gateway_key)
        self._reports = Reports(sensors, self._devices.health, journal, ports.link, believed)
        self._announcer = Announcer(settings, sensors, journal, ports)
        self._lane = new_lane(now_ms)
        self._check_ms = now_ms

    @property
    def lane(self) -> Lane:
        """Where the lane stands now."""
        return self._lane

    def run(self, signals: "queue.Queue[Signal]", stop: Flag, alive: Callable[[], None]) -> None:
        """Work until `stop` is set; call `alive` each time round."""
        while not stop.is_set():
            alive()
            signal: Signal | None = None
            with suppress(queue.Empty):  # nothing came, but time passed: that is an event as well
                signal = signals.get(timeout=self._wait_s())
            self.take(signal, more=not signals.empty())

    def raise_fault(self, device: str, reason: str) -> None:
        """Put a fault on record that no device reports by itself."""
        self._faults.raise_fault(device, reason, self._clock.now())

    def take(self, signal: Signal | None, *, more: bool = False) -> None:
        """Take one signal, or only the passing of time; `more` says that others are waiting."""
        at = self._clock.moment(signal, more=more)
        if signal is not None:
            self._note(signal, at)
        self._follow(at)
        self._repeat_barriers()
        self._announcer.announce(self._lane, self._texts(), at)
        self._sender.send(self._clock.now_ms)
        self._filing.file(at, is_busy=more or self._lane.state in ASKING)
        self._check(at)
        self._report(at)
        self._lane = self._clock.postponed(self._lane)

    # --- a signal comes in -----------------------------------------------------------------------

    def _note(self, signal: Signal, at: Instant) -> None:
        match signal:
            case CommandReceived():
                self._obey(signal.command, at)
            case OrdersReceived():
                self._orders.receive(signal)
                self._sender.heard(signal.mono_ms)
            case ReceiptReceived():
                self._sender.receipted(signal.receipt, signal.mono_ms)
            case SendAgainReceived():
                self._writer.send_again(signal.message, at)
            case LinkChanged():
                self._sender.link_changed(connected=signal.connected)
                self._reports.repeat_all()
            case _:
                self._devices.note(signal, at)
        if isinstance(signal, BarrierTold):
            self._lane = note_pulse(self._lane, signal)

    def _obey(self, command: Command, at: Instant) -> None:
        following, effects = obey(self._lane, command, self._context(at))
        replies = [one.outcome for one in effects if isinstance(one, Reply)]
        log.info(
            "command", action=command.action, stop_id=str(command.stop_id), outcome=replies[-1]
        )
        self._perform(following, effects, at)

    # --- the table is asked ----------------------------------------------------------------------

    def _follow(self, at: Instant) -> None:
        for _ in range(EVENTS_PER_SIGNAL_MAX):
            trouble = self._trouble
            event = self._devices.sensors.next_event(self._lane, at.mono_ms, trouble)
            if event is None:
                return
            try:
                following, effects = step(self._lane, event, self._context(at))
            except UnexpectedEvent as error:
                log.exception("event without a row", event_type=type(error.event).__name__)
                return
            if not self._perform(following, effects, at):
                return

    @property
    def _trouble(self) -> str | None:
        return self._writer.trouble or self._devices.barriers.trouble

    def _context(self, at: Instant) -> LaneContext:
        settings = self._settings
        return LaneContext(
            at=at,
            now=self._clock.now(),
            deck=self._devices.sensors.view(at.mono_ms, self._trouble),
            rules=settings.rules,
            offline=self._orders.facts(self._lane.stop, at),
            new_id=self._new_id,
            yard=settings.yard,
            lane=settings.lane,
            e_kg=settings.scale.e_kg,
            protocol=settings.scale.protocol,
        )

    # --- effects are performed -------------------------------------------------------------------

    def _perform(self, following: Lane, effects: Sequence[Effect], at: Instant) -> bool:
        """Record first, then move; tell whether the lane went on."""
        writes = [effect for effect in effects if isinstance(effect, Write)]
        if writes and not self._writer.append(writes, at):
            return False
        before, self._lane = self._lane, following
        self._devices.committed(before, following)
        if following.state is not before.state or begins(before, following):
            stop = following.stop or before.stop
            log.info("lane", state=following.state.value, stop_id=str(stop.stop_id) if stop else "")
            self._check_ms = at.mono_ms  # what is wrong with a state may be over in a moment
        for effect in effects:
            if not isinstance(effect, Write):
                self._do(effect, at)
        self._ports.gates.light(greens(following.state))
        return True

    def _do(self, effect: Open | Close | Reply | AskAgain, at: Instant) -> None:
        match effect:
            case Open() | Close():
                self._devices.barriers.ordered(effect, self._clock.now_ms)
                self._ports.gates.obey(effect)
            case Reply(command_id, outcome):
                result = CommandResult(command_id=command_id, outcome=outcome, at=at.utc)
                self._ports.link.publish("command-result", result.model_dump_json())
            case AskAgain(event_id):
                self._sender.ask_again(event_id, at.mono_ms)

    # --- everything else, each time round --------------------------------------------------------

    def _repeat_barriers(self) -> None:
        for order in self._devices.barriers.repeat(self._clock.now_ms):
            log.warning("barrier told again", barrier=order.barrier, order=type(order).__name__)
            self._ports.gates.obey(order)

    def _texts(self) -> Texts:
        return reason_text("lane_full_disk") if self._writer.has_failed else self._lane.texts

    def _check(self, at: Instant) -> None:
        if at.mono_ms < self._check_ms:
            return
        self._check_ms = at.mono_ms + CHECK_MS
        self._ports.link.check()
        self._writer.check_disk(at)
        wrong = self._devices.wrong(self._lane, at.mono_ms)
        trouble = self._writer.trouble
        if trouble is not None:
            wrong["journal"] = trouble
        self._faults.update(wrong, at)

    def _report(self, at: Instant) -> None:
        if self._sender.connected:
            view = ScreenView(self._lane, self._texts(), self._writer.trouble)
            self._reports.publish(view, at)

    def _wait_s(self) -> float:
        times = [self._check_ms, *self._lane.timers.values()]
        if self._sender.connected:
            times.append(self._reports.next_ms())
        sending_ms = self._sender.next_ms()
        if sending_ms is not None:
            times.append(sending_ms)
        return min(max((min(times) - self._clock.now_ms) / 1000, WAIT_S_MIN), WAIT_S_MAX)
