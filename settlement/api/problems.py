"""Which problem an error of the money's rules answers with."""

from typing import Final

from fastapi import FastAPI, Request, Response

from settlement.payouts.funding import KeyReused, UnknownContract
from settlement.pricing.contracts import TermsDiffer
from settlement.pricing.price import TotalBelowZero, Unpriceable
from settlement.settle import TicketDiffers
from settlement.strict_json import BadInput
from taigan.approvals.cases import Untrue
from taigan.approvals.forms import Refused
from taigan.approvals.signatures import BadSignature
from taigan.approvals.states import NotPossible
from taigan.approvals.store import NoSuchProposal
from taigan.problem import Kind, invalid_fields
from taigan.problem_answers import answer, install

EXPECTED: Final[dict[type[Exception], Kind]] = {
    TicketDiffers: Kind.TICKET_DIFFERS,
    TermsDiffer: Kind.TERMS_DIFFER,
    TotalBelowZero: Kind.TOTAL_BELOW_ZERO,
    Unpriceable: Kind.VALIDATION,
    KeyReused: Kind.KEY_REUSED,
    UnknownContract: Kind.VALIDATION,
    Refused: Kind.VALIDATION,
    BadSignature: Kind.BAD_SIGNATURE,
    NotPossible: Kind.CONFLICT,
    Untrue: Kind.CONFLICT,
    NoSuchProposal: Kind.NOT_FOUND,
}


def install_problems(app: FastAPI) -> None:
    """Make every error a problem document."""
    install(app, EXPECTED)

    @app.exception_handler(BadInput)
    async def unfit(request: Request, error: BadInput) -> Response:
        return answer(request, invalid_fields(error.defects))
