"""Keeps proposals and decisions: the door where signatures are checked, and the way back out.

The caller's transaction carries everything; nothing is committed here.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Select, bindparam, case, exists, func, insert, select, tuple_

from taigan.approvals.cases import AnyRow, Case, Untrue, read_case
from taigan.approvals.forms import Decision, Proposal, Refused, Signed, Verdict, read_signed
from taigan.approvals.people import People
from taigan.approvals.rules import Rules
from taigan.approvals.states import Said, standing
from taigan.approvals.tables import ApprovalTables

_SUBJECT_PROPOSALS_MAX: Final = 200
"""More than anybody means about one subject; each is read before a payment."""


class NoSuchProposal(LookupError):
    """There is no proposal of this id."""


class Hearing(NamedTuple):
    """An open transaction, who may sign in it, and its time by the database's clock."""

    connection: Connection
    people: People
    now_ms: int


class Approvals:
    """The proposals of one database."""

    def __init__(self, tables: ApprovalTables) -> None:
        self._proposals, self._decisions = proposals, decisions = tables
        oldest_first = select(proposals).order_by(proposals.c.proposed_ms, proposals.c.id)
        self._of_kind = oldest_first.where(proposals.c.kind == bindparam("of_kind"))
        self._about = oldest_first.where(
            tuple_(proposals.c.kind, proposals.c.subject).in_(bindparam("pairs", expanding=True))
        )
        self._one = select(proposals).where(proposals.c.id == bindparam("proposal"))
        self._said_to = (
            select(decisions)
            .where(decisions.c.proposal_id.in_(bindparam("proposals", expanding=True)))
            .order_by(decisions.c.proposal_id, decisions.c.n)
        )

    def take(self, hearing: Hearing, signed: Signed, rules: Rules) -> Case:
        """Keep a person's proposal; a repeat of the same text changes nothing.

        Raises Refused, BadSignature.
        """
        proposal = read_signed(Proposal, signed.body)
        if proposal.proposer is None or proposal.proposer != hearing.people.signer(signed):
            raise Refused("proposer: is not the person whose key signed")
        return self._keep(hearing, proposal, signed.model_dump(), rules)

    def take_unsigned(self, hearing: Hearing, proposal: Proposal, rules: Rules) -> Case:
        """Keep a program's proposal. It counts for nobody: all who are needed must still sign.

        Raises Refused.
        """
        if proposal.proposer is not None:
            raise Refused("proposer: a program has no name")
        unsigned = {"body": proposal.model_dump_json(), "key_id": None, "signature": None}
        return self._keep(hearing, proposal, unsigned, rules)

    def _keep(
        self, hearing: Hearing, proposal: Proposal, text: dict[str, str | None], rules: Rules
    ) -> Case:
        known = self._row(hearing, proposal.proposal_id)
        if known is not None and known.body != text["body"]:
            raise Refused("proposal_id: another proposal has it")
        if known is None:
            row = {
                "id": proposal.proposal_id,
                "kind": proposal.kind,
                "subject": proposal.subject,
                "person": proposal.proposer,
                "signers_needed": rules.signers_needed(proposal.kind),
                "cooling_off_ms": rules.cooling_off_of(proposal.kind),
                "proposed_ms": hearing.now_ms,
                "expires_ms": _expires_ms(proposal, rules, hearing.now_ms),
                **text,
            }
            self._have_room(hearing, proposal)
            hearing.connection.execute(insert(self._proposals), row)
        return self.find(hearing, proposal.proposal_id)

    def _have_room(self, hearing: Hearing, proposal: Proposal) -> None:
        pairs = [(proposal.kind, proposal.subject)]
        about = hearing.connection.execute(self._about, {"pairs": pairs}).all()
        if len(about) >= _SUBJECT_PROPOSALS_MAX:
            raise Refused(f"subject: {_SUBJECT_PROPOSALS_MAX} proposals are about it already")

    def hear(self, hearing: Hearing, signed: Signed) -> Case:
        """Keep what a person says to a proposal and return its case; a repeat changes nothing.

        Raises NoSuchProposal, Refused, BadSignature, NotPossible.
        """
        decision = read_signed(Decision, signed.body)
        if decision.person != hearing.people.signer(signed):
            raise Refused("person: is not the one whose key signed")
        found = self.find(hearing, decision.proposal_id, lock=True)
        if decision.proposal_sha256 != found.sha256:
            raise Refused("proposal_sha256: is not that of the proposal as it is stored")
        if any(one.decision == decision for one in found.heard):
            return found
        said = Said(decision.person, decision.verdict, hearing.now_ms)
        standing(found.terms, [*found.said, said], hearing.now_ms)
        row = {
            "proposal_id": decision.proposal_id,
            "n": len(found.heard) + 1,
            "verdict": decision.verdict,
            "person": decision.person,
            "at_ms": hearing.now_ms,
            **signed.model_dump(),
        }
        hearing.connection.execute(insert(self._decisions), row)
        return self.find(hearing, decision.proposal_id)

    def has(self, hearing: Hearing, proposal_id: UUID) -> bool:
        return self._row(hearing, proposal_id) is not None

    def find(self, hearing: Hearing, proposal_id: UUID, *, lock: bool = False) -> Case:
        """Return one case; `lock` keeps other decisions out. Raises NoSuchProposal, Untrue."""
        row = self._row(hearing, proposal_id, lock=lock)
        if row is None:
            raise NoSuchProposal(f"there is no proposal {proposal_id}")
        said = self._said(hearing.connection, [row])
        return read_case(row, said[row.id], hearing.people)

    def about(self, hearing: Hearing, kind: str, subject: str) -> tuple[Case, ...]:
        """Return every case about one subject, oldest first. Raises Untrue."""
        return self.about_each(hearing, [(kind, subject)])[0]

    def about_each(
        self, hearing: Hearing, subjects: Sequence[tuple[str, str]]
    ) -> list[tuple[Case, ...]]:
        """Return the cases about each (kind, subject), all read at once. Raises Untrue."""
        rows = hearing.connection.execute(self._about, {"pairs": list(subjects)}).all()
        said = self._said(hearing.connection, rows)
        found: dict[tuple[str, str], list[Case]] = {subject: [] for subject in subjects}
        for row in rows:
            found[row.kind, row.subject].append(read_case(row, said[row.id], hearing.people))
        return [tuple(found[subject]) for subject in subjects]

    def unread(self, connection: Connection, kind: str) -> list[tuple[AnyRow, list[AnyRow]]]:
        """Return the stored proposals of a kind with their decisions, oldest first, unchecked.

        For those from which it follows who may sign at all.
        """
        rows = connection.execute(self._of_kind, {"of_kind": kind}).all()
        said = self._said(connection, rows)
        return [(row, said[row.id]) for row in rows]

    def page(
        self,
        hearing: Hearing,
        *,
        waiting: bool,
        before: tuple[int, UUID] | None = None,
        limit: int = 50,
    ) -> list[Case | Untrue]:
        """Return cases, newest first, or those alone that wait for somebody to sign.

        What cannot be believed stands in its place among them, so that it hides no other.
        """
        proposals = self._proposals
        query = select(proposals).order_by(proposals.c.proposed_ms.desc(), proposals.c.id.desc())
        if waiting:
            query = self._waiting(query, hearing.now_ms)
        if before is not None:
            query = query.where(tuple_(proposals.c.proposed_ms, proposals.c.id) < before)
        rows = hearing.connection.execute(query.limit(limit)).all()
        said = self._said(hearing.connection, rows)
        return [_believed(row, said[row.id], hearing.people) for row in rows]

    def _waiting(
        self, query: Select[tuple[object, ...]], now_ms: int
    ) -> Select[tuple[object, ...]]:
        proposals, decisions = self._proposals, self._decisions
        own, approval = (
            decisions.c.proposal_id == proposals.c.id,
            decisions.c.verdict == Verdict.APPROVE,
        )
        approvals = select(func.count()).where(own, approval).scalar_subquery()
        signed = case((proposals.c.person.is_(None), 0), else_=1)
        return query.where(
            proposals.c.expires_ms > now_ms,
            ~exists().where(own, ~approval),
            approvals + signed < proposals.c.signers_needed,
        )

    def _row(self, hearing: Hearing, proposal_id: UUID, *, lock: bool = False) -> AnyRow | None:
        query = self._one.with_for_update() if lock else self._one
        return hearing.connection.execute(query, {"proposal": proposal_id}).one_or_none()

    def _said(
        self, connection: Connection, proposals: Sequence[AnyRow]
    ) -> dict[UUID, list[AnyRow]]:
        found: dict[UUID, list[AnyRow]] = {row.id: [] for row in proposals}
        if found:
            for row in connection.execute(self._said_to, {"proposals": list(found)}):
                found[row.proposal_id].append(row)
        return found


def _believed(row: AnyRow, said: Sequence[AnyRow], people: People) -> Case | Untrue:
    try:
        return read_case(row, said, people)
    except Untrue as untrue:
        return untrue


def _expires_ms(proposal: Proposal, rules: Rules, now_ms: int) -> int:
    if proposal.kind not in rules.by_kind:
        raise Refused(f"kind: {proposal.kind} is none of {', '.join(rules.by_kind)}")
    expires_ms = int(proposal.expires_at.timestamp() * 1000)
    if not now_ms < expires_ms <= now_ms + rules.expires_after_ms:
        days = rules.expires_after_ms / 86_400_000
        raise Refused(f"expires_at: must be within {days:g} days from now")
    return expires_ms
