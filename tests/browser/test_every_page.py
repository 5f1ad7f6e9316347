"""Every page of the console, for every role that may open it, on a phone and on a desk."""

import pytest
from playwright.sync_api import expect

from gateway.auth.roles import PERMISSIONS, Role
from gateway.auth.sessions import Principal
from gateway.console.language import Texts
from gateway.console.pages import PAGES, ConsolePage, pages_of
from tests.browser.conftest import DESK, PHONE, Open

pytestmark = pytest.mark.browser

MAY_OPEN = [
    pytest.param(page, role, id=f"{page.name}-{role}")
    for page in PAGES
    for role in Role
    if page.permission in PERMISSIONS[role]
]


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize(("page", "role"), MAY_OPEN)
def test_it_opens_and_fits(
    open_page: Open, page: ConsolePage, role: Role, size: dict[str, dict[str, int]]
) -> None:
    """What it asks of other hosts or complains of, `open_page` notices."""
    opened = open_page(page.path, user=role.value, **size)
    expect(opened.get_by_role("button", name="Sign out")).to_be_visible()
    expect(opened.get_by_role("main")).to_be_visible()
    links = opened.locator(".pages a")
    others = pages_of(Principal("", role.value, role))
    expect(links).to_have_count(len(others) if len(others) > 1 else 0)
    wide = opened.evaluate("document.documentElement.scrollWidth")
    assert wide <= size["viewport"]["width"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_it_speaks_chinese(open_page: Open, page: ConsolePage) -> None:
    opened = open_page(page.path, user="admin", locale="zh-CN")
    text = Texts("zh")
    expect(opened.get_by_role("button", name=text("app.sign_out"))).to_be_visible()
    if len(PAGES) > 1:
        current = opened.locator(".pages [aria-current]")
        expect(current).to_have_text(text(f"page.{page.name}"))
