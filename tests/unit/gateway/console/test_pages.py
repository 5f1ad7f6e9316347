"""The rows of the console's pages, and the files that are called like them."""

import re
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from gateway.auth.roles import Permission, Role
from gateway.auth.sessions import Principal
from gateway.console.pages import PAGES, ConsolePage, NameTaken, template_values

CONSOLE = Path(__file__).parents[4] / "gateway" / "console"
NAMES = [page.name for page in PAGES]
ADMIN = Principal("id", "admin", Role.ADMIN)


def test_no_two_pages_share_a_name_or_a_path() -> None:
    assert len({page.path for page in PAGES}) == len(set(NAMES)) == len(PAGES)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_has_its_template_and_its_script(name: str) -> None:
    template = CONSOLE / "templates" / f"{name}.html"
    assert template.is_file(), f"page {name} has no templates/{name}.html"
    extends = '{% extends "frame.html" %}' in template.read_text()
    assert extends, f"templates/{name}.html is not a page: it does not extend frame.html"
    assert (CONSOLE / "static" / f"{name}.js").is_file(), f"page {name} has no static/{name}.js"


@pytest.mark.parametrize("name", NAMES)
def test_a_pages_script_is_a_part_of_nothing_else(name: str) -> None:
    """A page called like a part of the board would load that part, or change the board."""
    imports = re.compile(rf"""from\s+["']\./{name}\.js["']""")
    users = [path.name for path in CONSOLE.glob("static/*.js") if imports.search(path.read_text())]
    loads = f"{{{{ static }}}}/{name}.js"
    users += [path.name for path in CONSOLE.glob("templates/*.html") if loads in path.read_text()]
    assert users == [], f"static/{name}.js is taken, call the page otherwise"


@pytest.mark.parametrize("taken", ["page", "pages", "principal"])
def test_a_name_of_the_frame_is_refused(taken: str) -> None:
    page = ConsolePage("drivers", "/drivers", Permission.LOOK, lambda *_: {taken: 1, "own": 2})
    with (
        create_engine("sqlite://").connect() as connection,
        pytest.raises(NameTaken, match=f"page drivers: the frame has its own {taken}"),
    ):
        template_values(page, connection, ADMIN)
