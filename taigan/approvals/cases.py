"""A proposal with everything that was said to it, as its signatures prove it. Pure.

Rows are not believed: texts are read, signatures are checked, and what a row says beside them must
be what the text says. Whoever can write rows can invent neither a proposal nor an approval.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Row

from taigan.approvals.forms import Decision, Proposal, Signed, text_hash
from taigan.approvals.people import People
from taigan.approvals.signatures import BadSignature
from taigan.approvals.states import NotPossible, Said, Standing, Terms, standing

AnyRow = Row[*tuple[Any, ...]]


class Untrue(Exception):
    """What is stored is not what people signed; the text says where."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One decision and when it came, by the database's clock."""

    decision: Decision
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    proposal: Proposal
    sha256: str
    terms: Terms
    heard: tuple[Heard, ...]

    @property
    def said(self) -> list[Said]:
        return [Said(one.decision.person, one.decision.verdict, one.at_ms) for one in self.heard]

    def standing(self, now_ms: int) -> Standing:
        """Return how it stands at an instant; raise Untrue for words that had no row."""
        try:
            return standing(self.terms, self.said, now_ms)
        except NotPossible as error:
            raise Untrue(f"proposal {self.proposal.proposal_id}: {error}") from error


def read_case(row: AnyRow, decisions: Sequence[AnyRow], people: People) -> Case:
    """Return the case of a stored proposal; raise Untrue if its signatures do not carry it."""
    try:
        proposal = Proposal.model_validate_json(row.body)
        heard = tuple(_heard(row, one, people) for one in decisions)
        signer = None if row.signature is None else people.author(_signed(row))
    except (ValidationError, BadSignature) as error:
        raise Untrue(f"proposal {row.id}: {error}") from error
    told = (proposal.proposal_id, proposal.kind, proposal.subject, proposal.proposer, row.person)
    if told != (row.id, row.kind, row.subject, signer, signer):
        raise Untrue(f"proposal {row.id}: its row is not what was signed")
    terms = Terms(
        signer=signer,
        signers_needed=row.signers_needed,
        cooling_off_ms=row.cooling_off_ms,
        proposed_ms=row.proposed_ms,
        expires_ms=row.expires_ms,
    )
    return Case(proposal=proposal, sha256=text_hash(row.body), terms=terms, heard=heard)


def _heard(proposal: AnyRow, row: AnyRow, people: People) -> Heard:
    decision = Decision.model_validate_json(row.body)
    about = (decision.proposal_id, decision.proposal_sha256)
    if about != (proposal.id, text_hash(proposal.body)):
        raise BadSignature(f"decision {row.n} is about another proposal")
    if (decision.person, decision.verdict) != (people.author(_signed(row)), row.verdict):
        raise BadSignature(f"decision {row.n} is not what its person signed")
    return Heard(decision, row.at_ms)


def _signed(row: AnyRow) -> Signed:
    return Signed(body=row.body, key_id=row.key_id, signature=row.signature)
