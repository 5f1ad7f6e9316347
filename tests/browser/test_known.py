"""Nothing is shown as known that is not: a dead lane, a dead link, a page that has not read yet."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, Route, expect
from sqlalchemy import delete, update

from gateway.records.tables import alarms
from gateway.registry.tables import lanes
from gateway.tickets.tables import stops
from tests.browser.conftest import PHONE, Lanes, Open, Site, all_idle, serving
from tests.integration.gateway_http.world import add_alarm, add_stop
from tests.services.pipe import Pipe

pytestmark = pytest.mark.browser

SILENT = "No data from the lane"
CLAIMS = ["#calm", "#tickets-none", "#turned-away-none", "#decided-none"]
"""What may be said only when it was read that there is nothing."""


@pytest.fixture(scope="module")
def pipe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Pipe, Site]]:
    with serving(tmp_path_factory.mktemp("quiet")) as served:
        port = urlsplit(served.url).port
        assert port is not None
        with Pipe(port) as link:
            yield link, served


@pytest.fixture(scope="module")
def site(pipe: tuple[Pipe, Site]) -> Site:
    """A gateway without any trouble, behind a link that can go dead."""
    link, served = pipe
    return Site(served.world, link.url)


def test_all_is_well_only_while_every_lane_is_heard(open_page: Open, site: Site) -> None:
    page = open_page("/", user="dispatcher")
    with Lanes(site, all_idle()) as lanes:
        expect(page.locator("#calm")).to_be_visible()
        expect(page).to_have_title("Taigan 抬杆")
        del lanes.states["plant-out"]
        expect(page.locator("#calm")).to_be_hidden(timeout=8000)
        expect(page.locator("#unsure")).to_be_visible()
        expect(page.locator("#notices")).to_contain_text(SILENT, timeout=8000)
        expect(page.locator("#notices")).to_contain_text("东港电厂 出场磅")
        expect(page).to_have_title("(1) Taigan 抬杆")
        lanes.states["plant-out"] = {}
        expect(page.locator("#calm")).to_be_visible()
        expect(page.locator("#notices li")).to_have_count(0)


def test_an_offline_lane_needs_somebody_at_once(open_page: Open, site: Site) -> None:
    page = open_page("/", user="viewer")
    with Lanes(site, all_idle()):
        expect(page.locator("#calm")).to_be_visible()
        state = {"yard": "mine", "lane": "mine-in", "online": False}
        site.world.hub.publish("lane_state", state)
        expect(page.locator("#notices")).to_contain_text("The lane is offline")
        expect(page.locator("#calm")).to_be_hidden()
        site.world.hub.publish("lane_state", state | {"online": True})
        expect(page.locator("#calm")).to_be_visible()


def test_a_dead_link_is_told_from_a_quiet_yard(
    open_page: Open, site: Site, pipe: tuple[Pipe, Site]
) -> None:
    link, _ = pipe
    page = open_page("/", user="dispatcher")
    with Lanes(site, all_idle()):
        expect(page.locator("#link")).to_have_text("Live")
        expect(page.locator("#calm")).to_be_visible()
        expect(page.locator("#attention .as-of")).to_contain_text("as of ")
        read_before = page.locator("#attention .as-of").text_content() or ""
        link.dead.set()
        try:
            expect(page.locator("#banner")).to_be_visible(timeout=18_000)
            expect(page.locator("#link")).to_have_text("Disconnected")
            expect(page.locator("#calm")).to_be_hidden()
            # It is the link that is silent, not each of the lanes.
            expect(page.locator("#notices li")).to_have_count(0)
            expect(page.locator("#attention .as-of")).to_contain_text(read_before)
            assert icons_are_drawn(page)
        finally:
            link.dead.clear()
        expect(page.locator("#link")).to_have_text("Live", timeout=18_000)
        expect(page.locator("#banner")).to_be_hidden()
        expect(page.locator("#calm")).to_be_visible()


def test_what_cannot_be_read_again_is_not_well(open_page: Open, site: Site) -> None:
    """The stream lives, and what answers the lists does not."""
    away: list[bool] = []

    def answer(route: Route) -> None:
        if away:
            route.abort()
        else:
            route.continue_()

    page = open_page(
        "/", user="dispatcher", prepare=lambda page: page.route("**/api/v1/alarms*", answer)
    )
    with Lanes(site, all_idle()):
        expect(page.locator("#calm")).to_be_visible()
        away.append(True)
        site.world.hub.publish("alarm", {})
        expect(page.locator("#calm")).to_be_hidden()
        expect(page.locator("#unsure")).to_be_visible()
        expect(page.locator("#link")).to_have_text("Live")
        away.clear()
        expect(page.locator("#calm")).to_be_visible()


def test_an_alarm_names_its_lane_also_one_that_is_not_registered(
    open_page: Open, site: Site
) -> None:
    unknown = {"yard_id": None, "lane_id": None, "subject": "mine/mine-new"}
    with Lanes(site, all_idle()):
        add_alarm(site.world, "lane_unknown", **unknown)
        add_alarm(site.world, "zero_off", yard_id="mine", lane_id="mine-out")
        page = open_page("/", user="viewer")
        notices = page.locator("#notices li")
        expect(notices.filter(has_text="An unregistered lane")).to_contain_text(
            "北山煤矿 mine-new mine/mine-new"
        )
        expect(notices.filter(has_text="zero is off")).to_contain_text(
            "北山煤矿 出场磅 mine/mine-out"
        )
        with site.world.engine.begin() as connection:
            connection.execute(delete(alarms))


def test_what_is_to_be_typed_is_shown_as_it_is_typed(open_page: Open, site: Site) -> None:
    """Names of settings keep their underscores, commands are set off."""
    add_alarm(site.world, "gateway_key_wrong", detail="ff")
    page = open_page("/", user="viewer")
    todo = page.locator("#notices .todo")
    expect(todo).to_contain_text("signing.gateway_public_key")
    expect(todo.locator("code").first).to_have_text("taigan-gateway key")
    expect(todo).not_to_contain_text("`")
    with site.world.engine.begin() as connection:
        connection.execute(delete(alarms))


def test_what_happened_at_a_retired_lane_has_its_name(open_page: Open, site: Site) -> None:
    with site.world.engine.begin() as connection:
        gone = update(lanes).where(lanes.c.id == "mine-out")
        connection.execute(gone.values(status="retired"))
    add_stop(site.world, "gone", "refused", lane_id="mine-out", reason="overweight")
    page = open_page("/", user="viewer")
    expect(page.locator(".lane")).to_have_count(3)
    expect(page.locator("#turned-away")).to_contain_text("北山煤矿 出场磅")
    with site.world.engine.begin() as connection:
        connection.execute(delete(stops))
        connection.execute(gone.values(status="active"))


def icons_are_drawn(page: Page) -> bool:
    """Return whether every icon that a lane's state has is more than an empty box."""
    widths = page.locator(".lane .state svg use").evaluate_all(
        "all => all.map((use) => use.getBBox().width)"
    )
    return len(widths) == 4 and all(width > 0 for width in widths)


def test_icons_are_never_asked_for(open_page: Open, site: Site) -> None:
    page = open_page("/", user="viewer")
    with Lanes(site, all_idle()) as lanes:
        expect(page.locator("#calm")).to_be_visible()
        asked: list[str] = []

        def note(request: Request) -> None:
            asked.append(urlsplit(request.url).path)

        page.on("request", note)
        lanes.states["mine-in"] = {"state": "on_deck", "weight_kg": 32_480}
        expect(page.locator("#lane-mine-mine-in .state .word")).to_have_text("Weighing")
        page.wait_for_timeout(2000)
        assert [path for path in asked if path.startswith("/static/")] == []
        assert icons_are_drawn(page)


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_without_scripts_nothing_is_claimed(open_page: Open, locale: str) -> None:
    page = open_page("/", user="viewer", java_script_enabled=False, locale=locale)
    reading = {"zh-CN": "正在读取…", "en-GB": "Reading…"}[locale]
    expect(page.locator("#attention .reading")).to_contain_text(reading)
    for claim in CLAIMS:
        expect(page.locator(claim)).to_be_hidden()


def test_a_script_that_does_not_come_claims_nothing(open_page: Open) -> None:
    def lose(page: Page) -> None:
        page.route("**/static/*/attention.js", lambda route: route.abort())

    page = open_page("/", user="viewer", prepare=lose)
    expect(page.locator("#latest .reading")).to_contain_text("Reading…")
    for claim in CLAIMS:
        expect(page.locator(claim)).to_be_hidden()


def test_nothing_is_claimed_before_it_was_read(open_page: Open, site: Site) -> None:
    waiting: list[Route] = []

    def keep(route: Route) -> None:
        waiting.append(route)

    def hold_back(page: Page) -> None:
        for lists in ("**/api/v1/*?*", "**/api/v1/lanes/current", "**/api/v1/summary"):
            page.route(lists, keep)

    page = open_page("/", user="viewer", prepare=hold_back)
    with Lanes(site, all_idle()):
        expect(page.locator("#link")).to_have_text("Live")
        expect(page.locator("#lane-mine-mine-in .state .word")).to_have_text("Idle")
        for claim in CLAIMS:
            expect(page.locator(claim)).to_be_hidden()
        expect(page.locator("#attention .reading")).to_be_visible()
        assert len(waiting) >= 6
        for route in waiting:
            route.continue_()
        page.unroute_all()
        for claim in CLAIMS:
            expect(page.locator(claim)).to_be_visible()
        expect(page.locator("#attention .reading")).to_be_hidden()
        for place in ("attention", "latest", "turned", "decided", "today", "lanes"):
            expect(page.locator(f"#{place} .as-of")).to_contain_text("as of ")


def test_a_session_that_is_over_leads_to_the_login_and_back(open_page: Open, site: Site) -> None:
    page = open_page("/?lang=en#lane-mine-mine-in", user="viewer", prepare=lambda _: None, **PHONE)
    expect(page.locator("#link")).to_have_text("Live")
    page.context.clear_cookies(name="taigan_session")
    site.world.hub.publish("alarm", {"id": "1"})
    expect(page.get_by_text("Your session is over.")).to_be_visible()
    page.get_by_label("User name").fill("viewer")
    page.get_by_label("Password").fill("a long enough password")
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{site.url}/?lang=en#lane-mine-mine-in")
