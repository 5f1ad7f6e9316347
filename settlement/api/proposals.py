"""What people propose and approve, signed on their own machines. The token alone decides nothing.

The bearer token only opens the door: whoever holds it can read, and pass on what others signed.
"""

import base64
import binascii
from datetime import UTC, datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel

from settlement.api.dependencies import AUTHORISED, Body, ServicesDep
from settlement.consequences import ground_for
from settlement.deciding import decide, propose
from settlement.registers.people import APPROVALS, hearing_of
from settlement.strict_json import BadInput, read_form
from taigan.approvals.cases import Case, Untrue
from taigan.approvals.forms import Content, Decision, Proposal, PublicKey, Signed, read_signed
from taigan.approvals.states import State
from taigan.problem import FieldError

router = APIRouter(prefix="/api/v1", dependencies=[AUTHORISED])


class Person(BaseModel):
    name: str
    key_id: str
    key: PublicKey


class PeopleOut(BaseModel):
    people: list[Person]


class ProposalOut(BaseModel):
    """A proposal as it stands now."""

    proposal: Proposal
    sha256: str
    """A decision must name it."""
    state: State
    signed_by: tuple[str, ...]
    signers_needed: int
    decisions: list[Decision]
    effective_at: datetime | None

    @classmethod
    def of(cls, case: Case, now_ms: int) -> Self:
        standing = case.standing(now_ms)
        effective_ms = standing.effective_ms
        return cls(
            proposal=case.proposal,
            sha256=case.sha256,
            state=standing.state,
            signed_by=standing.signers,
            signers_needed=case.terms.signers_needed,
            decisions=[one.decision for one in case.heard],
            effective_at=None
            if effective_ms is None
            else datetime.fromtimestamp(effective_ms / 1000, UTC),
        )


class ProposalPage(BaseModel):
    items: list[ProposalOut]
    untrue: list[str]
    """Rows that nobody's signature carries: somebody wrote into the database."""
    next_cursor: str | None


class RegisterOut(BaseModel):
    """What a proposal about a subject starts from."""

    before: Content | None
    """What is in effect or cools off now; the proposal must name it."""
    consequence: str
    expires_at: datetime
    """The latest that a proposal may name."""
    suggested: Content | None
    """For a payout: what is signed to let it go as its ticket says."""


@router.get("/people", operation_id="list_people")
def list_people(services: ServicesDep) -> PeopleOut:
    """List those who may sign."""
    with services.database.snapshot() as connection:
        people = hearing_of(connection, services.database.now_ms(connection)).people
    known = {key_id: people.ever[key_id] for key_id in people.active}
    listed = [Person(name=one.name, key_id=key, key=one.key) for key, one in known.items()]
    return PeopleOut(people=sorted(listed, key=lambda one: one.name))


@router.get("/registers/{kind}/{subject:path}", operation_id="get_register")
def get_register(kind: str, subject: str, services: ServicesDep) -> RegisterOut:
    """Return what the register says of a subject, such as payee and a driver's id."""
    with services.database.snapshot() as connection:
        hearing = hearing_of(connection, services.database.now_ms(connection))
        ground = ground_for(hearing, services.policy.approvals, kind, subject)
    return RegisterOut(
        before=ground.before,
        consequence=ground.consequence,
        expires_at=ground.expires_at,
        suggested=ground.suggested,
    )


@router.get("/proposals", operation_id="list_proposals")
def list_proposals(
    services: ServicesDep,
    *,
    waiting: bool = True,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ProposalPage:
    """List what waits for a signature, newest first; with `waiting=false` everything."""
    with services.database.snapshot() as connection:
        hearing = hearing_of(connection, services.database.now_ms(connection))
        page = APPROVALS.page(hearing, waiting=waiting, before=_key(cursor), limit=limit)
    cases = [case for case in page if isinstance(case, Case)]
    full = len(page) == limit and bool(cases)
    return ProposalPage(
        items=[ProposalOut.of(case, hearing.now_ms) for case in cases],
        untrue=[str(case) for case in page if isinstance(case, Untrue)],
        next_cursor=_cursor(cases[-1]) if full else None,
    )


@router.get("/proposals/{proposal_id}", operation_id="get_proposal")
def get_proposal(proposal_id: UUID, services: ServicesDep) -> ProposalOut:
    """Return one proposal with everything that was said to it."""
    with services.database.snapshot() as connection:
        hearing = hearing_of(connection, services.database.now_ms(connection))
        return ProposalOut.of(APPROVALS.find(hearing, proposal_id), hearing.now_ms)


@router.post("/proposals", operation_id="propose", status_code=201)
def post_proposal(body: Body, services: ServicesDep) -> ProposalOut:
    """Take a proposal (Proposal) that a person signed; a repeat changes nothing."""
    signed = read_form(body, Signed)
    case, now_ms = services.run(lambda tx: (propose(tx, signed), tx.now_ms))
    services.wake_ups.wake_all()
    return ProposalOut.of(case, now_ms)


@router.post("/proposals/{proposal_id}/decisions", operation_id="decide")
def post_decision(proposal_id: UUID, body: Body, services: ServicesDep) -> ProposalOut:
    """Take a decision (Decision) that a person signed; a repeat changes nothing."""
    signed = read_form(body, Signed)
    if read_signed(Decision, signed.body).proposal_id != proposal_id:
        raise BadInput((FieldError("body.proposal_id", "is not the one in the path"),))
    case, now_ms = services.run(lambda tx: (decide(tx, signed), tx.now_ms))
    services.wake_ups.wake_all()
    return ProposalOut.of(case, now_ms)


def _key(cursor: str | None) -> tuple[int, UUID] | None:
    if cursor is None:
        return None
    try:
        proposed_ms, _, proposal = base64.urlsafe_b64decode(cursor).decode().partition("/")
        return int(proposed_ms[:18]), UUID(proposal)
    except (binascii.Error, ValueError) as error:
        raise BadInput((FieldError("cursor", "is not one that this API gave out"),)) from error


def _cursor(case: Case) -> str:
    key = f"{case.terms.proposed_ms}/{case.proposal.proposal_id}"
    return base64.urlsafe_b64encode(key.encode()).decode()
