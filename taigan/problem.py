"""The catalogue of problems (RFC 9457) that every API here answers with; it is closed.

A client may switch on `type`. One word means the same on each server.
"""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Final, NamedTuple

MEDIA_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "urn:taigan:problem:"


class Kind(Enum):
    """Every problem: slug, HTTP status, title."""

    BAD_REQUEST = ("bad_request", 400, "The request cannot be read")
    KEY_MISSING = ("key_missing", 400, "The Idempotency-Key header is missing")
    UNAUTHENTICATED = ("unauthenticated", 401, "Sign in first, or send a valid token")
    WRONG_PASSWORD = ("wrong_password", 401, "User name or password is wrong")
    SECOND_FACTOR = ("second_factor", 401, "Send the code of your authenticator app, too")
    BAD_SIGNATURE = ("bad_signature", 401, "The signature does not hold")
    FORBIDDEN = ("forbidden", 403, "Your role does not allow this")
    CROSS_SITE = ("cross_site", 403, "A request from another site may not change anything")
    NOT_FOUND = ("not_found", 404, "There is no such thing")
    METHOD_NOT_ALLOWED = ("method_not_allowed", 405, "This address does not take this method")
    CONFLICT = ("conflict", 409, "It contradicts what is already there")
    TICKET_DIFFERS = ("ticket_differs", 409, "The ticket was settled with other content")
    TERMS_DIFFER = ("terms_differ", 409, "This version of the contract has other terms")
    REVISION_MISMATCH = ("revision_mismatch", 412, "Someone changed it in the meantime")
    TOO_LARGE = ("too_large", 413, "The request is too large")
    WRONG_HOST = ("wrong_host", 421, "This server is not called so")
    VALIDATION = ("validation", 422, "Some fields are not acceptable")
    KEY_REUSED = ("key_reused", 422, "This idempotency key was used for another request")
    TOTAL_BELOW_ZERO = ("total_below_zero", 422, "The loss costs more than the freight")
    REVISION_REQUIRED = ("revision_required", 428, "Say which revision you change, by If-Match")
    TOO_MANY_REQUESTS = ("too_many_requests", 429, "Too many attempts")
    INTERNAL = ("internal", 500, "The server failed")
    UNAVAILABLE = ("unavailable", 503, "Try again shortly")

    def __init__(self, slug: str, status: int, title: str) -> None:
        self.slug = slug
        self.status = status
        self.title = title


class FieldError(NamedTuple):
    """A field, as a dotted path into the body or the name of a parameter, and what is wrong."""

    field: str
    reason: str


class Problem(Exception):
    """An expected refusal: becomes the answer, changes nothing."""

    def __init__(
        self,
        kind: Kind,
        detail: str = "",
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{kind.slug}: {detail}")
        self.kind = kind
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})

    def document(self, instance: str) -> dict[str, Any]:
        """Return the JSON document of this problem, which happened at path `instance`."""
        body: dict[str, Any] = {
            "type": TYPE_PREFIX + self.kind.slug,
            "title": self.kind.title,
            "status": self.kind.status,
            "instance": instance,
        }
        if self.detail:
            body["detail"] = self.detail
        if self.errors:
            body["errors"] = [error._asdict() for error in self.errors]
        return body


def invalid(field: str, reason: str) -> Problem:
    """Return the refusal of one field."""
    return invalid_fields([FieldError(field, reason)])


def invalid_fields(errors: Sequence[FieldError]) -> Problem:
    """Return the refusal of each of these fields."""
    detail = "; ".join(f"{error.field}: {error.reason}" for error in errors)
    return Problem(Kind.VALIDATION, detail, errors)
