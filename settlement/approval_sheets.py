"""How a proposal is shown to the person who is about to sign: a line, or a sheet."""

import json
import re
from collections.abc import Iterator
from typing import Any

Shown = dict[str, Any]
"""A proposal as the API shows it."""


def row_of(shown: Shown) -> str:
    """Return one line about a proposal, with tabs between its fields."""
    proposal = shown["proposal"]
    fields = (
        proposal["proposal_id"],
        shown["state"],
        proposal["kind"],
        proposal["subject"],
        f"{len(shown['signed_by'])} of {shown['signers_needed']} signed",
        proposal["expires_at"],
        proposal["consequence"],
    )
    return "\t".join(re.sub(r"\s+", " ", str(field)) for field in fields)


def sheet(shown: Shown) -> Iterator[str]:
    """Yield the lines that a person reads before signing; what changes has an asterisk."""
    proposal = shown["proposal"]
    yield f"{proposal['kind']} {proposal['subject']}: {shown['state']}"
    before, after = proposal["before"] or {}, proposal["after"] or {}
    for field in sorted({*before, *after}):
        mark = " " if before.get(field) == after.get(field) else "*"
        yield f"{mark} {field}: {_value(before, field)} -> {_value(after, field)}"
    yield f"consequence: {proposal['consequence']}"
    yield f"why: {proposal['why']}"
    yield f"proposed by: {proposal['proposer'] or 'the program, for a ticket'}"
    for one in shown["decisions"]:
        yield f"{one['verdict']} by {one['person']}: {one['why']}"
    yield f"signed: {len(shown['signed_by'])} of {shown['signers_needed']}"
    if shown["effective_at"] is not None:
        yield f"in effect from: {shown['effective_at']}"
    yield f"expires: {proposal['expires_at']}"
    yield f"sha256: {shown['sha256']}"


def _value(content: dict[str, Any], field: str) -> str:
    return json.dumps(content[field], ensure_ascii=False) if field in content else "-"
