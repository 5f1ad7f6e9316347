"""Writes what a person is about to sign. Pure."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from taigan.approvals.forms import Content, Decision, Proposal, Verdict


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to be otherwise; `after` None ends it."""

    kind: str
    subject: str
    after: Content | None
    why: str


@dataclass(frozen=True, slots=True)
class Ground:
    """What a wish starts from: what is in effect, and what the change comes to."""

    before: Content | None
    consequence: str
    expires_at: datetime
    suggested: Content | None = None
    """What a proposal about this subject can only mean, where there is such a thing."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who signs, and when by his own clock."""

    name: str
    now: datetime


def draft_proposal(proposal_id: UUID, wish: Wish, ground: Ground, author: Author) -> str:
    """Return the text of a proposal; raise ValidationError for what has no proper form."""
    return Proposal(
        proposal_id=proposal_id,
        kind=wish.kind,
        subject=wish.subject,
        before=ground.before,
        after=wish.after,
        consequence=ground.consequence,
        why=wish.why,
        proposer=author.name,
        proposed_at=author.now,
        expires_at=ground.expires_at,
    ).model_dump_json()


def draft_decision(
    proposal_id: UUID, sha256: str, verdict: Verdict, why: str, author: Author
) -> str:
    """Return the text of what a person says to the proposal of this hash."""
    return Decision(
        proposal_id=proposal_id,
        proposal_sha256=sha256,
        verdict=verdict,
        person=author.name,
        why=why,
        decided_at=author.now,
    ).model_dump_json()
