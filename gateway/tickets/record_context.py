"""What the handlers of records share: the transaction, the rules, and the stop they speak of."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.engine import Connection

from edge.messages import Action, ClockQuality, Command, Record
from gateway.config import Plates, Settings
from gateway.records.alarm_kinds import AlarmKind
from gateway.records.alarms import Alarm, AtLane, raise_alarm, resolve_alarm
from gateway.records.hints import Hint
from gateway.records.lane_reports import Behind
from gateway.tickets.commands import Place, Times, command_in_reply
from gateway.tickets.judging import ArriveLoaded, View
from gateway.tickets.matching import AdmitTruck, HoldTruck, Limits, RefuseTruck, ReleaseTruck
from gateway.tickets.settling import ReceiptLinks
from gateway.tickets.stops import Stop, find_stop, last_arrival_ms

LanesBehind = Callable[[Connection, Iterable[str]], tuple[Behind, ...]]
"""The lanes of some yards that may have recorded what is not here."""


def none_behind(_connection: Connection, _yards: Iterable[str]) -> tuple[Behind, ...]:
    """Take everything that lanes recorded to be here, as a person does who decides now."""
    return ()


Judgement = AdmitTruck | ReleaseTruck | RefuseTruck | HoldTruck


class RecordRefused(Exception):
    """A genuine record that breaks a rule: it is kept, and has no effect."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class TicketRules:
    limits: Limits
    links: ReceiptLinks
    command_ttl_ms: int
    wait_for_lanes_ms: int
    call_after_ms: int
    call_trip_after_ms: int
    arrive_loaded_max: int
    alone_ms: int
    """For how long a lane that is out of reach may let trucks in by itself: so long its lists are
    valid."""
    clock_off_ms: int
    zero_limit_e: float
    plates: Plates

    @classmethod
    def of(cls, settings: Settings) -> "TicketRules":
        weighing = settings.weighing
        return cls(
            limits=Limits(
                net_min_kg=weighing.net_min_kg, tare_band_permille=weighing.tare_band_permille
            ),
            links=ReceiptLinks(
                settings.http.public_url, settings.receipt.secret.get_secret_value()
            ),
            command_ttl_ms=round(weighing.command_ttl_s * 1000),
            wait_for_lanes_ms=round(weighing.wait_for_lanes_s * 1000),
            call_after_ms=round(weighing.call_after_s * 1000),
            call_trip_after_ms=round(weighing.call_trip_after_h * 3_600_000),
            arrive_loaded_max=settings.offline.arrive_loaded_max,
            alone_ms=round(settings.offline.valid_hours * 3_600_000),
            clock_off_ms=round(settings.alarms.clock_off_s * 1000),
            zero_limit_e=weighing.zero_limit_e,
            plates=settings.plates,
        )


@dataclass(frozen=True, slots=True)
class RecordContext:
    """One record being applied."""

    connection: Connection
    rules: TicketRules
    now_ms: int
    lanes_behind: LanesBehind = none_behind
    alarm_hints: list[Hint] = field(default_factory=list)
    """What screens are told of the alarms raised and closed here, besides the handler's hints."""
    known_behind: dict[frozenset[str], tuple[Behind, ...]] = field(default_factory=dict)
    """By yards: what was asked already."""

    def command(self, record: Record, stop_id: UUID, action: str, reason: str | None) -> Command:
        place = Place(record.yard, record.lane, stop_id)
        times = Times(self.now_ms, self.rules.command_ttl_ms)
        return command_in_reply(place, record.event_id, Action(action), reason, times)

    def raise_alarm(self, at: AtLane, kind: AlarmKind, detail: str, subject: str = "") -> None:
        """Raise an alarm of this lane, or of no lane if its row says so.

        `subject` is what it is about, below the lane.
        """
        alarm = Alarm.of(at, kind, detail, subject)
        self.alarm_hints.append(raise_alarm(self.connection, alarm, self.now_ms))

    def resolve_alarm(self, at: AtLane, kind: AlarmKind, subject: str = "") -> None:
        """Close that alarm if it is open."""
        alarm = Alarm.of(at, kind, subject=subject)
        self.alarm_hints.extend(resolve_alarm(self.connection, alarm, self.now_ms))

    def view(self) -> View:
        """Return from where a truck is judged that waits for an answer now."""
        rules = self.rules
        return View(
            limits=rules.limits,
            at_ms=self.now_ms,
            loaded=ArriveLoaded(rules.arrive_loaded_max, self.now_ms - rules.alone_ms),
            stale_before_ms=self.now_ms - rules.call_after_ms,
            yards_behind=self._yards_behind,
            stands_by=self._stands_by,
        )

    def may_change(self, yards: frozenset[str], since_ms: int) -> bool:
        """Return whether a trip that is complete since then may still change by these yards.

        A lane that has been out of reach for longer than that is waited for no more.
        """
        wait_ms = self.rules.wait_for_lanes_ms
        return self.now_ms - since_ms < wait_ms and bool(self._with_more(yards, wait_ms))

    def may_be_explained(self, yards: frozenset[str], since_ms: int) -> bool:
        """Return whether what is odd since then may be explained by records of these yards.

        Until then nobody is called for a truck: who is needed is called for the lane.
        """
        is_early = self.now_ms - since_ms < self.rules.call_after_ms
        return is_early and bool(self._with_more(yards, self.rules.alone_ms))

    def _yards_behind(self, yards: frozenset[str]) -> frozenset[str]:
        return frozenset(one.yard for one in self._with_more(yards, self.rules.alone_ms))

    def _with_more(self, yards: frozenset[str], out_of_reach_max_ms: int) -> tuple[Behind, ...]:
        """Return the lanes that are believed to have more to tell: none for ever.

        What a lane that is in reach says it has, and does not send, is believed for as long as
        nobody is called.
        """
        reachable_max_ms = self.rules.call_after_ms
        return tuple(
            one
            for one in self._behind(yards)
            if one.still_ms < (reachable_max_ms if one.is_reachable else out_of_reach_max_ms)
        )

    def _stands_by(self, yard: str, lane: str) -> bool:
        """Return whether the lane is heard and all it recorded is here: what is open is open."""
        return all(one.lane != lane for one in self._behind(frozenset({yard})))

    def _behind(self, yards: frozenset[str]) -> tuple[Behind, ...]:
        if yards not in self.known_behind:
            self.known_behind[yards] = self.lanes_behind(self.connection, yards)
        return self.known_behind[yards]

    def happened_ms(self, record: Record, stop: Stop | None = None) -> int:
        """Return when it happened by the lane's clock.

        While that is not set, the last time known at the lane: when its stop began, or the stop
        before. Never when it came, for the same record must give the same time however late it is.
        """
        if record.clock is not ClockQuality.UNSET:
            return round(record.at.timestamp() * 1000)
        if stop is not None:
            return stop.arrived_ms
        last_ms = last_arrival_ms(self.connection, record.yard, record.lane)
        return round(record.at.timestamp() * 1000) if last_ms is None else last_ms

    def stop_of(self, record: Record, stop_id: UUID) -> Stop:
        """Return the stop of a record; raise RecordRefused if this lane has none such.

        One that was given up is as it was before: its lane knows better.
        """
        stop = find_stop(self.connection, stop_id)
        if stop is None or (stop.yard_id, stop.lane_id) != (record.yard, record.lane):
            raise RecordRefused("stop_unknown")
        return stop.as_its_lane_knows_it()


def outcome_of(answer: Judgement) -> tuple[Action, str | None]:
    """Return the action and reason of the command for a judgement."""
    match answer:
        case AdmitTruck():
            return Action.ADMIT, None
        case ReleaseTruck():
            return Action.RELEASE, None
        case RefuseTruck(reason):
            return Action.REFUSE, reason.value
        case HoldTruck(reason):
            return Action.HOLD, reason.value
