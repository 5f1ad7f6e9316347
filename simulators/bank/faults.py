"""What goes wrong at the bank, and how often. Pure: the same seed draws the same faults."""

from dataclasses import dataclass
from random import Random
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from simulators.chance import seeded

Probability = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0, le=86_400)]


class Faults(BaseModel):
    """Probabilities, each drawn afresh for every request, and how long each delay lasts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slow: Probability = 0
    """The answer comes only after `slow_s`."""
    slow_s: Seconds = 3
    lost_answer: Probability = 0
    """The transfer is taken; then the connection closes without an answer."""
    error_after_move: Probability = 0
    """The transfer is taken; then the answer is 502."""
    duplicate_callback: Probability = 0
    late_callback: Probability = 0
    """The callback comes only after `late_s`."""
    late_s: Seconds = 10
    not_found_yet: Probability = 0
    """For `not_found_s` after it was taken, a transfer cannot be queried: 404."""
    not_found_s: Seconds = 5
    accepted_first: Probability = 0
    """`accepted` is answered, and money moves only after `accepted_s`."""
    accepted_s: Seconds = 2
    reject: Probability = 0
    """The transfer fails with `reject_reason`; no money moves."""
    reject_reason: str = "account_closed"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `slow=0.2,slow_s=1`; `rough` alone means a little of everything that heals."""
        if text == "rough":
            return cls(**dict.fromkeys(_HEALING, 0.2))
        pairs = (part.partition("=") for part in text.split(",") if part)
        try:
            return cls.model_validate({name.strip(): value for name, _, value in pairs})
        except ValidationError as error:
            reasons = (f"{e['loc'][0]}: {e['msg']}" for e in error.errors())
            raise ValueError("bank faults: " + "; ".join(reasons)) from error


_HEALING = (
    "slow",
    "lost_answer",
    "error_after_move",
    "duplicate_callback",
    "late_callback",
    "not_found_yet",
    "accepted_first",
)
"""The faults after which an honest driver still is paid."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one transfer, decided when the bank takes it."""

    rejected: bool
    accepted_first: bool
    hidden: bool
    callback_late: bool
    callback_twice: bool


@dataclass(frozen=True, slots=True)
class Mishap:
    """What becomes of one answer."""

    slow: bool
    lost: bool
    error: bool


def fate(faults: Faults, seed: int, transfer_id: str) -> Fate:
    """Draw a transfer's fate."""
    rng = _rng(seed, transfer_id, "fate")
    return Fate(
        rejected=rng.random() < faults.reject,
        accepted_first=rng.random() < faults.accepted_first,
        hidden=rng.random() < faults.not_found_yet,
        callback_late=rng.random() < faults.late_callback,
        callback_twice=rng.random() < faults.duplicate_callback,
    )


def mishap(faults: Faults, seed: int, transfer_id: str, attempt: int) -> Mishap:
    """Draw what happens to the answer of the nth time that a transfer is sent."""
    rng = _rng(seed, transfer_id, f"answer {attempt}")
    return Mishap(
        slow=rng.random() < faults.slow,
        lost=rng.random() < faults.lost_answer,
        error=rng.random() < faults.error_after_move,
    )


def _rng(seed: int, transfer_id: str, draw: str) -> Random:
    # Seeded by its subject, so that the draw does not depend on the order of requests.
    return seeded(f"{seed}/{transfer_id}/{draw}")
