"""One queue, one thread: a signal comes in, the table is asked, effects are performed in order.

Records are made durable before anything moves. When that fails the lane stays in the state it had,
so the barrier stays shut and the same event comes up again.
"""

import queue
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import singledispatchmethod
from threading import Event as Flag
from typing import Final, TypeVar
from uuid import UUID

import structlog

from edge.box.announcer import Announcer, told_by
from edge.box.reports import Picture, Reports
from edge.config import Settings
from edge.journal.journal import Journal, JournalFull
from edge.journal.sender import Sender
from edge.lane.barriers import Barriers
from edge.lane.effects import AskAgain, Close, Effect, Open, Reply, Texts, Write
from edge.lane.faults import FaultBook
from edge.lane.health import Health
from edge.lane.identification import Identification
from edge.lane.machine import ASKING, UnexpectedEvent, new_lane, obey, step
from edge.lane.offline import OfflineDesk
from edge.lane.scale import ScaleFacts
from edge.lane.sensors import Sensors
from edge.lane.signals import (
    BarrierTold,
    CardRead,
    CommandReceived,
    InputsLost,
    InputsRead,
    Instant,
    LinkChanged,
    OrdersReceived,
    PlateSighted,
    PortChanged,
    ReceiptReceived,
    ScaleRead,
    Signal,
)
from edge.lane.state import Here, Lane, greens, note_told, postponed
from edge.lane.tags import reader_rules
from edge.lane.texts import reason_text
from edge.messages import CommandResult, LaneFault, OfflineOrders
from edge.ports import Ports

log = structlog.get_logger()

T = TypeVar("T")

EVENTS_PER_SIGNAL_MAX: Final = 8
"""One signal can lead through several rows, but never round in a circle."""

CHECK_MS: Final = 2_000
"""How often slow things are looked at: free disk, faults, the link's thread."""

UNFILED_MS_MAX: Final = 1_000
"""What can wait for the disk waits until no truck needs a decision, but no longer than this."""

WAIT_S_MAX: Final = 0.5
WAIT_S_MIN: Final = 0.02
"""What is overdue and still there could not be done: trying without a pause would not help."""


class Runner:
    """One lane at work."""

    def __init__(
        self, settings: Settings, journal: Journal, ports: Ports, new_id: Callable[[], UUID]
    ) -> None:
        now_ms = ports.clock.now().mono_ms
        rules, scale = settings.rules, settings.scale
        facts = ScaleFacts(
            e_kg=scale.e_kg,
            max_kg=scale.max_kg,
            unit=scale.unit,
            accept_net=scale.accept_net,
        )
        self._settings = settings
        self._journal = journal
        self._ports = ports
        self._new_id = new_id
        sides = {camera.name: camera.side for camera in settings.cameras}
        readers = reader_rules(settings.readers, rules)
        identification = Identification(rules, readers, sides)
        self._sensors = Sensors(rules, facts, now_ms, journal.last_stop(), identification)
        others = dict.fromkeys(sides, "camera_lost")
        if settings.pictures is not None:
            others["pictures"] = "pictures_not_kept"
        self._health = Health(rules, tuple(readers), now_ms, others | told_by(settings))
        self._faults = FaultBook(journal.faults())
        self._barriers = Barriers(rules)
        self._sender = Sender(journal, ports.link, now_ms)
        self._reports = Reports(self._sensors, self._health, journal, ports.link)
        self._lane = new_lane(now_ms)
        self._orders: OfflineOrders | None = None
        self._unkept: str | None = None
        self._quiet_ms = now_ms
        self._disk_low = False
        self._write_failed = False
        self._no_writes_until_ms = now_ms
        self._taken_ms = now_ms
        self._wrote_for_ms = 0
        self._check_ms = now_ms
        self._announcer = Announcer(settings, self._sensors, journal, ports)

    @property
    def lane(self) -> Lane:
        """Where the lane stands now."""
        return self._lane

    def run(self, signals: "queue.Queue[Signal]", stop: Flag, alive: Callable[[], None]) -> None:
        """Work until told to stop; call `alive` each time round."""
        while not stop.is_set():
            alive()
            signal: Signal | None = None
            with suppress(queue.Empty):  # nothing came, but time passed: that is an event as well
                signal = signals.get(timeout=self._wait_s())
            self.take(signal, more=not signals.empty())

    def trust_orders(self, orders: OfflineOrders) -> bool:
        """Use a verified order list, if it is this lane's and newer than the present one."""
        ours = (orders.yard, orders.lane) == (self._settings.yard, self._settings.lane)
        newer = self._orders is None or orders.revision > self._orders.revision
        if ours and newer:
            self._orders = orders
            self._sensors.identification.plates.policy = orders.plates
        elif orders != self._orders:  # every reconnect brings the present one again
            log.warning("order list ignored", revision=orders.revision, lane=orders.lane)
        return ours and newer

    def raise_fault(self, device: str, reason: str) -> None:
        """Put a fault on record that no device reports by itself."""
        content = {"device": device, "state": "raised", "reason": reason}
        self._write([Write(LaneFault, self._new_id(), content)], self._ports.clock.now())

    def take(self, signal: Signal | None, *, more: bool = False) -> None:
        """Take one signal, or only the passing of time; `more` says that others are waiting."""
        at = self._moment(signal, more=more)
        if signal is not None:
            self._note(signal, at)
        self._follow(at)
        self._repeat_orders()
        self._announcer.tell(self._lane, self._texts(), at)
        self._sender.send(self._now_ms())
        self._file(at, busy=more or self._lane.state in ASKING)
        self._look_after(at)
        if self._sender.connected:
            self._reports.publish(Picture(self._lane, self._texts(), self._trouble()), at)
        if self._wrote_for_ms:
            self._lane, self._wrote_for_ms = postponed(self._lane, self._wrote_for_ms), 0

    def _moment(self, signal: Signal | None, *, more: bool) -> Instant:
        """Return now; but while others wait behind it, when the signal came.

        After a disk that took seconds, what came meanwhile lies in the queue: by the time it is
        now, devices would count as silent and questions as unanswered.
        """
        at = self._ports.clock.now()
        if signal is not None and more:
            late_ms = max(0, at.mono_ms - max(signal.mono_ms, self._taken_ms))
            at = replace(
                at, mono_ms=at.mono_ms - late_ms, utc=at.utc - timedelta(milliseconds=late_ms)
            )
        self._taken_ms = at.mono_ms
        return at

    # --- signals ---------------------------------------------------------------------------------

    @singledispatchmethod
    def _note(self, signal: Signal, _: Instant) -> None:
        raise TypeError(f"unknown signal {type(signal).__name__}")

    @_note.register
    def _(self, signal: ScaleRead, _: Instant) -> None:
        self._sensors.scale.read(signal)

    @_note.register
    def _(self, signal: CardRead, _: Instant) -> None:
        self._sensors.identification.cards.read(signal)
        self._health.note_card(signal.reader, signal.mono_ms)

    @_note.register
    def _(self, signal: PlateSighted, at: Instant) -> None:
        drop = self._sensors.identification.plates.read(signal, at)
        if drop is None:
            self._health.note_card(signal.camera, signal.mono_ms)
        log.info("plate", camera=signal.camera, text=signal.seen.text, dropped=drop)

    @_note.register
    def _(self, signal: PortChanged, _: Instant) -> None:
        self._health.note_port(signal)

    @_note.register
    def _(self, signal: InputsRead | InputsLost, _: Instant) -> None:
        self._sensors.beams.read(signal)
        self._barriers.read(signal)

    @_note.register
    def _(self, signal: BarrierTold, _: Instant) -> None:
        self._barriers.told(signal)
        self._lane = note_told(self._lane, signal)

    @_note.register
    def _(self, signal: CommandReceived, at: Instant) -> None:
        command = signal.command
        following, effects = obey(self._lane, command, self._here(at))
        replies = [one.outcome for one in effects if isinstance(one, Reply)]
        log.info(
            "command", action=command.action, stop_id=str(command.stop_id), outcome=replies[-1]
        )
        self._perform(following, effects, at)

    @_note.register
    def _(self, signal: OrdersReceived, _: Instant) -> None:
        if self.trust_orders(signal.orders):
            self._unkept = signal.sealed

    @_note.register
    def _(self, signal: ReceiptReceived, _: Instant) -> None:
        self._sender.receipted(signal.receipt, signal.mono_ms)

    @_note.register
    def _(self, signal: LinkChanged, at: Instant) -> None:
        self._sender.link_changed(at.mono_ms, connected=signal.connected)
        self._reports.again()

    # --- the table -------------------------------------------------------------------------------

    def _follow(self, at: Instant) -> None:
        for _ in range(EVENTS_PER_SIGNAL_MAX):
            event = self._sensors.next_event(self._lane, at.mono_ms, self._trouble())
            if event is None:
                return
            try:
                following, effects = step(self._lane, event, self._here(at))
            except UnexpectedEvent as error:
                log.exception("event without a row", event_type=type(error.event).__name__)
                return
            if not self._perform(following, effects, at):
                return

    def _perform(self, following: Lane, effects: Sequence[Effect], at: Instant) -> bool:
        writes = [effect for effect in effects if isinstance(effect, Write)]
        if writes and not self._write(writes, at):
            return False
        before, self._lane = self._lane, following
        self._sensors.committed(before, following)
        if following.state is not before.state:
            stop = following.stop or before.stop
            log.info("lane", state=following.state.value, stop_id=str(stop.stop_id) if stop else "")
        for effect in effects:
            if not isinstance(effect, Write):
                self._do(effect, at)
        self._ports.gates.light(greens(following.state))
        return True

    def _do(self, effect: Open | Close | Reply | AskAgain, at: Instant) -> None:
        match effect:
            case Open() | Close():
                self._barriers.ordered(effect, self._now_ms())
                self._ports.gates.obey(effect)
            case Reply(command_id, outcome):
                result = CommandResult(command_id=command_id, outcome=outcome, at=at.utc)
                self._ports.link.publish("command-result", result.model_dump_json())
            case AskAgain(event_id):
                self._sender.ask_again(event_id, at.mono_ms)

    def _write(self, writes: Sequence[Write], at: Instant) -> bool:
        stored = self._on_record(lambda: self._journal.append(writes, at), at)
        if stored is None:
            return False
        for write in writes:
            if write.form is LaneFault:
                self._note_fault(write)
        self._sender.fill(at.mono_ms)
        return True

    def _on_record(self, work: Callable[[], T], at: Instant) -> T | None:
        """Do something that writes, or nothing while the journal cannot be written."""
        if at.mono_ms < self._no_writes_until_ms:
            return None
        began_ms = self._now_ms()
        try:
            result = work()
        except JournalFull as error:
            log.critical("the journal cannot be written", reason=str(error))
            self._write_failed, self._no_writes_until_ms = True, at.mono_ms + CHECK_MS
            return None
        finally:
            self._wrote_for_ms += self._now_ms() - began_ms
        self._write_failed = False
        return result

    def _note_fault(self, write: Write) -> None:
        device, reason = str(write.content["device"]), str(write.content["reason"])
        raised = write.content["state"] == "raised"
        self._faults.note(device, reason, raised=raised)
        log.warning("device fault", device=device, reason=reason, raised=raised)

    def _here(self, at: Instant) -> Here:
        settings = self._settings
        tag = self._lane.stop.tag if self._lane.stop else ""
        return Here(
            at=at,
            now=self._ports.clock.now(),
            deck=self._sensors.view(at.mono_ms, self._trouble()),
            rules=settings.rules,
            desk=OfflineDesk(
                allowed=settings.offline.allowed,
                orders=self._orders,
                unconfirmed=self._journal.unconfirmed[tag],
                now=at.utc,
                clock=at.clock,
            ),
            new_id=self._new_id,
            yard=settings.yard,
            lane=settings.lane,
            e_kg=settings.scale.e_kg,
            protocol=settings.scale.protocol,
        )

    def _trouble(self) -> str | None:
        if self._sender.forked:
            return "journal_fork"
        return "lane_full_disk" if self._disk_low or self._write_failed else None

    # --- everything else, each time round --------------------------------------------------------

    def _repeat_orders(self) -> None:
        for order in self._barriers.repeat(self._now_ms()):
            log.warning("barrier told again", barrier=order.barrier, order=type(order).__name__)
            self._ports.gates.obey(order)

    def _texts(self) -> Texts:
        return reason_text("lane_full_disk") if self._write_failed else self._lane.texts

    def _file(self, at: Instant, *, busy: bool) -> None:
        """Put on record what can wait; one commit takes as long as the whole way to a decision."""
        if busy and at.mono_ms - self._quiet_ms < UNFILED_MS_MAX:
            return
        self._quiet_ms = at.mono_ms
        if self._sender.receipts_due(at.mono_ms):
            self._on_record(self._sender.file_receipts, at)
        if self._unkept is not None:
            self._on_record(self._keep_orders, at)

    def _keep_orders(self) -> None:
        if self._unkept is not None:
            self._journal.keep("orders", self._unkept)
            self._unkept = None

    def _look_after(self, at: Instant) -> None:
        if at.mono_ms < self._check_ms:
            return
        self._check_ms = at.mono_ms + CHECK_MS
        self._ports.link.check()
        self._look_at_disk(at)
        wrong = self._health.wrong(self._lane, self._sensors, self._barriers.stuck, at.mono_ms)
        trouble = self._trouble()
        if trouble is not None:
            wrong["journal"] = trouble
        writes = self._faults.update(wrong, at.mono_ms, self._new_id)
        if writes:
            self._write(writes, at)

    def _look_at_disk(self, at: Instant) -> None:
        """Measure the room left; after a failed write try another, so that service comes back."""
        self._disk_low = self._journal.free_mb() < self._settings.journal.free_mb_min
        if self._write_failed:
            self._on_record(lambda: self._journal.keep("probe", at.utc.isoformat()), at)

    def _wait_s(self) -> float:
        times = [self._check_ms, *self._lane.timers.values()]
        if self._sender.connected:
            times.append(self._reports.next_ms())
        sending_ms = self._sender.next_ms()
        if sending_ms is not None:
            times.append(sending_ms)
        return min(max((min(times) - self._now_ms()) / 1000, WAIT_S_MIN), WAIT_S_MAX)

    def _now_ms(self) -> int:
        return self._ports.clock.now().mono_ms
