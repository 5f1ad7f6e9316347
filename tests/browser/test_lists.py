"""The board's lists and figures say what they mean, however much has happened."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from gateway.registry.tables import orders
from gateway.tickets.tables import tickets
from tests.browser.conftest import DESK, Open, Site
from tests.browser.network import wait_for_rest
from tests.integration.gateway_http.world import add_alarm, add_order, add_stop, add_ticket, name_id

pytestmark = pytest.mark.browser


def test_a_trip_counts_once_however_often_it_was_weighed(open_page: Open, site: Site) -> None:
    at_ms = site.world.clock[0]
    for number in range(4):
        add_stop(site.world, f"pass {number}", "left", released_ms=at_ms, left_ms=at_ms)
    page = open_page("/", user="viewer")
    trips = page.locator("#today-trips")
    expect(trips.locator(".value")).to_have_text("1")
    expect(trips.locator(".label")).to_have_text("Trips completed today")
    expect(trips.locator(".note")).to_contain_text("4 weighings released")


def test_a_truck_that_was_inside_for_hours_is_the_latest_when_it_leaves(
    open_page: Open, site: Site
) -> None:
    at_ms = site.world.clock[0]
    begun = at_ms - 30_000_000
    for number in range(100, 170):
        add_order(site.world, str(number), "蒙K12345", "loading")
        add_ticket(site.world, str(number), "loading", 15_200, 47_800, at_ms=begun + number)
    add_order(site.world, "99", "蒙K12345", "loading")
    add_ticket(site.world, "99", "loading", 15_200, None, at_ms=begun - 1_000_000)
    page = open_page("/", user="viewer")
    rows = page.locator("#tickets tbody tr")
    expect(rows).to_have_count(15)
    expect(rows.filter(has_text="20261118-0099")).to_have_count(0)
    close_now(site, "99")
    site.world.hub.publish("ticket", {"ticket_id": "99"})
    expect(rows.first).to_contain_text("20261118-0099")
    expect(rows.first).to_contain_text("On the road")


def close_now(site: Site, number: str) -> None:
    at_ms = site.world.clock[0] + 10_000_000
    closed = {"status": "closed", "second_event_id": "2", "second_kg": 47_800, "second_ms": at_ms}
    weights = {"gross_kg": 47_800, "tare_kg": 15_200, "net_kg": 32_600, "closed_ms": at_ms}
    order_id = name_id(f"order {number}")
    with site.world.engine.begin() as connection:
        ticket = update(tickets).where(tickets.c.order_id == order_id)
        connection.execute(ticket.values(closed | weights))
        connection.execute(update(orders).where(orders.c.id == order_id).values(status="loaded"))


def test_what_needs_somebody_never_covers_the_tickets(open_page: Open, site: Site) -> None:
    for number in range(20):
        add_alarm(site.world, f"kind_{number}")
    page = open_page("/", user="viewer", **DESK)
    expect(page.locator("#attention-count")).to_be_visible()
    last = page.locator("#tickets tbody tr").last.locator("td").last
    expect(last).to_be_visible()
    wait_for_rest(page)
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    assert last.evaluate(
        "cell => { const box = cell.getBoundingClientRect();"
        " return document.elementsFromPoint(box.left + 20, box.top + 5)[0] === cell; }"
    )


def test_times_are_those_of_the_yard_wherever_one_looks_from(open_page: Open) -> None:
    """As on the receipt, and as the day that is summed up begins."""
    at_home = open_page("/", user="viewer", timezone_id="Asia/Shanghai")
    expect(at_home.locator("#turned-away time").first).to_have_text("18/11 16:20")
    expect(at_home.locator("#zone")).to_be_hidden()
    abroad = open_page("/", user="viewer", timezone_id="Europe/Berlin")
    expect(abroad.locator("#turned-away time").first).to_have_text("18/11 16:20")
    expect(abroad.locator("#zone")).to_have_text("Times are those of China (UTC+8).")
