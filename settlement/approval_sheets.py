"""How a proposal is shown to the person who is about to sign: a line, or a sheet."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from taigan.approvals.cases import Case


def row_of(case: Case, now_ms: int) -> str:
    """Return one line about a proposal, with tabs between its fields."""
    standing, terms = case.standing(now_ms), case.terms
    fields = (
        case.proposal.proposal_id,
        standing.state,
        case.proposal.kind,
        case.proposal.subject,
        f"{len(standing.signers)} of {terms.signers_needed} signed",
        f"{case.proposal.expires_at:%Y-%m-%dT%H:%M:%SZ}",
        case.proposal.consequence,
    )
    return "\t".join(re.sub(r"\s+", " ", str(field)) for field in fields)


def sheet(case: Case, now_ms: int) -> Iterator[str]:
    """Yield the lines that a person reads before signing."""
    proposal, standing = case.proposal, case.standing(now_ms)
    yield f"{proposal.kind} {proposal.subject}: {standing.state}"
    before, after = proposal.before or {}, proposal.after or {}
    for field in sorted({*before, *after}):
        mark = " " if before.get(field) == after.get(field) else "*"
        yield f"{mark} {field}: {_shown(before, field)} -> {_shown(after, field)}"
    yield f"consequence: {proposal.consequence}"
    yield f"why: {proposal.why}"
    yield f"proposed by: {proposal.proposer or 'the program, for a ticket'}"
    for one in case.heard:
        yield f"{one.decision.verdict} by {one.decision.person}: {one.decision.why}"
    yield f"signed: {len(standing.signers)} of {case.terms.signers_needed}"
    if standing.effective_ms is not None:
        yield f"in effect from: {_time(standing.effective_ms)}"
    yield f"expires: {_time(case.terms.expires_ms)}"
    yield f"sha256: {case.sha256}"


def _shown(content: dict[str, Any], field: str) -> str:
    return json.dumps(content[field], ensure_ascii=False) if field in content else "-"


def _time(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"
