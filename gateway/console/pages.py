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
    """What its template needs besides the frame."""


PAGES: Final[tuple[ConsolePage, ...]] = (ConsolePage("board", "/", Permission.LOOK, board_values),)


def pages_of(principal: Principal) -> list[ConsolePage]:
    """Return the pages that this user may open."""
    return [page for page in PAGES if principal.may(page.permission)]
