"""Problems as answers of a FastAPI application."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DataError, OperationalError
from starlette.exceptions import HTTPException
from structlog import get_logger

from taigan.problem import MEDIA_TYPE, FieldError, Kind, Problem, invalid_fields

log = get_logger()

_PLACES: Final = {"body", "query", "path", "header", "cookie"}
_BY_STATUS: Final = {
    400: Kind.BAD_REQUEST,
    401: Kind.UNAUTHENTICATED,
    403: Kind.FORBIDDEN,
    404: Kind.NOT_FOUND,
    405: Kind.METHOD_NOT_ALLOWED,
    413: Kind.TOO_LARGE,
    503: Kind.UNAVAILABLE,
}


def answer(request: Request, problem: Problem) -> Response:
    """Return `problem` as the answer to `request`."""
    return JSONResponse(
        problem.document(request.url.path),
        problem.kind.status,
        headers=problem.headers,
        media_type=MEDIA_TYPE,
    )


def malformed(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """Return the refusal for Pydantic's errors, each named by the path of its field."""
    return invalid_fields([FieldError(_field(one["loc"]), str(one["msg"])) for one in errors])


def _field(location: Sequence[str | int]) -> str:
    inside = location[1:] if location and location[0] in _PLACES else location
    return ".".join(str(part) for part in inside) or "body"


def of_framework(error: HTTPException) -> Problem:
    """Return the catalogue's problem for an error that the framework raised."""
    kind = _BY_STATUS.get(error.status_code, Kind.BAD_REQUEST)
    phrase = HTTPStatus(error.status_code).phrase
    detail = "" if error.detail == phrase else str(error.detail)
    return Problem(kind, detail, headers=error.headers)


def install(app: FastAPI, expected: Mapping[type[Exception], Kind] | None = None) -> None:
    """Make every error of `app`, its own and the framework's, a problem document.

    `expected` are errors of the domain: each answers with its kind and its own words.
    """

    @app.exception_handler(Problem)
    async def refused(request: Request, error: Problem) -> Response:
        return answer(request, error)

    @app.exception_handler(RequestValidationError)
    async def unfit(request: Request, error: RequestValidationError) -> Response:
        return answer(request, malformed(error.errors()))

    @app.exception_handler(HTTPException)
    async def not_routed(request: Request, error: HTTPException) -> Response:
        return answer(request, of_framework(error))

    @app.exception_handler(DataError)
    async def unstorable(request: Request, error: DataError) -> Response:
        # Text with a NUL, a number beyond its column: PostgreSQL refuses even to look for it.
        return answer(request, Problem(Kind.VALIDATION, str(error.orig)))

    @app.exception_handler(OperationalError)
    async def no_database(request: Request, error: OperationalError) -> Response:
        log.error("the database did not answer", path=request.url.path, error=str(error.orig))
        return answer(request, Problem(Kind.UNAVAILABLE, headers={"Retry-After": "2"}))

    @app.exception_handler(Exception)
    async def crashed(request: Request, error: Exception) -> Response:
        log.error("a request crashed", path=request.url.path, exc_info=error)
        return answer(request, Problem(Kind.INTERNAL))

    for kind_of_error, kind in (expected or {}).items():
        _expect(app, kind_of_error, kind)


def _expect(app: FastAPI, error: type[Exception], kind: Kind) -> None:
    @app.exception_handler(error)
    async def expected(request: Request, raised: Exception) -> Response:
        return answer(request, Problem(kind, str(raised)))
