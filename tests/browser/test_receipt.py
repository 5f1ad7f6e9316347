"""The driver's page on a phone."""

from uuid import UUID

import pytest
from playwright.sync_api import expect

from gateway.receipt_link import sign_ticket
from gateway.tickets.settlements import store_settlement
from settlement.messages import PayoutState
from tests.browser.conftest import PHONE, Open, Site
from tests.integration.gateway_http.world import (
    RECEIPT_SECRET,
    add_order,
    add_ticket,
    name_id,
    settlement_of,
)

pytestmark = pytest.mark.browser


def link(ticket_id: str) -> str:
    return f"/r/{ticket_id}?s={sign_ticket(UUID(ticket_id), RECEIPT_SECRET)}"


@pytest.mark.parametrize(
    ("locale", "formula", "paid"),
    [
        ("zh-CN", "32.48 t \N{MULTIPLICATION SIGN} 45.00 元/t = 1461.60 元", "已到账"),
        ("en-GB", "32.48 t \N{MULTIPLICATION SIGN} 45.00 yuan/t = 1461.60 yuan", "Paid"),
    ],
)
def test_the_driver_sees_the_formula_and_that_it_is_paid(
    open_page: Open, locale: str, formula: str, paid: str
) -> None:
    page = open_page(link(name_id("ticket 1 unloading")), locale=locale, **PHONE)
    expect(page.get_by_text(formula)).to_be_visible()
    expect(page.locator("#state .words")).to_have_text(paid)
    expect(page.locator("h1")).to_have_text("蒙K12345")
    expect(page.locator(".qr svg")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_payouts_state_changes_while_the_driver_looks(open_page: Open, site: Site) -> None:
    add_order(site.world, "9", "蒙K12345", "delivered")
    ticket_id = name_id("ticket 9 unloading")
    add_ticket(site.world, "9", "loading", 15_200, 47_800)
    first = settlement_of(ticket_id, PayoutState.SENDING)
    add_ticket(site.world, "9", "unloading", 47_700, 15_220, settlement=first)
    page = open_page(link(ticket_id), **PHONE)
    expect(page.locator("#state .words")).to_have_text("Sending")
    with site.world.engine.begin() as connection:
        store_settlement(connection, settlement_of(ticket_id, PayoutState.PAID, revision=2), 1)
    expect(page.locator("#state .words")).to_have_text("Paid", timeout=10_000)


def test_the_page_grows_when_the_price_is_known(open_page: Open, site: Site) -> None:
    add_order(site.world, "8", "蒙K12345", "delivered")
    add_ticket(site.world, "8", "loading", 15_200, 47_800)
    ticket_id = add_ticket(site.world, "8", "unloading", 47_700, 15_220)
    page = open_page(link(ticket_id), **PHONE)
    expect(page.locator("#state .words")).to_have_text("Working out the freight")
    with site.world.engine.begin() as connection:
        store_settlement(connection, settlement_of(ticket_id, PayoutState.READY), 1)
    expect(page.locator(".amount")).to_contain_text("1448.28", timeout=10_000)


def test_it_prints_on_a_slip(open_page: Open) -> None:
    page = open_page(link(name_id("ticket 1 unloading")))
    page.emulate_media(media="print")
    expect(page.get_by_text("1448.28").first).to_be_visible()
    expect(page.get_by_role("button", name="Print")).to_be_hidden()
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
