"""Every page of the console, for every role that may open it, on each size of screen."""

import pytest
from playwright.sync_api import expect

from gateway.auth.roles import Role
from gateway.console.language import Texts
from gateway.console.pages import PAGES, ConsolePage
from tests.browser.conftest import DESK, PHONE, TABLET, Open
from tests.browser.network import wait_for_rest
from tests.integration.gateway_http.page_roles import LOWEST_OF_PAGES

pytestmark = pytest.mark.browser

RANKS = [role.value for role in Role]


def may_open(rank: str, path: str) -> bool:
    return RANKS.index(rank) >= RANKS.index(LOWEST_OF_PAGES[path])


MAY_OPEN = [
    pytest.param(page.path, rank, id=f"{page.name}-{rank}")
    for page in PAGES
    for rank in RANKS
    if may_open(rank, page.path)
]


@pytest.mark.parametrize("size", [PHONE, TABLET, DESK], ids=["phone", "tablet", "desk"])
@pytest.mark.parametrize(("path", "rank"), MAY_OPEN)
def test_it_opens_and_fits(
    open_page: Open, path: str, rank: str, size: dict[str, dict[str, int]]
) -> None:
    """What it asks of other hosts or complains of, `open_page` notices."""
    opened = open_page(path, user=rank, **size)
    wait_for_rest(opened)
    expect(opened.get_by_role("button", name="Sign out")).to_be_visible()
    expect(opened.locator("main#main.page")).to_be_visible()
    links = opened.locator(".pages a")
    others = [path for path in LOWEST_OF_PAGES if may_open(rank, path)]
    expect(links).to_have_count(len(others) if len(others) > 1 else 0)
    wide = opened.evaluate("document.documentElement.scrollWidth")
    assert wide <= size["viewport"]["width"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_it_speaks_chinese(open_page: Open, page: ConsolePage) -> None:
    opened = open_page(page.path, user="admin", locale="zh-CN", **TABLET)
    wait_for_rest(opened)
    text = Texts("zh")
    expect(opened.get_by_role("button", name=text("app.sign_out"))).to_be_visible()
    if len(PAGES) > 1:
        current = opened.locator(".pages [aria-current]")
        expect(current).to_have_text(text(f"page.{page.name}"))
    wide = opened.evaluate("document.documentElement.scrollWidth")
    assert wide <= TABLET["viewport"]["width"]
