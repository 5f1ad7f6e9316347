"""How many people a kind of proposal needs, and whether it waits before it takes effect. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Rule(StrEnum):
    """The people who must sign; `…_cooling_off` then waits, so that who is harmed can speak."""

    ONE = "one"
    ONE_COOLING_OFF = "one_cooling_off"
    TWO = "two"
    TWO_COOLING_OFF = "two_cooling_off"

    @property
    def signers_needed(self) -> int:
        return 1 if self in {Rule.ONE, Rule.ONE_COOLING_OFF} else 2

    @property
    def cools_off(self) -> bool:
        return self in {Rule.ONE_COOLING_OFF, Rule.TWO_COOLING_OFF}

    def for_one_person(self) -> "Rule":
        """Return the rule of a yard with one owner: the waiting stays, the second person goes."""
        return Rule.ONE_COOLING_OFF if self.cools_off else Rule.ONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules that hold now; a proposal keeps those of the day it was made."""

    by_kind: Mapping[str, Rule]
    """Every kind that there is."""
    cooling_off_ms: int
    expires_after_ms: int

    def signers_needed(self, kind: str) -> int:
        return self.by_kind[kind].signers_needed

    def cooling_off_of(self, kind: str) -> int:
        """Return the milliseconds that an approved proposal of a kind waits."""
        return self.cooling_off_ms if self.by_kind[kind].cools_off else 0
