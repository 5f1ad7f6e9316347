"""What everybody may do with his own account: his password, his sessions."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from gateway.auth.guard import Looker
from gateway.auth.login import Attempt, Login
from gateway.auth.own_sessions import OwnSession, end_others, end_own, list_own
from gateway.auth.passwords import PASSWORD_LENGTH_MAX
from gateway.auth.people import replace_password
from gateway.auth.places import Place
from gateway.auth.resets import username_of_reset
from gateway.auth.second_factor import enrol
from gateway.auth.sessions import Principal, StoredUser, add_factor
from gateway.auth.totp import BASE32_32, step_of
from gateway.http.context import Context, InContext
from gateway.http.times import at_of
from gateway.trail.service import By, Deed, keep
from taigan.problem import Kind, Problem, invalid

router = APIRouter(prefix="/api/v1/account", tags=["account"])

Password = Annotated[str, Field(min_length=1, max_length=PASSWORD_LENGTH_MAX)]


class NewPassword(BaseModel):
    model_config = ConfigDict(extra="forbid")

    current_password: Password
    new_password: Password


class NewFactor(BaseModel):
    model_config = ConfigDict(extra="forbid")

    current_password: Password
    secret: Annotated[str, Field(pattern=BASE32_32)]
    """20 random bytes in base 32, which the app has too."""
    code: Annotated[str, Field(pattern=r"^[0-9]{6}$")]
    """What the app shows now."""


class RecoveryCodes(BaseModel):
    recovery_codes: list[str]
    """Each lets in once instead of the app; shown only here."""


class ResetPassword(BaseModel):
    model_config = ConfigDict(extra="forbid")

    token: Annotated[str, Field(min_length=1, max_length=100)]
    """What follows the `#` in the link."""
    new_password: Password


class OwnSessionView(BaseModel):
    id: str
    opened_at: AwareDatetime
    used_at: AwareDatetime
    expires_at: AwareDatetime
    came_from: str
    """Address and browser, as they said themselves."""
    is_this: bool


@router.post("/password", status_code=204, operation_id="change_password")
async def change_password(
    given: NewPassword, request: Request, context: InContext, principal: Looker
) -> Response:
    """Change your own password; every other session of yours ends."""
    login: Login = request.app.state.login
    name = principal.username
    await _check_password(given.current_password, request, principal)
    hashed = await login.hash(given.new_password, name, request.is_disconnected)

    def store() -> None:
        by = By(name, context.now_ms())
        with context.engine.begin() as connection:
            replace_password(connection, name, hashed, by, kept=principal.session)

    await run_in_threadpool(store)
    return Response(status_code=204)


@router.put("/second-factor", operation_id="set_second_factor")
async def set_second_factor(
    given: NewFactor, request: Request, context: InContext, principal: Looker
) -> RecoveryCodes:
    """Set up an authenticator app in place of an earlier one; get codes for when it is lost."""
    if step_of(given.secret, given.code, context.now_ms()) is None:
        raise invalid("code", "is not of this secret, or not of now")
    user = await _check_password(given.current_password, request, principal)
    if user.totp_secret is not None and principal.factors < 2:
        raise Problem(Kind.FORBIDDEN, "sign in with the code of the earlier app first")

    def store() -> list[str]:
        by = _by(principal.username, context)
        with context.engine.begin() as connection:
            add_factor(connection, principal)
            return enrol(connection, principal.user_id, principal.username, given.secret, by)

    return RecoveryCodes(recovery_codes=await run_in_threadpool(store))


async def _check_password(password: str, request: Request, principal: Principal) -> StoredUser:
    """Return the user as stored; raise Problem naming the field if it is not his password."""
    login: Login = request.app.state.login
    attempt = Attempt(principal.username, password, needs_code=False)
    place = Place(f"user {principal.user_id}", is_known=True)
    try:
        return await login.check(attempt, place, request.is_disconnected)
    except Problem as problem:
        if problem.kind is Kind.WRONG_PASSWORD:
            raise invalid("current_password", "is wrong") from problem
        raise


@router.post("/reset", status_code=204, operation_id="reset_password")
async def reset_password(given: ResetPassword, request: Request, context: InContext) -> Response:
    """Set a password by the link that an administrator made; it works once."""
    login: Login = request.app.state.login
    name = await run_in_threadpool(_username, given.token, context)
    hashed = await login.hash(given.new_password, name, request.is_disconnected)

    def store() -> None:
        by = By(name, context.now_ms())
        with context.engine.begin() as connection:
            _owner(username_of_reset(connection, given.token, by.at_ms))
            replace_password(connection, name, hashed, by)

    await run_in_threadpool(store)
    return Response(status_code=204)


@router.get("/sessions", operation_id="list_own_sessions")
def list_sessions(context: InContext, principal: Looker) -> list[OwnSessionView]:
    """List your own sessions, the one used last first."""
    with context.engine.begin() as connection:
        found = list_own(connection, principal.user_id, context.now_ms())
    return [_view(one, principal.session) for one in found]


@router.delete("/sessions/{session_id}", status_code=204, operation_id="end_own_session")
def end_session(session_id: str, context: InContext, principal: Looker) -> Response:
    """End one of your own sessions."""
    with context.engine.begin() as connection:
        if not end_own(connection, principal.user_id, session_id):
            raise Problem(Kind.NOT_FOUND, "you have no such session")
        keep(connection, _by(principal.username, context), Deed("session.end", session_id))
    return Response(status_code=204)


@router.delete("/sessions", status_code=204, operation_id="end_other_sessions")
def end_sessions(context: InContext, principal: Looker) -> Response:
    """End all of your own sessions but this one."""
    with context.engine.begin() as connection:
        end_others(connection, principal.user_id, principal.session)
        by = _by(principal.username, context)
        keep(connection, by, Deed("user.end_sessions", principal.username))
    return Response(status_code=204)


def _username(token: str, context: Context) -> str:
    with context.engine.begin() as connection:
        return _owner(username_of_reset(connection, token, context.now_ms()))


def _owner(username: str | None) -> str:
    if username is None:
        raise invalid("token", "the link was used or has expired: ask for a new one")
    return username


def _by(username: str, context: Context) -> By:
    return By(username, context.now_ms())


def _view(session: OwnSession, this: str) -> OwnSessionView:
    return OwnSessionView(
        id=session.id,
        opened_at=at_of(session.opened_ms),
        used_at=at_of(session.used_ms),
        expires_at=at_of(session.expires_ms),
        came_from=session.came_from,
        is_this=session.id == this,
    )
