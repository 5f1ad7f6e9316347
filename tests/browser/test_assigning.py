"""A weight that was booked on nothing, or on the wrong order, is put right where it is shown."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from sqlalchemy import select, update

from gateway.console.language import Texts
from gateway.records.tables import alarms
from gateway.tickets.tables import stops
from tests.browser.conftest import PHONE, Lanes, Open, Site, all_idle, serving
from tests.browser.test_access import serious
from tests.integration.gateway_http.world import (
    World,
    add_alarm,
    add_crossing,
    add_order,
    add_truck,
    name_id,
)

pytestmark = pytest.mark.browser

NUMBER = iter(range(100, 1000))
ZH = Texts("zh")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    directory: Path = tmp_path_factory.mktemp("assigning")
    with serving(directory) as served, Lanes(served, all_idle()):
        yield served


class Truck:
    """A truck of its own, with two orders, that left with a weight which is in no ticket."""

    def __init__(self, world: World) -> None:
        number = next(NUMBER)
        self.plate = f"蒙A00{number}"
        add_truck(world, self.plate, "李军")
        self.orders = [add_order(world, f"{number}{n}", self.plate) for n in (1, 2)]
        self.numbers = [f"20261118-{number}{n}" for n in (1, 2)]
        of = {"vehicle_id": name_id(self.plate), "plate": self.plate}
        of["tag"] = card_of(world, self.plate)
        for name, kg, minutes in (("empty", 15_200, 1), ("loaded", 47_800, 20)):
            add_crossing(world, f"{name} {number}", kg, minutes=minutes, **of)
        lost = {"state": "held", "reason": "order_complete", **of}
        self.stop_id = add_crossing(world, f"lost {number}", 15_240, minutes=40, **lost)
        self.notice = f"#notice-{self.stop_id}"


def card_of(world: World, plate: str) -> str:
    with world.engine.begin() as connection:
        query = "SELECT tag FROM cards WHERE vehicle_id = ?"
        return str(connection.exec_driver_sql(query, (name_id(plate),)).scalar_one())


@pytest.fixture
def truck(site: Site) -> Iterator[Truck]:
    made = Truck(site.world)
    yield made
    with site.world.engine.begin() as connection:
        held = stops.c.plate == made.plate
        connection.execute(update(stops).where(held).values(state="left", sealed_ms=1))
        connection.execute(update(alarms).values(resolved_ms=1))


def opened(page: Page, truck: Truck) -> Locator:
    notice = page.locator(truck.notice)
    notice.locator(".assign-open").click()
    expect(notice.locator("[name=order]:enabled").first).to_be_focused()
    return notice


def choose(notice: Locator, order: str, reason: str = "order_corrected") -> Locator:
    notice.get_by_role("radio", name=order).check()
    notice.get_by_label("Reason").select_option(reason)
    return notice.locator(".assign [type=submit]")


def row_of(site: Site, truck: Truck) -> tuple[str | None, bool, str]:
    columns = select(stops.c.pinned_order_id, stops.c.is_set_aside, stops.c.state)
    with site.world.engine.begin() as connection:
        row = connection.execute(columns.where(stops.c.stop_id == truck.stop_id)).one()
    return row.pinned_order_id, row.is_set_aside, row.state


def test_what_it_comes_to_is_shown_before_and_what_happened_stays(
    open_page: Open, site: Site, truck: Truck
) -> None:
    page = open_page("/", user="dispatcher")
    notice = opened(page, truck)
    submit = choose(notice, truck.numbers[1])
    for words in (
        f"order {truck.numbers[1]}",
        "15,240 kg, second weighing to come",
        "15,200 kg, net 32.60 t",
        "nothing is paid yet. 45.00 yuan/t, to 李军. Paid by the unloaded net weight.",
    ):
        expect(notice.locator(".effect")).to_contain_text(words)
    expect(submit).to_have_text(f"Confirm: order {truck.numbers[1]}")
    submit.click()
    expect(page.locator("#toasts")).to_contain_text(
        f"{truck.plate}, 北山煤矿 进场磅: order {truck.numbers[1]}. Done."
    )
    expect(page.locator(truck.notice)).to_have_count(0)
    decided = page.locator("#decided-list li", has_text=truck.plate)
    for words in (f"Given to order {truck.numbers[1]}", "15,240 kg", "Order corrected", "done"):
        expect(decided).to_contain_text(words)
    assert row_of(site, truck) == (truck.orders[1], False, "left")


def test_a_weight_is_set_aside_by_keyboard_alone(open_page: Open, site: Site, truck: Truck) -> None:
    page = open_page("/", user="dispatcher")
    notice = opened(page, truck)
    page.keyboard.press("ArrowUp")  # round to the last choice
    expect(notice.get_by_role("radio", name="set it aside")).to_be_checked()
    expect(notice.locator(".effect")).to_contain_text("Nobody is paid for this weight.")
    page.keyboard.press("Tab")
    page.keyboard.type("Weighed twice")
    page.keyboard.press("Tab")
    expect(notice.locator("[type=submit]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(truck.notice)).to_have_count(0)
    expect(page.locator("#attention-title")).to_be_focused()
    decided = page.locator("#decided-list li", has_text=truck.plate)
    expect(decided).to_contain_text("Set aside")
    assert row_of(site, truck) == (None, True, "left")


def test_escape_takes_it_back(open_page: Open, truck: Truck) -> None:
    page = open_page("/", user="dispatcher")
    notice = opened(page, truck)
    page.keyboard.press("Escape")
    expect(notice.locator(".assign-fields")).to_be_hidden()
    expect(notice.locator(".assign-open")).to_be_focused()


def test_another_persons_change_is_told_and_shown_anew(
    open_page: Open, site: Site, truck: Truck
) -> None:
    page = open_page("/", user="dispatcher", prepare=lambda _: None)
    notice = opened(page, truck)
    submit = choose(notice, truck.numbers[1])
    add_order(site.world, f"{truck.plate[4:]}3", truck.plate)
    submit.click()
    expect(notice.locator(".answer")).to_contain_text("Somebody or a late record has changed it")
    expect(page.locator("#toasts")).to_contain_text("has changed it in the meantime")
    expect(notice.locator("[name=order]")).to_have_count(4)
    expect(notice.get_by_role("radio", name=truck.numbers[1])).to_be_checked()
    assert row_of(site, truck) == (None, False, "held")
    submit.click()
    expect(page.locator(truck.notice)).to_have_count(0)


def test_what_does_not_fit_cannot_be_chosen_and_says_why(
    open_page: Open, site: Site, truck: Truck
) -> None:
    with site.world.engine.begin() as connection:
        here = update(stops).where(stops.c.plate == truck.plate, stops.c.weight_kg == 15_200)
        connection.execute(here.values(sealed_ms=1))
        other = update(stops).where(stops.c.plate == truck.plate, stops.c.weight_kg == 47_800)
        connection.execute(other.values(weight_kg=15_260))
    page = open_page("/", user="dispatcher", locale="zh-CN")
    notice = opened(page, truck)
    why = notice.locator(".option", has_text=truck.numbers[0])
    expect(why.locator("input")).to_be_disabled()
    expect(why).to_contain_text(ZH("assign.does_not_fit", reason=ZH("reason.net_not_positive")))


@pytest.mark.parametrize("lost", ["answer", "request"])
def test_whether_it_arrived_is_found_out(
    open_page: Open, site: Site, truck: Truck, lost: str
) -> None:
    def lose(route: Route) -> None:
        if route.request.method != "PUT":
            route.continue_()
            return
        if lost == "answer":
            route.fetch()
        route.abort()

    page = open_page(
        "/", user="dispatcher", prepare=lambda page: page.route("**/stops/*/order", lose)
    )
    notice = opened(page, truck)
    choose(notice, truck.numbers[1]).click()
    if lost == "answer":
        expect(page.locator("#toasts")).to_contain_text("Done.")
    else:
        expect(notice.locator(".answer")).to_contain_text("It has not arrived so far")
        expect(notice.locator("[type=submit]")).to_be_enabled()
    assert row_of(site, truck)[0] == (truck.orders[1] if lost == "answer" else None)


def test_a_session_that_is_over_leads_back_to_the_notice(
    open_page: Open, site: Site, truck: Truck
) -> None:
    page = open_page("/", user="dispatcher", prepare=lambda _: None)
    notice = opened(page, truck)
    submit = choose(notice, truck.numbers[1])
    page.context.clear_cookies(name="taigan_session")
    submit.click()
    expect(page.get_by_text("Your session is over.")).to_be_visible()
    page.get_by_label("User name").fill("dispatcher")
    page.get_by_label("Password").fill("a long enough password")
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{site.url}/{truck.notice}")
    expect(page.locator(truck.notice)).to_be_focused()


def test_a_trip_that_lacks_a_weighing_is_given_one(
    open_page: Open, site: Site, truck: Truck
) -> None:
    lacks = "a weighing is missing: unloading"
    place: dict[str, None] = {"yard_id": None, "lane_id": None}
    with site.world.engine.begin() as connection:
        of_order = update(stops).where(stops.c.stop_id == truck.stop_id)
        connection.execute(of_order.values(order_id=truck.orders[0]))
    alarm = add_alarm(site.world, "trip_incomplete", subject=truck.orders[0], detail=lacks, **place)
    try:
        page = open_page("/", user="dispatcher")
        notice = page.locator(f"#notice-{alarm}")
        expect(notice.locator(".where")).to_have_text(
            f"{truck.plate} · {truck.numbers[0]} · missing: Unloading"
        )
        notice.locator(".assign-open").click()
        weighings = notice.locator("[name=weighing]")
        expect(weighings.locator("option")).to_have_count(3)
        weighings.select_option(label="47,800 kg · 18/11 16:40 · 北山煤矿 进场磅")
        submit = choose(notice, truck.numbers[1])
        expect(notice.locator(".changes")).to_contain_text("47,800 kg")
        submit.click()
        expect(page.locator("#toasts")).to_contain_text("Done.")
    finally:
        with site.world.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM alarms")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_the_form_on_a_phone(open_page: Open, truck: Truck, scheme: str) -> None:
    page = open_page("/", user="dispatcher", color_scheme=scheme, **PHONE)
    choose(opened(page, truck), truck.numbers[1])
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_viewer_is_offered_nothing(open_page: Open, truck: Truck) -> None:
    page = open_page("/", user="viewer")
    expect(page.locator(truck.notice)).to_be_visible()
    expect(page.locator(f"{truck.notice} button")).to_have_count(0)
