"""Every error of the gateway as a problem document."""

from fastapi import FastAPI, Request, Response
from sqlalchemy.exc import IntegrityError
from structlog import get_logger

from taigan.problem import Kind, Problem
from taigan.problem_answers import answer, install

log = get_logger()


def install_problems(app: FastAPI) -> None:
    """Make every error of `app`, its own and the framework's, a problem document."""
    install(app)

    @app.exception_handler(IntegrityError)
    async def contradicted(request: Request, error: IntegrityError) -> Response:
        # Checked before writing; only a race with another writer gets here.
        log.warning("a constraint refused a write", path=request.url.path, error=str(error.orig))
        return answer(request, Problem(Kind.CONFLICT, "another request was faster"))
