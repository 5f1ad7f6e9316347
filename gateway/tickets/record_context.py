"""What the handlers of records share: the transaction, the rules, and the stop they speak of."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.engine import Connection

from edge.messages import Action, ClockQuality, Command, Record
from gateway.config import Plates, Settings
from gateway.records.alarm_kinds import AlarmKind
from gateway.records.alarms import Alarm, AtLane, raise_alarm, resolve_alarm
from gateway.records.hints import Hint
from gateway.tickets.commands import Place, Times, command_in_reply
from gateway.tickets.matching import AdmitTruck, HoldTruck, Limits, RefuseTruck, ReleaseTruck
from gateway.tickets.settling import ReceiptLinks
from gateway.tickets.stops import Stop, find_stop

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
            zero_limit_e=weighing.zero_limit_e,
            plates=settings.plates,
        )


@dataclass(frozen=True, slots=True)
class RecordContext:
    """One record being applied."""

    connection: Connection
    rules: TicketRules
    now_ms: int
    alarm_hints: list[Hint] = field(default_factory=list)
    """What screens are told of the alarms raised and closed here, besides the handler's hints."""

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

    def happened_ms(self, record: Record) -> int:
        """Return when it happened by the lane's clock, or when it came if that was not set."""
        if record.clock is ClockQuality.UNSET:
            return self.now_ms
        return round(record.at.timestamp() * 1000)

    def stop_of(self, record: Record, stop_id: UUID) -> Stop:
        """Return the stop of a record; raise RecordRefused if this lane has none such."""
        stop = find_stop(self.connection, stop_id)
        if stop is None or (stop.yard_id, stop.lane_id) != (record.yard, record.lane):
            raise RecordRefused("stop_unknown")
        return stop


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
