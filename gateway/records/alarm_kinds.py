"""Every alarm of the gateway: how bad it is, what waits for it, who must act, what closes it.

What people read of each kind stands in `locales`, by `alarm_words`. docs/what-to-do-when.md shows
both.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class AlarmKind(StrEnum):
    # A message that no registered lane can have sent, or that cannot be read.
    LANE_UNKNOWN = "lane_unknown"
    MESSAGE_OVERSIZE = "message_oversize"
    MESSAGE_UNREADABLE = "message_unreadable"
    MESSAGE_FORGED = "message_forged"
    RECORD_UNREADABLE = "record_unreadable"
    # A lane's journal.
    JOURNAL_EPOCH_NEW = "journal_epoch_new"
    JOURNAL_FORKED = "journal_forked"
    CHAIN_BROKEN = "chain_broken"
    RECORDS_MISSING = "records_missing"
    RECORDS_LATE = "records_late"
    RECORDS_FORGOTTEN = "records_forgotten"
    RECORD_REFUSED = "record_refused"
    RECORD_FAILED = "record_failed"
    # Lanes that are not heard, and people who do not hear.
    LANE_SILENT = "lane_silent"
    GATEWAY_KEY_WRONG = "gateway_key_wrong"
    BROKER_LOST = "broker_lost"
    STAFF_NOT_TOLD = "staff_not_told"
    # A lane's devices.
    LANE_FAULT = "lane_fault"
    ZERO_OFF = "zero_off"
    CLOCK_OFF = "clock_off"
    PLATE_MISSING = "plate_missing"
    PLATE_UNREAD = "plate_unread"
    # A truck, its weight and its ticket.
    WEIGHING_VOIDED = "weighing_voided"
    LEFT_WITHOUT_RELEASE = "left_without_release"
    RELEASED_UNMATCHED = "released_unmatched"
    TRIP_INCOMPLETE = "trip_incomplete"
    TICKET_NOT_SETTLED = "ticket_not_settled"
    SETTLEMENT_FORGOT = "settlement_forgot"
    OUTBOX_STUCK = "outbox_stuck"
    # A driver's money.
    PAYOUT_STOPPED = "payout_stopped"
    PAYOUT_UNCONFIRMED = "payout_unconfirmed"
    PAYOUT_OVER_LIMIT = "payout_over_limit"
    PAYOUT_FAILED = "payout_failed"
    PAYOUT_RETURNED = "payout_returned"
    PAYOUT_MANUAL = "payout_manual"
    PAYOUT_WAITING = "payout_waiting"


class Severity(StrEnum):
    CRITICAL = "critical"
    """Evidence or money may be wrong, or everything stands: act now."""
    MAJOR = "major"
    """A lane, a truck or a driver's money waits until somebody acts."""
    MINOR = "minor"
    """Work goes on: look at it today."""

    @property
    def rank(self) -> int:
        """Return a number that grows with how bad it is."""
        return len(Severity) - list(Severity).index(self)


class Blocks(StrEnum):
    """What waits until somebody acts."""

    LANE = "lane"
    MONEY = "money"


class Actor(StrEnum):
    """Who must act. A technician works at the lane, an admin on the server."""

    DISPATCHER = "dispatcher"
    FINANCE = "finance"
    TECHNICIAN = "technician"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class AlarmRow:
    severity: Severity
    actor: Actor
    closed_by: str | None = None
    """It closes by itself, in this function: `module:name`. None: only a person closes it.

    A person may close any alarm: what closes one by itself may never come.
    """
    blocks: Blocks | None = None
    is_of_lane: bool = True
    """It is over where it began. False: another lane's record, or none, may close it."""


_ACCEPTED: Final = "gateway.records.service:_records_are_taken"
_FAULT: Final = "gateway.tickets.arrivals:on_fault"
_ZERO: Final = "gateway.tickets.arrivals:_check_zero"
_PLATE: Final = "gateway.tickets.arrivals:_follow_doubts"
_PLACED: Final = "gateway.tickets.book:_call_off"
_COMPLETED: Final = "gateway.tickets.book:_follow_lack"
_ANSWERED: Final = "gateway.tickets.settlements:store_settlement"
_PAYOUT: Final = "gateway.tickets.settlements:_follow_payout"


def _payout(severity: Severity) -> AlarmRow:
    return AlarmRow(severity, Actor.FINANCE, _PAYOUT, Blocks.MONEY, is_of_lane=False)


ALARMS: Final[dict[AlarmKind, AlarmRow]] = {
    AlarmKind.LANE_UNKNOWN: AlarmRow(
        Severity.MAJOR,
        Actor.ADMIN,
        "gateway.watch.lanes:_close_registered",
        Blocks.LANE,
        is_of_lane=False,
    ),
    AlarmKind.MESSAGE_OVERSIZE: AlarmRow(Severity.MAJOR, Actor.ADMIN),
    AlarmKind.MESSAGE_UNREADABLE: AlarmRow(Severity.MAJOR, Actor.ADMIN),
    AlarmKind.MESSAGE_FORGED: AlarmRow(Severity.CRITICAL, Actor.ADMIN),
    AlarmKind.RECORD_UNREADABLE: AlarmRow(Severity.MAJOR, Actor.ADMIN, _ACCEPTED, Blocks.LANE),
    AlarmKind.JOURNAL_EPOCH_NEW: AlarmRow(Severity.MAJOR, Actor.ADMIN),
    AlarmKind.JOURNAL_FORKED: AlarmRow(Severity.CRITICAL, Actor.ADMIN, blocks=Blocks.LANE),
    AlarmKind.CHAIN_BROKEN: AlarmRow(Severity.CRITICAL, Actor.ADMIN, blocks=Blocks.LANE),
    AlarmKind.RECORDS_MISSING: AlarmRow(
        Severity.MAJOR, Actor.TECHNICIAN, "gateway.records.service:_gap_is_closed", Blocks.LANE
    ),
    AlarmKind.RECORDS_LATE: AlarmRow(
        Severity.MAJOR, Actor.TECHNICIAN, "gateway.watch.claims:follow_claims", Blocks.LANE
    ),
    AlarmKind.RECORDS_FORGOTTEN: AlarmRow(
        Severity.CRITICAL, Actor.ADMIN, "gateway.ingest.agreement:_close", Blocks.MONEY
    ),
    AlarmKind.RECORD_REFUSED: AlarmRow(Severity.MAJOR, Actor.DISPATCHER),
    AlarmKind.RECORD_FAILED: AlarmRow(Severity.CRITICAL, Actor.ADMIN, _ACCEPTED, Blocks.LANE),
    AlarmKind.LANE_SILENT: AlarmRow(
        Severity.MAJOR, Actor.TECHNICIAN, "gateway.watch.lanes:_follow_lanes", Blocks.LANE
    ),
    AlarmKind.GATEWAY_KEY_WRONG: AlarmRow(
        Severity.MAJOR, Actor.ADMIN, "gateway.watch.lane_keys:follow_keys", Blocks.LANE
    ),
    AlarmKind.BROKER_LOST: AlarmRow(
        Severity.CRITICAL,
        Actor.ADMIN,
        "gateway.watch.watcher:_follow_broker",
        Blocks.LANE,
        is_of_lane=False,
    ),
    AlarmKind.STAFF_NOT_TOLD: AlarmRow(
        Severity.MAJOR, Actor.ADMIN, "gateway.watch.staff:follow_notices", is_of_lane=False
    ),
    AlarmKind.LANE_FAULT: AlarmRow(Severity.MAJOR, Actor.TECHNICIAN, _FAULT),
    AlarmKind.ZERO_OFF: AlarmRow(Severity.MAJOR, Actor.TECHNICIAN, _ZERO),
    AlarmKind.CLOCK_OFF: AlarmRow(
        Severity.MAJOR, Actor.TECHNICIAN, "gateway.watch.clocks:follow_clocks"
    ),
    AlarmKind.PLATE_MISSING: AlarmRow(Severity.MINOR, Actor.TECHNICIAN, _PLATE),
    AlarmKind.PLATE_UNREAD: AlarmRow(Severity.MINOR, Actor.TECHNICIAN, _PLATE),
    AlarmKind.WEIGHING_VOIDED: AlarmRow(Severity.MAJOR, Actor.DISPATCHER),
    AlarmKind.LEFT_WITHOUT_RELEASE: AlarmRow(Severity.CRITICAL, Actor.DISPATCHER),
    AlarmKind.RELEASED_UNMATCHED: AlarmRow(Severity.MAJOR, Actor.DISPATCHER, _PLACED, Blocks.MONEY),
    AlarmKind.TRIP_INCOMPLETE: AlarmRow(
        Severity.MAJOR, Actor.DISPATCHER, _COMPLETED, Blocks.MONEY, is_of_lane=False
    ),
    AlarmKind.TICKET_NOT_SETTLED: AlarmRow(
        Severity.MAJOR, Actor.FINANCE, _ANSWERED, Blocks.MONEY, is_of_lane=False
    ),
    AlarmKind.OUTBOX_STUCK: AlarmRow(
        Severity.CRITICAL,
        Actor.ADMIN,
        "gateway.watch.money:follow_outbox",
        Blocks.MONEY,
        is_of_lane=False,
    ),
    AlarmKind.SETTLEMENT_FORGOT: AlarmRow(
        Severity.CRITICAL,
        Actor.FINANCE,
        "gateway.outbox.comparison:_follow_alarm",
        Blocks.MONEY,
        is_of_lane=False,
    ),
    AlarmKind.PAYOUT_STOPPED: _payout(Severity.CRITICAL),
    AlarmKind.PAYOUT_UNCONFIRMED: _payout(Severity.MAJOR),
    AlarmKind.PAYOUT_OVER_LIMIT: _payout(Severity.MAJOR),
    AlarmKind.PAYOUT_FAILED: _payout(Severity.MAJOR),
    AlarmKind.PAYOUT_RETURNED: _payout(Severity.MAJOR),
    AlarmKind.PAYOUT_MANUAL: _payout(Severity.CRITICAL),
    AlarmKind.PAYOUT_WAITING: _payout(Severity.MAJOR),
}

LANE_FAULTS: Final[dict[str, str]] = {
    "scale_silent": (
        "check the indicator's power and cable; if it sends, `taigan-edge doctor` says what"
    ),
    "scale_overload": "unload the deck; if it is empty, check the load cells and their cables",
    "scale_underload": "set the scale to zero; if that does not help, check the load cells",
    "scale_error": "read the indicator's display, and its manual: it shows no weight",
    "weight_not_multiple_of_e": (
        "the indicator sends finer steps than its display: switch off its expanded"
        " (high resolution) output; or set `scale.e_kg` as on the type plate"
    ),
    "scale_frozen": "restart the indicator",
    "zero_not_ready": "clear and clean the deck, then set the scale to zero",
    "deck_not_empty": "look at what stands on the deck",
    "deck_taken": "look which truck stands on the deck, and let it back out",
    "plc_silent": "check the relay board's power and network",
    "pulse_refused": "the board cannot time pulses as `plc.pulse` asks: run the lane's doctor",
    "barrier_stuck": "look at the barrier; switch it to manual if a truck must pass",
    "barrier_raised": "lower the arm once nothing stands under it",
    "beam_blocked": "clear or align the photocell",
    "reader_lost": "check the reader's power and cable",
    "reader_unreadable": (
        "run the lane's doctor: wrong line settings, another protocol or cards of another kind;"
        " a disturbed cable looks the same"
    ),
    "camera_lost": "check the camera's power and network",
    "camera_clock": "set the camera's clock",
    "pictures_not_kept": "free space on the box's disk, check the pictures' folder",
    "display_lost": "check the display's power and cable",
    "speaker_lost": "check the loudspeaker",
    "printer_lost": "check the printer: paper, lid, cable",
    "lane_full_disk": "free space on the box's disk: the lane admits nobody until then",
    "journal_damaged": "keep the damaged journal as evidence, and replace the disk",
    "journal_fork": "find the second box that uses this journal",
}
"""What a `lane_fault` is about: a lane's reason -> what to do."""
