"""Errors as RFC 9457 problem details. The catalogue is closed: a client may switch on `type`."""

from collections.abc import Mapping, Sequence
from enum import Enum
from http import HTTPStatus
from typing import Any, Final, NamedTuple

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from starlette.exceptions import HTTPException
from structlog import get_logger

MEDIA_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "urn:taigan:problem:"

log = get_logger()


class Kind(Enum):
    """Every problem this program answers with: slug → (status, title)."""

    BAD_REQUEST = ("bad_request", 400, "The request cannot be read")
    UNAUTHENTICATED = ("unauthenticated", 401, "Sign in first")
    WRONG_PASSWORD = ("wrong_password", 401, "User name or password is wrong")
    BAD_SIGNATURE = ("bad_signature", 401, "The signature does not hold")
    FORBIDDEN = ("forbidden", 403, "Your role does not allow this")
    CROSS_SITE = ("cross_site", 403, "A request from another site may not change anything")
    NOT_FOUND = ("not_found", 404, "There is no such thing")
    METHOD_NOT_ALLOWED = ("method_not_allowed", 405, "This address does not take this method")
    CONFLICT = ("conflict", 409, "It contradicts what is already there")
    REVISION_MISMATCH = ("revision_mismatch", 412, "Someone changed it in the meantime")
    TOO_LARGE = ("too_large", 413, "The request is too large")
    VALIDATION = ("validation", 422, "Some fields are not acceptable")
    KEY_REUSED = ("key_reused", 422, "This idempotency key was used for another request")
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


def invalid(field: str, reason: str) -> Problem:
    """Return the refusal of one field."""
    return Problem(Kind.VALIDATION, f"{field}: {reason}", [FieldError(field, reason)])


def problem_body(problem: Problem, instance: str) -> dict[str, Any]:
    """Return the JSON document of a problem that happened at path `instance`."""
    body: dict[str, Any] = {
        "type": TYPE_PREFIX + problem.kind.slug,
        "title": problem.kind.title,
        "status": problem.kind.status,
        "instance": instance,
    }
    if problem.detail:
        body["detail"] = problem.detail
    if problem.errors:
        body["errors"] = [error._asdict() for error in problem.errors]
    return body


def problem_response(request: Request, problem: Problem) -> Response:
    """Return `problem` as an answer to `request`."""
    return JSONResponse(
        problem_body(problem, request.url.path),
        problem.kind.status,
        headers=problem.headers,
        media_type=MEDIA_TYPE,
    )


_PLACES: Final = {"body", "query", "path", "header", "cookie"}


def validation_problem(raw: Sequence[Mapping[str, Any]]) -> Problem:
    """Return the refusal for Pydantic's errors, each named by the path of its field."""
    errors = [FieldError(_field(error["loc"]), str(error["msg"])) for error in raw]
    return Problem(Kind.VALIDATION, "; ".join(f"{e.field}: {e.reason}" for e in errors), errors)


def _field(location: Sequence[str | int]) -> str:
    inside = location[1:] if location and location[0] in _PLACES else location
    return ".".join(str(part) for part in inside) or "body"


_BY_STATUS: Final = {
    400: Kind.BAD_REQUEST,
    401: Kind.UNAUTHENTICATED,
    403: Kind.FORBIDDEN,
    404: Kind.NOT_FOUND,
    405: Kind.METHOD_NOT_ALLOWED,
    413: Kind.TOO_LARGE,
    503: Kind.UNAVAILABLE,
}


def http_problem(error: HTTPException) -> Problem:
    """Return the catalogue's problem for an error raised by the framework."""
    kind = _BY_STATUS.get(error.status_code, Kind.BAD_REQUEST)
    phrase = HTTPStatus(error.status_code).phrase
    detail = "" if error.detail == phrase else str(error.detail)
    return Problem(kind, detail, headers=error.headers)


def install(app: FastAPI) -> None:
    """Make every error of `app`, its own and the framework's, a problem document."""

    @app.exception_handler(Problem)
    async def refused(request: Request, error: Problem) -> Response:
        return problem_response(request, error)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> Response:
        return problem_response(request, validation_problem(error.errors()))

    @app.exception_handler(HTTPException)
    async def not_routed(request: Request, error: HTTPException) -> Response:
        return problem_response(request, http_problem(error))

    @app.exception_handler(IntegrityError)
    async def contradicted(request: Request, error: IntegrityError) -> Response:
        # Checked before writing; only a race with another writer gets here.
        log.warning("a constraint refused a write", path=request.url.path, error=str(error.orig))
        return problem_response(request, Problem(Kind.CONFLICT, "another request was faster"))

    @app.exception_handler(DataError)
    async def unstorable(request: Request, error: DataError) -> Response:
        # Text with a NUL, a number beyond its column: PostgreSQL refuses even to look for it.
        return problem_response(request, Problem(Kind.VALIDATION, str(error.orig)))

    @app.exception_handler(OperationalError)
    async def no_database(request: Request, error: OperationalError) -> Response:
        log.error("the database did not answer", path=request.url.path, error=str(error.orig))
        return problem_response(request, Problem(Kind.UNAVAILABLE, headers={"Retry-After": "2"}))

    @app.exception_handler(Exception)
    async def crashed(request: Request, error: Exception) -> Response:
        log.error("a request crashed", path=request.url.path, exc_info=error)
        return problem_response(request, Problem(Kind.INTERNAL))
