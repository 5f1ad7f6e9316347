"""The console: one live page for dispatchers, and the page to sign in."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from sqlalchemy import Connection, select
from starlette.staticfiles import StaticFiles

from gateway.auth.guard import MaybePrincipal
from gateway.auth.roles import Permission
from gateway.console.language import Language, Texts, catalogue, language_of, remember
from gateway.console.pages import STATIC, render
from gateway.http.context import InContext
from gateway.registry.tables import lanes, yards

STEPS: Final = ("idle", "card", "deck", "weighed", "released")
"""How a truck goes through, as each lane card shows it."""

_LANES: Final = (
    select(lanes.c.id, lanes.c.yard_id, lanes.c.name, lanes.c.max_kg, yards.c.name.label("yard"))
    .join_from(lanes, yards)
    .order_by(yards.c.created_ms, yards.c.id, lanes.c.created_ms, lanes.c.id)
)

router = APIRouter(include_in_schema=False)


def static_files() -> StaticFiles:
    """Return the files that pages load; each is asked for again only if it changed."""
    return _Revalidated(directory=STATIC)


class _Revalidated(StaticFiles):
    def file_response(self, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401 - Starlette's
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        return response


@router.get("/")
def console(request: Request, context: InContext, principal: MaybePrincipal) -> Response:
    """Show all lanes, live."""
    if principal is None:
        return RedirectResponse("/login", 303)
    text = Texts(language_of(request))
    with context.engine.begin() as connection:
        by_yard = _lanes_by_yard(connection)
    values = {
        "yards": by_yard,
        "steps": STEPS,
        "principal": principal,
        "decides": principal.may(Permission.DECIDE_STOPS),
    }
    response = render(request, "console.html", text, values)
    response.headers["Cache-Control"] = "no-store"
    remember(request, response)
    return response


def _lanes_by_yard(connection: Connection) -> dict[str, list[Any]]:
    by_yard: dict[str, list[Any]] = {}
    for lane in connection.execute(_LANES).mappings():
        by_yard.setdefault(lane["yard"], []).append(lane)
    return by_yard


@router.get("/login")
def login(request: Request, principal: MaybePrincipal) -> Response:
    """Show the form to sign in; whoever is signed in goes on to the console."""
    if principal is not None:
        return RedirectResponse("/", 303)
    response = render(request, "login.html", Texts(language_of(request)), {})
    remember(request, response)
    return response


@router.get("/locales/{language}.json")
async def locale(language: Annotated[Language, Path()]) -> Response:
    """Give a page's scripts the same texts that its template has."""
    return JSONResponse(dict(catalogue(language)), headers={"Cache-Control": "no-cache"})
