"""Every alarm of the gateway: how bad it is, who must act, what to do, and what closes it.

The titles that people read are `alarm.<kind>` in the console's catalogues. docs/console.md shows
this table.
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
    RECORDS_FORGOTTEN = "records_forgotten"
    RECORD_REFUSED = "record_refused"
    RECORD_FAILED = "record_failed"
    # A lane's devices.
    LANE_FAULT = "lane_fault"
    ZERO_OFF = "zero_off"
    PLATE_MISSING = "plate_missing"
    PLATE_UNREAD = "plate_unread"
    # A truck, its weight and its ticket.
    WEIGHING_VOIDED = "weighing_voided"
    LEFT_WITHOUT_RELEASE = "left_without_release"
    RELEASED_UNMATCHED = "released_unmatched"
    TICKET_NOT_SETTLED = "ticket_not_settled"
    SETTLEMENT_FORGOT = "settlement_forgot"


class Severity(StrEnum):
    CRITICAL = "critical"
    """Evidence or money may be wrong: act now."""
    MAJOR = "major"
    """A lane, a truck or a ticket waits until somebody acts."""
    MINOR = "minor"
    """Work goes on: look at it today."""


class Actor(StrEnum):
    """Who must act. A technician works at the lane, an admin on the server."""

    DISPATCHER = "dispatcher"
    FINANCE = "finance"
    TECHNICIAN = "technician"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class ClosedBy:
    """An alarm that closes by itself."""

    place: str
    """The function that closes it, as `module:name`; a test looks there."""
    when: str


@dataclass(frozen=True, slots=True)
class AlarmRow:
    severity: Severity
    actor: Actor
    todo: str
    closed_by: ClosedBy | None = None
    """None: it stays open, for nothing closes it."""
    is_of_lane: bool = True
    """It is over where it began. False: another lane's record, or none, may close it."""


_PLATE_READ: Final = ClosedBy(
    "gateway.tickets.arrivals:_follow_doubts", "a camera reads a card's plate at this lane"
)

ALARMS: Final[dict[AlarmKind, AlarmRow]] = {
    AlarmKind.LANE_UNKNOWN: AlarmRow(
        Severity.MAJOR,
        Actor.ADMIN,
        "register the lane, or correct yard and lane in its settings",
        is_of_lane=False,
    ),
    AlarmKind.MESSAGE_OVERSIZE: AlarmRow(
        Severity.MAJOR, Actor.ADMIN, "find out which client publishes on the lane's topic"
    ),
    AlarmKind.MESSAGE_UNREADABLE: AlarmRow(
        Severity.MAJOR, Actor.ADMIN, "find out which client publishes on the lane's topic"
    ),
    AlarmKind.MESSAGE_FORGED: AlarmRow(
        Severity.CRITICAL,
        Actor.ADMIN,
        "compare the lane's key with the registered one; if they agree, somebody else publishes",
    ),
    AlarmKind.RECORD_UNREADABLE: AlarmRow(
        Severity.MAJOR, Actor.ADMIN, "upgrade the gateway: it must know what its lanes send"
    ),
    AlarmKind.JOURNAL_EPOCH_NEW: AlarmRow(
        Severity.MAJOR,
        Actor.ADMIN,
        "after the change of a box or disk nothing; otherwise find out why a journal was replaced",
    ),
    AlarmKind.JOURNAL_FORKED: AlarmRow(
        Severity.CRITICAL,
        Actor.ADMIN,
        "find the second box that uses this journal, and keep both journals as evidence",
    ),
    AlarmKind.CHAIN_BROKEN: AlarmRow(
        Severity.CRITICAL,
        Actor.ADMIN,
        "keep the lane's journal as evidence, and find out what changed it",
    ),
    AlarmKind.RECORDS_MISSING: AlarmRow(
        Severity.MAJOR,
        Actor.TECHNICIAN,
        "see that the lane is online; it sends what is missing by itself",
        ClosedBy("gateway.records.service:_gap_is_closed", "the missing records have come"),
    ),
    AlarmKind.RECORDS_FORGOTTEN: AlarmRow(
        Severity.CRITICAL,
        Actor.ADMIN,
        "find out which backup was restored; the lane sends again by itself, unless its journal was"
        " replaced: then the records are in the old one",
        ClosedBy("gateway.ingest.agreement:_close", "what the lane had receipts for is here again"),
    ),
    AlarmKind.RECORD_REFUSED: AlarmRow(
        Severity.MAJOR,
        Actor.DISPATCHER,
        "look up the truck that the record is about: the record had no effect",
    ),
    AlarmKind.RECORD_FAILED: AlarmRow(
        Severity.CRITICAL,
        Actor.ADMIN,
        "report the error in the gateway's log; the lane sends the record again",
    ),
    AlarmKind.LANE_FAULT: AlarmRow(
        Severity.MAJOR,
        Actor.TECHNICIAN,
        "see the next table",
        ClosedBy("gateway.tickets.arrivals:on_fault", "the lane reports the device well again"),
    ),
    AlarmKind.ZERO_OFF: AlarmRow(
        Severity.MAJOR, Actor.TECHNICIAN, "clear and clean the deck, then set the scale to zero"
    ),
    AlarmKind.PLATE_MISSING: AlarmRow(
        Severity.MINOR, Actor.TECHNICIAN, "check the camera at the entry", _PLATE_READ
    ),
    AlarmKind.PLATE_UNREAD: AlarmRow(
        Severity.MINOR,
        Actor.TECHNICIAN,
        "clean the camera at the entry, check its aim and light",
        _PLATE_READ,
    ),
    AlarmKind.WEIGHING_VOIDED: AlarmRow(
        Severity.MAJOR, Actor.DISPATCHER, "find the truck, and have it weighed again"
    ),
    AlarmKind.LEFT_WITHOUT_RELEASE: AlarmRow(
        Severity.CRITICAL, Actor.DISPATCHER, "find the truck: it left with a weight on record"
    ),
    AlarmKind.RELEASED_UNMATCHED: AlarmRow(
        Severity.MAJOR,
        Actor.DISPATCHER,
        "put the order right, then book the weight",
        ClosedBy("gateway.tickets.dispatch:book_held_stop", "the weight is booked"),
    ),
    AlarmKind.TICKET_NOT_SETTLED: AlarmRow(
        Severity.MAJOR,
        Actor.FINANCE,
        "its error says what to put right before it is sent again, or that settlement is away",
        ClosedBy("gateway.tickets.settlements:store_settlement", "settlement takes the ticket"),
        is_of_lane=False,
    ),
    AlarmKind.SETTLEMENT_FORGOT: AlarmRow(
        Severity.CRITICAL,
        Actor.FINANCE,
        "settlement was restored from a backup: compare its books with the bank's statement",
        ClosedBy("gateway.outbox.comparison:_report", "settlement knows every ticket again"),
        is_of_lane=False,
    ),
}

LANE_FAULTS: Final[dict[str, str]] = {
    "scale_silent": "check the indicator's power and cable",
    "scale_frozen": "restart the indicator",
    "zero_not_ready": "clear and clean the deck, then set the scale to zero",
    "deck_not_empty": "look at what stands on the deck",
    "plc_silent": "check the relay board's power and network",
    "barrier_stuck": "look at the barrier; switch it to manual if a truck must pass",
    "beam_blocked": "clear or align the photocell",
    "reader_lost": "check the reader's power and cable",
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
