"""Everybody can use the pages: axe finds nothing serious, in the dark too, and on old data."""

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, Lanes, Open, Site, all_idle
from tests.integration.gateway_http.world import name_id

pytestmark = pytest.mark.browser

MILD = {"minor", "moderate"}


def serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {[node['html'][:160] for node in one['nodes']]}"
        for one in found
        if one["impact"] not in MILD
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_board_while_a_truck_is_held_and_a_lane_is_silent(
    open_page: Open, site: Site, scheme: str, size: dict[str, dict[str, int]]
) -> None:
    held = name_id("stop held")
    states = all_idle() | {
        "mine-in": {"state": "on_deck", "weight_kg": 32_480},
        "mine-out": {"state": "held_on_deck", "weight_kg": 51_240, "stop_id": held},
    }
    del states["plant-out"]
    devices = {"scale": {"ok": False, "detail": "no frames"}, "card": {"ok": True}}
    page = open_page("/", user="dispatcher", color_scheme=scheme, **size)
    with Lanes(site, states):
        health = {"yard": "mine", "lane": "mine-in", "online": True, "devices": devices}
        site.world.hub.publish("lane_state", health)
        notice = page.locator(f"#notice-{held}")
        notice.get_by_role("button", name="Release it").click()
        expect(page.locator("#decided-none")).to_be_visible()
        expect(page.locator("#tickets")).to_be_visible()
        assert page.locator("h1").count() == 1
        assert serious(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_login_of_a_session_that_is_over(open_page: Open, scheme: str) -> None:
    page = open_page("/login?over=1", color_scheme=scheme)
    assert serious(page) == []
