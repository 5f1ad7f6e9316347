"""The contract of a payout rail: what a bank adapter promises to the payout service."""

from dataclasses import dataclass
from typing import Protocol

from settlement.payouts.states import RailOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class RailAnswer:
    """What one exchange showed."""

    outcome: RailOutcome
    reason: str | None = None
    """The bank's own reason for a final failure."""
    evidence: str
    """What was seen, for people; never used to decide."""


class Rail(Protocol):
    """A bank. Neither call raises for anything the bank or the network does."""

    def send(self, number: str, request_body: str, amount_minor: int) -> RailAnswer:
        """Send the exact bytes under their number; a repeat must not move money again."""

    def ask(self, number: str, amount_minor: int) -> RailAnswer:
        """Ask what became of a number."""
