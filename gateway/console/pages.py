"""The console's pages for people who signed in, one row each.

From its row a page gets the route, the login before it, the permission, the link in the header, and
the tests that open every page. What else it has are files of its own, called by its name: a module
that returns its values, `templates/<name>.html`, `static/<name>.js`, and the text `page.<name>`.
docs/recipes/console-page.md makes one, step by step.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from gateway.auth.roles import Permission
from gateway.auth.sessions import Principal
from gateway.console.board import board_values


@dataclass(frozen=True, slots=True)
class ConsolePage:
    name: str
    path: str
    permission: Permission
    """Who may open it; to all others it is not shown in the header either."""
    values: Callable[[Connection, Principal], dict[str, Any]]
    """What its template needs besides the frame; read only (`reading`)."""


PAGES: Final[tuple[ConsolePage, ...]] = (
    # In the order of the header's links.
    ConsolePage("board", "/", Permission.LOOK, board_values),
)


class NameTaken(Exception):
    """A page calls one of its values like something that the frame gives to every template."""


def template_values(
    page: ConsolePage, connection: Connection, principal: Principal
) -> dict[str, Any]:
    """Return what the page's template gets: the frame's values and the page's own."""
    frame = {"page": page, "pages": pages_of(principal), "principal": principal}
    values = page.values(connection, principal)
    taken = sorted(values.keys() & frame.keys())
    if taken:
        message = f"the values of page {page.name}: the frame has its own {', '.join(taken)}"
        raise NameTaken(message)
    return frame | values


def pages_of(principal: Principal) -> list[ConsolePage]:
    """Return the pages that this user may open."""
    return [page for page in PAGES if principal.may(page.permission)]
