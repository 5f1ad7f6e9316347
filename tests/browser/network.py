"""Waits until a page has read what it shows."""

from typing import Final

from playwright.sync_api import Page

_POLL_MS: Final = 100
_QUIET_POLLS: Final = 6
_POLLS_MAX: Final = 100
_ANSWERED: Final = (
    'performance.getEntriesByType("resource").filter((e) => e.initiatorType === "fetch").length'
)


def wait_for_rest(page: Page) -> None:
    """Return when no script's request was answered for 0.6 s.

    Playwright's own `networkidle` would wait for the stream too, which never ends; pictures are
    not counted, since a lane that is drawn anew asks for its shapes again.
    """
    quiet, before = 0, -1
    for _ in range(_POLLS_MAX):
        answered = page.evaluate(_ANSWERED)
        quiet = quiet + 1 if answered == before else 0
        if quiet == _QUIET_POLLS:
            return
        before = answered
        page.wait_for_timeout(_POLL_MS)
    raise AssertionError(f"{page.url} does not come to rest")
