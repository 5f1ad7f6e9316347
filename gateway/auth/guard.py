"""Who is asking, and may they: the dependencies that every protected route declares."""

from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import Depends
from starlette.requests import HTTPConnection

from gateway.auth.roles import Permission
from gateway.auth.sessions import Principal, find_principal
from gateway.auth.throttle import Throttle
from gateway.http.context import Context, InContext
from gateway.trail.service import By, Deed, keep
from taigan.problem import Kind, Problem

HOUR_MS: Final = 3_600_000
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_BEARER: Final = "bearer "


def bearer_token(connection: HTTPConnection) -> str | None:
    """Return the token of an Authorization header, if there is one."""
    header = connection.headers.get("authorization", "")
    return header[len(_BEARER) :].strip() if header.lower().startswith(_BEARER) else None


def session_cookie(*, is_https: bool) -> str:
    """Return the cookie's name; under the longer one a browser takes it from this host alone."""
    return "__Host-taigan_session" if is_https else "taigan_session"


def refuse_cross_site(connection: HTTPConnection, public_url: str) -> None:
    """Raise Problem for a write that another site made this browser send.

    Browsers always say where a write comes from, by Sec-Fetch-Site or by Origin; one that says
    neither is no browser, and carries no cookie unless its owner meant it.
    """
    site = connection.headers.get("sec-fetch-site")
    if site is not None and site not in {"same-origin", "none"}:
        raise Problem(Kind.CROSS_SITE, f"Sec-Fetch-Site is {site[:20]}")
    origin = connection.headers.get("origin")
    ours = {connection.headers.get("host"), urlsplit(public_url).netloc}
    if origin is not None and origin.partition("://")[2] not in ours:
        raise Problem(Kind.CROSS_SITE, "Origin is not this server")


def session_token(connection: HTTPConnection, public_url: str) -> str | None:
    """Return the caller's token; a cookie counts for a write only from our own pages."""
    token = bearer_token(connection)
    if token is not None:
        return token
    token = connection.cookies.get(session_cookie(is_https=public_url.startswith("https://")))
    if token is not None and connection.scope.get("method") not in _SAFE_METHODS:
        refuse_cross_site(connection, public_url)
    return token


def current_principal(connection: HTTPConnection, context: InContext) -> Principal | None:
    """Return who is signed in, or None."""
    token = session_token(connection, context.settings.http.public_url)
    if not token:
        return None
    idle_ms = int(context.settings.auth.idle_hours * HOUR_MS)
    with context.engine.begin() as database:
        found = find_principal(database, token, context.now_ms(), idle_ms)
    return found and limited(found, context)


def limited(principal: Principal, context: Context) -> Principal:
    """Return the user as one who may only look, if his role needs more than a password."""
    lacks = principal.role.value in context.settings.auth.second_factor_roles
    return principal._replace(is_limited=lacks and principal.factors < 2)


MaybePrincipal = Annotated[Principal | None, Depends(current_principal)]


@dataclass(frozen=True)
class Require:
    """The dependency that admits only users who hold `permission`."""

    permission: Permission

    def __call__(
        self, connection: HTTPConnection, context: InContext, principal: MaybePrincipal
    ) -> Principal:
        """Return the caller; raise Problem if nobody is signed in or the role lacks it.

        A user who is refused is on the trail, some times a minute; otherwise he could fill it.
        """
        if principal is None:
            raise Problem(Kind.UNAUTHENTICATED, headers={"WWW-Authenticate": "Bearer"})
        if not principal.may(self.permission):
            lacks = "came without a second factor, so" if principal.is_limited else ""
            why = " ".join(
                filter(None, (f"role {principal.role}", lacks, f"lacks {self.permission}"))
            )
            refusals: Throttle = connection.app.state.refusals
            if not refusals.attempt(principal.user_id):
                _keep_refused(connection, context, principal, why)
            raise Problem(Kind.FORBIDDEN, why)
        return principal


def _keep_refused(
    connection: HTTPConnection, context: Context, principal: Principal, why: str
) -> None:
    asked = f"{connection.scope.get('method')} {connection.url.path}"
    by = By(principal.username, context.now_ms())
    with context.engine.begin() as database:
        keep(database, by, Deed("access.refuse", asked, reason=why))


Looker = Annotated[Principal, Depends(Require(Permission.LOOK))]
Dispatcher = Annotated[Principal, Depends(Require(Permission.DECIDE_STOPS))]
MoneyEditor = Annotated[Principal, Depends(Require(Permission.EDIT_MONEY))]
Exporter = Annotated[Principal, Depends(Require(Permission.EXPORT))]
