"""The driver's page: opened by a signed link, no login, small enough for a bad connection.

A link with a wrong signature, to no ticket, too old or revoked: all get the same answer.
"""

from datetime import timedelta, timezone
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from gateway.console.language import Texts, language_of, remember
from gateway.console.qr import qr_svg
from gateway.console.render import render
from gateway.http.context import Context, InContext
from gateway.receipt.curve import curve_path
from gateway.receipt.formula import tonnes, yuan
from gateway.receipt.service import DriverReceipt, find_receipt
from gateway.receipt.validity import is_valid
from gateway.receipt_link import may_read, receipt_url
from settlement.messages import PayoutState

CHINA: Final = timezone(timedelta(hours=8))
FINAL_STATES: Final = frozenset({PayoutState.PAID, PayoutState.FAILED, PayoutState.RETURNED})
CURVE_WIDTH: Final = 320
CURVE_HEIGHT: Final = 64
_PRIVATE: Final = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}

router = APIRouter(prefix="/r", tags=["receipt"], include_in_schema=False)


@router.get("/{ticket_id}")
def show_receipt(ticket_id: str, request: Request, context: InContext) -> Response:
    """Show the receipt; 403 unless the link is genuine."""
    text = Texts(language_of(request))
    receipt = _opened(ticket_id, request, context)
    if receipt is None:
        return render(request, "refused.html", text, {}, status=403)
    response = render(request, "receipt.html", text, _page(ticket_id, receipt, text, context))
    response.headers.update(_PRIVATE)
    remember(request, response)
    return response


@router.get("/{ticket_id}/state")
def payout_state(ticket_id: str, request: Request, context: InContext) -> Response:
    """Say where the money is, in the page's language; asked for until it is final."""
    receipt = _opened(ticket_id, request, context)
    if receipt is None:
        return JSONResponse({"final": True}, 403, headers=_PRIVATE)
    state = payout_line(receipt, Texts(language_of(request)))
    return JSONResponse(state, headers=_PRIVATE)


def _opened(ticket_id: str, request: Request, context: Context) -> DriverReceipt | None:
    try:
        ticket = UUID(ticket_id)
    except ValueError:
        return None
    secret = context.settings.receipt.secret.get_secret_value()
    if not may_read(ticket, request.query_params.get("s", ""), secret):
        return None
    valid_days = context.settings.receipt.valid_days
    with context.engine.begin() as connection:
        if not is_valid(connection, str(ticket), context.now_ms(), valid_days):
            return None
        return find_receipt(connection, str(ticket))


def payout_line(receipt: DriverReceipt, text: Texts) -> dict[str, Any]:
    """Return the payout's state in words; `tone` chooses its colour, `priced` its page."""
    payout = receipt.payout
    if payout is None:
        key = "refused" if receipt.refused else "unloaded" if receipt.unloading else "under_way"
        tone = "held" if receipt.refused else "moving"
        words = text(f"receipt.state.{key}")
        return {"words": words, "detail": "", "tone": tone, "final": False, "priced": False}
    detail = ""
    if payout.paid_at is not None:
        detail = f"{payout.paid_at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"
    elif payout.reason:
        detail = payout_reason(payout.reason, text)
    return {
        "words": text(f"payout.{payout.state}"),
        "detail": detail,
        "tone": TONES[payout.state],
        "final": payout.state in FINAL_STATES,
        "priced": True,
    }


def payout_reason(reason: str, text: Texts) -> str:
    """Return why a payout waits or failed; a reason from a bank is shown as the bank gave it."""
    key = f"payout.reason.{reason}"
    return text(key) if text.has(key) else reason.replace("_", " ")


TONES: Final = {
    PayoutState.HELD: "held",
    PayoutState.READY: "moving",
    PayoutState.SENDING: "moving",
    PayoutState.ACCEPTED: "moving",
    PayoutState.UNKNOWN: "moving",
    PayoutState.PAID: "good",
    PayoutState.FAILED: "bad",
    PayoutState.RETURNED: "bad",
    PayoutState.MANUAL: "held",
}


def _page(ticket_id: str, receipt: DriverReceipt, text: Texts, context: Context) -> dict[str, Any]:
    settings = context.settings
    secret = settings.receipt.secret.get_secret_value()
    link = receipt_url(settings.http.public_url, UUID(ticket_id), secret)
    weighings = [
        (name, weighed, curve_path(weighed.curve, CURVE_WIDTH, CURVE_HEIGHT))
        for name, weighed in (("loading", receipt.loading), ("unloading", receipt.unloading))
        if weighed is not None
    ]
    return {
        "receipt": receipt,
        "weighings": weighings,
        "formula": receipt.formula(text),
        "state": payout_line(receipt, text),
        "qr": qr_svg(link),
        "tonnes": tonnes,
        "yuan": yuan,
        "china": CHINA,
        "box": (CURVE_WIDTH, CURVE_HEIGHT),
    }
