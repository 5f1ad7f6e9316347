"""Optimistic concurrency: a row's revision is its ETag, and a change must name it."""

from typing import Annotated, NamedTuple

from fastapi import Depends, Header, Response

from taigan.problem import Kind, Problem


class SeenRevision(NamedTuple):
    """The revision that a change is based on, and the answer that will name the next one."""

    response: Response
    if_match: str | None


def seen_of(
    response: Response,
    if_match: Annotated[str | None, Header(alias="If-Match", max_length=64)] = None,
) -> SeenRevision:
    """Read If-Match."""
    return SeenRevision(response, if_match)


Seen = Annotated[SeenRevision, Depends(seen_of)]


def etag(revision: int) -> str:
    """Return the strong entity tag of a revision."""
    return f'"{revision}"'


def require_revision(if_match: str | None, revision: int) -> None:
    """Raise Problem unless the caller has seen the current revision."""
    if if_match is None:
        raise Problem(Kind.REVISION_REQUIRED, "read it first and send its ETag")
    if if_match.strip() != etag(revision):
        raise Problem(
            Kind.REVISION_MISMATCH,
            f"it is at revision {revision} now",
            headers={"ETag": etag(revision)},
        )
