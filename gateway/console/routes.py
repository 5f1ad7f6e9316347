"""The console's routes: every page of the table, the page to sign in, and what pages load."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.staticfiles import StaticFiles

from gateway.auth.guard import MaybePrincipal, Require
from gateway.console.language import Texts, catalogue, language_of, remember
from gateway.console.pages import PAGES, ConsolePage, template_values
from gateway.console.reading import reading
from gateway.console.render import STATIC, render
from gateway.http.context import InContext
from gateway.texts import Language

router = APIRouter(include_in_schema=False)


def static_files() -> StaticFiles:
    """Return the files that pages load; each is asked for again only if it changed."""
    return _Revalidated(directory=STATIC)


class _Revalidated(StaticFiles):
    def file_response(self, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401 - Starlette's
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        return response


def _add(page: ConsolePage) -> None:
    @router.get(page.path, name=page.name)
    def show(request: Request, context: InContext, principal: MaybePrincipal) -> Response:
        if principal is None:
            return RedirectResponse("/login", 303)
        Require(page.permission)(principal)
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
    """Show the form to sign in; a user who is signed in goes on to the console."""
    if principal is not None:
        return RedirectResponse("/", 303)
    response = render(request, "login.html", Texts(language_of(request)), {})
    remember(request, response)
    return response


@router.get("/locales/{language}.json")
async def locale(language: Annotated[Language, Path()]) -> Response:
    """Give a page's scripts the same texts that its template has."""
    return JSONResponse(dict(catalogue(language)), headers={"Cache-Control": "no-cache"})
