"""Errors as RFC 9457 problem documents, from a closed catalogue."""

from enum import Enum
from typing import Any, NamedTuple

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException

from settlement.payouts.funding import KeyReused
from settlement.pricing.contracts import TermsDiffer
from settlement.pricing.price import TotalBelowZero, Unpriceable
from settlement.settle import TicketDiffers
from settlement.strict_json import BadInput, Defect


class _Kind(NamedTuple):
    status: int
    title: str


class Problem(Enum):
    """Every problem this API answers with; its name in lower case is the end of `type`."""

    NOT_AUTHORISED = _Kind(401, "The bearer token is missing or wrong")
    FORGED_CALLBACK = _Kind(401, "The callback's signature does not hold")
    NOT_FOUND = _Kind(404, "There is no such thing")
    METHOD_NOT_ALLOWED = _Kind(405, "The path does not know this method")
    TICKET_DIFFERS = _Kind(409, "The ticket was settled with other content")
    TERMS_DIFFER = _Kind(409, "This version of the contract has other terms")
    TOO_LARGE = _Kind(413, "The body is too large")
    BAD_INPUT = _Kind(422, "The input does not have the promised form")
    TOTAL_BELOW_ZERO = _Kind(422, "The loss costs more than the freight")
    KEY_REUSED = _Kind(422, "The idempotency key was used for something else")
    KEY_MISSING = _Kind(400, "The Idempotency-Key header is missing")
    REFUSED = _Kind(400, "The request was refused")

    @property
    def status(self) -> int:
        return self.value.status

    @property
    def type(self) -> str:
        return f"urn:taigan:problem:{self.name.lower()}"


class Refused(Exception):
    """Answer a request with a problem."""

    def __init__(self, problem: Problem, detail: str, defects: tuple[Defect, ...] = ()) -> None:
        super().__init__(detail)
        self.problem = problem
        self.detail = detail
        self.defects = defects


_BY_ERROR = {
    TicketDiffers: Problem.TICKET_DIFFERS,
    TermsDiffer: Problem.TERMS_DIFFER,
    TotalBelowZero: Problem.TOTAL_BELOW_ZERO,
    Unpriceable: Problem.BAD_INPUT,
    KeyReused: Problem.KEY_REUSED,
}
_BY_STATUS = {
    401: Problem.NOT_AUTHORISED,
    404: Problem.NOT_FOUND,
    405: Problem.METHOD_NOT_ALLOWED,
    413: Problem.TOO_LARGE,
}


def install(app: FastAPI) -> None:
    """Make every expected error a problem document; anything else stays a 500."""
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(BadInput, _bad_input)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(DataError, _unstorable)
    for error in _BY_ERROR:
        app.add_exception_handler(error, _expected)


def _answer(
    request: Request, problem: Problem, detail: str, defects: tuple[Defect, ...] = ()
) -> JSONResponse:
    content: dict[str, Any] = {
        "type": problem.type,
        "title": problem.value.title,
        "status": problem.status,
        "detail": detail,
        "instance": request.url.path,
    }
    if defects:
        content["errors"] = [defect._asdict() for defect in defects]
    headers = {"WWW-Authenticate": "Bearer"} if problem is Problem.NOT_AUTHORISED else None
    return JSONResponse(
        content, problem.status, headers=headers, media_type="application/problem+json"
    )


def _refused(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, Refused):
        raise error
    return _answer(request, error.problem, error.detail, error.defects)


def _bad_input(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, BadInput):
        raise error
    return _answer(request, Problem.BAD_INPUT, str(error), error.defects)


def _invalid(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    defects = tuple(
        Defect(".".join(str(part) for part in found["loc"]), found["msg"])
        for found in error.errors()
    )
    return _answer(request, Problem.BAD_INPUT, "the request does not fit", defects)


def _http(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    return _answer(request, _BY_STATUS.get(error.status_code, Problem.REFUSED), str(error.detail))


def _unstorable(request: Request, error: Exception) -> JSONResponse:
    """Refuse a value that its form allows and its column does not: an integer beyond 32 bits."""
    if not isinstance(error, DataError):
        raise error
    return _answer(request, Problem.BAD_INPUT, str(error.orig))


def _expected(request: Request, error: Exception) -> JSONResponse:
    return _answer(request, _BY_ERROR[type(error)], str(error))
