"""Signing in and out, for people and programs alike."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from structlog import get_logger

from gateway.auth.door import SIGN_IN, describe, place_of_client
from gateway.auth.guard import (
    HOUR_MS,
    Looker,
    limited,
    refuse_cross_site,
    session_cookie,
    session_token,
)
from gateway.auth.login import Attempt, Login
from gateway.auth.passwords import PASSWORD_LENGTH_MAX
from gateway.auth.places import DEVICE_AGE_S, DEVICE_COOKIE, Place, new_device
from gateway.auth.roles import Permission, Role
from gateway.auth.sessions import (
    Principal,
    StoredUser,
    close_session,
    open_session,
)
from gateway.http.context import Context, InContext
from gateway.http.times import at_of
from gateway.trail.service import By, Deed, keep

log = get_logger()
router = APIRouter(prefix=SIGN_IN, tags=["sessions"])


class Credentials(BaseModel):
    model_config = ConfigDict(extra="forbid")

    username: Annotated[str, Field(min_length=1, max_length=32)]
    password: Annotated[str, Field(min_length=1, max_length=PASSWORD_LENGTH_MAX)]
    code: Annotated[str, Field(min_length=6, max_length=20)] | None = None
    """Of the authenticator app, or one on paper, for a user who has set that up."""


class UserView(BaseModel):
    username: str
    role: Role
    permissions: list[Permission]
    needs_second_factor: bool
    """The role asks for one, and this session is without: it may only look."""


class SessionView(BaseModel):
    """A new session; `token` is shown only here."""

    token: str
    user: UserView
    expires_at: AwareDatetime


def view_user(principal: Principal) -> UserView:
    """Return what users may know about themselves."""
    return UserView(
        username=principal.username,
        role=principal.role,
        permissions=sorted(principal.permissions),
        needs_second_factor=principal.is_limited,
    )


@router.post("", status_code=201, operation_id="sign_in")
async def sign_in(
    credentials: Credentials, request: Request, response: Response, context: InContext
) -> SessionView:
    """Open a session. The token goes into an Authorization header; browsers get a cookie."""
    public_url, now_ms = context.settings.http.public_url, context.now_ms()
    refuse_cross_site(request, public_url)
    secret = context.settings.receipt.secret.get_secret_value()
    place = place_of_client(request, secret, now_ms)
    login: Login = request.app.state.login
    attempt = Attempt(credentials.username, credentials.password, credentials.code)
    user = await login.check(attempt, place, request.is_disconnected)
    session = await run_in_threadpool(_open, user, context, place, describe(request))
    is_https = context.settings.http.is_https
    response.set_cookie(
        session_cookie(is_https=is_https),
        session.token,
        max_age=int(context.settings.auth.absolute_hours * 3600),
        httponly=True,
        samesite="lax",
        secure=is_https,
    )
    response.set_cookie(
        DEVICE_COOKIE,
        new_device(secret, now_ms),
        max_age=DEVICE_AGE_S,
        path=SIGN_IN,
        httponly=True,
        samesite="strict",
        secure=is_https,
    )
    return session


@router.get("/current", operation_id="get_session")
def current(principal: Looker) -> UserView:
    """Say who is signed in."""
    return view_user(principal)


@router.delete("/current", status_code=204, operation_id="sign_out")
def sign_out(request: Request, context: InContext, principal: Looker) -> Response:
    """End this session; its token opens nothing any more."""
    token = session_token(request, context.settings.http.public_url)
    if token is not None:
        with context.engine.begin() as connection:
            close_session(connection, token)
            by = By(principal.username, context.now_ms())
            keep(connection, by, Deed("session.close", principal.username))
    response = Response(status_code=204)
    is_https = context.settings.http.is_https
    response.delete_cookie(session_cookie(is_https=is_https), secure=is_https, httponly=True)
    return response


def _open(user: StoredUser, context: Context, place: Place, came_from: str) -> SessionView:
    token = secrets.token_urlsafe(32)
    now_ms = context.now_ms()
    expires_ms = now_ms + int(context.settings.auth.absolute_hours * HOUR_MS)
    factors = 1 if user.totp_secret is None else 2
    principal = limited(user.principal._replace(factors=factors), context)
    with context.engine.begin() as connection:
        open_session(
            connection,
            principal.user_id,
            token,
            now_ms=now_ms,
            expires_ms=expires_ms,
            came_from=came_from,
            factors=principal.factors,
        )
        by = By(principal.username, now_ms)
        keep(connection, by, Deed("session.open", principal.username, after={"from": place.key}))
    log.info("a user signed in", username=principal.username, role=principal.role)
    return SessionView(token=token, user=view_user(principal), expires_at=at_of(expires_ms))
