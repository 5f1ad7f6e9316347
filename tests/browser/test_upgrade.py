"""A board that stays open over an upgrade gets the new scripts, but nobody's decision is lost."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Open, Site

pytestmark = pytest.mark.browser


def test_an_old_page_is_loaded_anew_once_nobody_decides(open_page: Open, site: Site) -> None:
    replaced: list[bool] = []
    asked: list[str] = []

    def answer(route: Route) -> None:
        if route.request.method != "HEAD":
            route.continue_()
            return
        asked.append(route.request.url)
        if replaced:
            route.fulfill(status=404)
        else:
            route.continue_()

    def stop_often(page: Page) -> None:
        """As if the server were started anew again and again."""
        beat = f'retry: 300\n\nevent: beat\ndata: {{"at_ms": {site.world.clock[0]}}}\n\n'
        page.route(
            "**/api/v1/stream",
            lambda route: route.fulfill(content_type="text/event-stream", body=beat),
        )
        page.route("**/upgrade.js", answer)

    page = open_page("/", user="dispatcher", prepare=stop_often)
    page.evaluate("window.isOld = true")
    notice = page.locator("#notices li", has_text="Scale is silent")
    notice.get_by_role("button", name="Close…").click()
    replaced.append(True)
    for _ in range(2):
        with page.expect_request(lambda request: request.method == "HEAD"):
            pass
    page.wait_for_timeout(500)
    assert page.evaluate("window.isOld")
    replaced.clear()  # the page that comes is of this version
    with page.expect_event("load"):
        page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    assert len(asked) >= 2
