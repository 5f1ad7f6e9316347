"""What a rail is: a way to a bank, as one row of a table.

A rail has bytes (the request), a policy (what its documents promise), an adapter (sends and asks)
and callbacks (hints that something has changed). Code outside of the rail's folder knows no more
about it than this file says.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from settlement.config import RailSettings, Settings
from settlement.messages import TicketToSettle
from settlement.payouts.identity import NUMBER_LENGTH_MAX, check_number_length
from settlement.payouts.states import RailOutcome, RailPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class RailAnswer:
    """What one exchange showed."""

    outcome: RailOutcome
    """Final only where the rail's documents say so; everything else is UNKNOWN."""
    reason: str | None = None
    """The bank's own reason for a final failure."""
    evidence: str
    """What was seen, for people; never used to decide."""


class RailAdapter(Protocol):
    """A connection to a bank. Neither call raises for anything the bank or the network does."""

    def send(self, number: str, request_body: str, amount_minor: int) -> RailAnswer:
        """Send the exact bytes under their number; a repeat must not move money again."""

    def ask(self, number: str, amount_minor: int) -> RailAnswer:
        """Ask what became of a number."""

    def close(self) -> None:
        """Close the connections."""


class RailNotSetUp(ValueError):
    """The settings do not have the section of a rail that is needed."""


class ForgedCallback(Exception):
    """The bank did not sign this; the text says why, for the log."""


class RailCallbacks(Protocol):
    """Reads a bank's callbacks. Nothing of their content is believed: the bank is asked."""

    @property
    def path(self) -> str:
        """Return the last part of the address, after `/api/v1/callbacks/`."""

    def verify(self, headers: Mapping[str, str], body: bytes) -> str:
        """Return the event's id, different from those of all other rails; raise ForgedCallback."""

    def number(self, body: bytes) -> str:
        """Return the number that a verified body is about; raise BadInput."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RailSetup:
    """A rail with its settings read."""

    policy: RailPolicy
    connect: Callable[[], RailAdapter]
    callbacks: RailCallbacks | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rail:
    """One row of `RAILS`."""

    instruction: Callable[[TicketToSettle, str, int], str]
    """(ticket, number, amount in fen) → the request, stored and repeated byte for byte."""
    set_up: Callable[[Settings], RailSetup | None]
    """Reads the rail's section of the settings; None: the rail is not used here."""
    numbers: str
    """Regular expression of the payment numbers that the bank takes, from its documents.

    A test holds `number_length` against it.
    """
    number_length: int = NUMBER_LENGTH_MAX
    """Characters of our payment numbers. It never changes: a restored backup must make the same
    numbers again."""

    def __post_init__(self) -> None:
        check_number_length(self.number_length)


def policy_of(section: RailSettings) -> RailPolicy:
    """Return a policy with the times of a section and everything else as usual."""
    return RailPolicy(
        lease_ms=round(section.lease_s * 1000),
        quarantine_ms=round(section.quarantine_s * 1000),
        window_ms=round(section.idempotency_window_s * 1000),
    )
