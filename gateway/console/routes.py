"""The console's routes: every page of the table, and the page to sign in."""

import re
from datetime import timedelta, timezone
from typing import Final
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from gateway.api.v1.account import list_sessions
from gateway.auth.guard import MaybePrincipal, Require
from gateway.auth.totp import app_address, new_secret
from gateway.console.language import Texts, language_of, remember
from gateway.console.pages import PAGES, ConsolePage, template_values
from gateway.console.qr import qr_svg
from gateway.console.reading import reading
from gateway.console.render import render
from gateway.http.context import InContext
from gateway.http.times import CHINA_AHEAD_MS

router = APIRouter(include_in_schema=False)
CHINA: Final = timezone(timedelta(milliseconds=CHINA_AHEAD_MS))

_OURS: Final = re.compile(r"/(?![/\\])[^\x00-\x20\x7f]*")
"""A path: two slashes, or a slash and a backslash, name a host to a browser."""


def _add(page: ConsolePage) -> None:
    @router.get(page.path, name=page.name)
    def show(request: Request, context: InContext, principal: MaybePrincipal) -> Response:
        if principal is None:
            return RedirectResponse(_login_for(request), 303)
        Require(page.permission)(request, context, principal)
        with reading(context.engine) as connection:
            values = template_values(page, connection, principal)
        text = Texts(language_of(request))
        response = render(request, f"{page.name}.html", text, values)
        response.headers["Cache-Control"] = "no-store"
        remember(request, response)
        return response


for _page in PAGES:
    _add(_page)


@router.get("/login")
def login(request: Request, principal: MaybePrincipal) -> Response:
    """Show the form to sign in; a user who is signed in goes on to where they wanted to be."""
    goes_to = _inside(request.query_params.get("next", ""))
    if principal is not None:
        return RedirectResponse(goes_to, 303)
    values = {"next": goes_to, "is_over": "over" in request.query_params}
    response = render(request, "login.html", Texts(language_of(request)), values)
    remember(request, response)
    return response


@router.get("/account")
def account(request: Request, context: InContext, principal: MaybePrincipal) -> Response:
    """Show a user his password's form and his sessions."""
    if principal is None:
        return RedirectResponse(_login_for(request), 303)
    sessions = list_sessions(context, principal)
    secret = new_secret()
    values = {
        "principal": principal,
        "sessions": sessions,
        "china": CHINA,
        "has_factor": principal.factors == 2,
        "secret": secret,
        "qr": qr_svg(app_address(secret, principal.username)),
    }
    response = render(request, "account.html", Texts(language_of(request)), values)
    response.headers["Cache-Control"] = "no-store"
    remember(request, response)
    return response


@router.get("/reset")
def reset(request: Request) -> Response:
    """Show the form that a link of `taigan-gateway user reset` opens; its secret stays in it."""
    response = render(request, "reset.html", Texts(language_of(request)), {})
    remember(request, response)
    return response


def _login_for(request: Request) -> str:
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return "/login" if wanted == "/" else f"/login?next={quote(wanted, safe='')}"


def _inside(address: str) -> str:
    """Return `address` if it is a page of this server, else the first page.

    A link to the login must not lead to another site once somebody has signed in.
    """
    return address if _OURS.fullmatch(address) else "/"
