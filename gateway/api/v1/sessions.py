"""Signing in and out, for people and programs alike."""

import secrets
import threading
from functools import cache
from typing import Annotated, Final

from fastapi import APIRouter, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from structlog import get_logger

from gateway.auth.guard import COOKIE, HOUR_MS, Looker, refuse_cross_site, session_token
from gateway.auth.passwords import PASSWORD_LENGTH_MAX, hash_password, verify_password
from gateway.auth.roles import PERMISSIONS, Permission, Role
from gateway.auth.sessions import (
    Principal,
    StoredUser,
    close_session,
    find_user,
    open_session,
)
from gateway.auth.throttle import Throttle
from gateway.http.context import Context, InContext
from gateway.http.times import at_of
from taigan.problem import Kind, Problem

_HASHING: Final = threading.BoundedSemaphore(2)
"""One verification takes 64 MiB; a burst of logins may not take the machine."""

log = get_logger()
router = APIRouter(prefix="/api/v1/sessions", tags=["sessions"])


class Credentials(BaseModel):
    model_config = ConfigDict(extra="forbid")

    username: Annotated[str, Field(min_length=1, max_length=32)]
    password: Annotated[str, Field(min_length=1, max_length=PASSWORD_LENGTH_MAX)]


class UserView(BaseModel):
    username: str
    role: Role
    permissions: list[Permission]


class SessionView(BaseModel):
    """A new session; `token` is shown only here."""

    token: str
    user: UserView
    expires_at: AwareDatetime


def view_user(principal: Principal) -> UserView:
    """Return what users may know about themselves."""
    granted = sorted(PERMISSIONS[principal.role])
    return UserView(username=principal.username, role=principal.role, permissions=granted)


@router.post("", status_code=201, operation_id="sign_in")
def sign_in(
    credentials: Credentials, request: Request, response: Response, context: InContext
) -> SessionView:
    """Open a session. The token goes into an Authorization header; browsers get a cookie."""
    public_url = context.settings.http.public_url
    refuse_cross_site(request, public_url)
    user = _checked_user(credentials, request, context)
    session = _open(user, context)
    response.set_cookie(
        COOKIE,
        session.token,
        max_age=int(context.settings.auth.absolute_hours * 3600),
        httponly=True,
        samesite="lax",
        secure=public_url.startswith("https://"),
    )
    return session


@router.get("/current", operation_id="get_session")
def current(principal: Looker) -> UserView:
    """Say who is signed in."""
    return view_user(principal)


@router.delete("/current", status_code=204, operation_id="sign_out")
def sign_out(request: Request, context: InContext, _principal: Looker) -> Response:
    """End this session; its token opens nothing any more."""
    token = session_token(request, context.settings.http.public_url)
    if token is not None:
        with context.engine.begin() as connection:
            close_session(connection, token)
    response = Response(status_code=204)
    response.delete_cookie(COOKIE)
    return response


def _checked_user(credentials: Credentials, request: Request, context: Context) -> StoredUser:
    keys = _throttle_keys(credentials, request)
    throttle: Throttle = request.app.state.throttle
    wait_ms = max(throttle.attempt(key) for key in keys)
    if wait_ms:
        headers = {"Retry-After": str(-(-wait_ms // 1000))}
        raise Problem(Kind.TOO_MANY_REQUESTS, "wait before the next attempt", headers=headers)
    with context.engine.begin() as connection:
        user = find_user(connection, credentials.username)
    with _HASHING:
        matches = verify_password(
            credentials.password, user.password_hash if user else _nobodys_hash()
        )
    if user is None or not matches:
        log.warning("a login was refused", username=credentials.username)
        raise Problem(Kind.WRONG_PASSWORD)
    for key in keys:
        throttle.forget(key)
    return user


def _throttle_keys(credentials: Credentials, request: Request) -> tuple[str, str]:
    address = request.client.host if request.client else "unknown"
    return f"user {credentials.username}", f"address {address}"


@cache
def _nobodys_hash() -> str:
    """Return a hash to check when there is no such user: an unknown name takes as long."""
    return hash_password(secrets.token_urlsafe())


def _open(user: StoredUser, context: Context) -> SessionView:
    token = secrets.token_urlsafe(32)
    now_ms = context.now_ms()
    expires_ms = now_ms + int(context.settings.auth.absolute_hours * HOUR_MS)
    principal = user.principal
    with context.engine.begin() as connection:
        open_session(connection, principal.user_id, token, now_ms=now_ms, expires_ms=expires_ms)
    log.info("a user signed in", username=principal.username, role=principal.role)
    return SessionView(token=token, user=view_user(principal), expires_at=at_of(expires_ms))
