"""The versions of one subject, as its approved proposals make them. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from taigan.approvals.cases import Case
from taigan.approvals.forms import Content
from taigan.approvals.states import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What a register says from an instant on; None ends it."""

    number: int
    content: Content | None
    effective_ms: int
    proposal_id: UUID

    def is_in_effect(self, at_ms: int) -> bool:
        return self.effective_ms <= at_ms


def versions(cases: Iterable[Case], now_ms: int) -> tuple[Version, ...]:
    """Return what was approved about one subject, in the order in which it takes effect.

    Those that still cool off are among them. Raises Untrue.
    """
    found = []
    for case in cases:
        standing = case.standing(now_ms)
        if standing.state in {State.COOLING_OFF, State.IN_EFFECT}:
            assert standing.effective_ms is not None
            key = (standing.effective_ms, standing.agreed_ms, str(case.proposal.proposal_id))
            found.append((key, case.proposal))
    return tuple(
        Version(
            number=number,
            content=proposal.after,
            effective_ms=key[0],
            proposal_id=proposal.proposal_id,
        )
        for number, (key, proposal) in enumerate(sorted(found, key=lambda one: one[0]), start=1)
    )


def newest(found: tuple[Version, ...]) -> Content | None:
    """Return what the newest version says, also one that still cools off: what comes next."""
    return found[-1].content if found else None
