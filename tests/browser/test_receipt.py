"""The driver's page on a phone and on paper."""

import re
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


PAPERS = {"an 80 mm roll": "80mm", "A4": "210mm"}
POINTS = {"an 80 mm roll": (227, 842), "A4": (595, 842)}
MM = 96 / 25.4


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
@pytest.mark.parametrize("paper", PAPERS)
def test_it_prints_on_one_page(open_page: Open, paper: str, locale: str) -> None:
    page = open_page(link(name_id("ticket 1 unloading")), locale=locale)
    pdf = page.pdf(width=PAPERS[paper], height="297mm")
    assert pages_of(pdf) == [pytest.approx(POINTS[paper], abs=1.5)]


def pages_of(pdf: bytes) -> list[tuple[float, ...]]:
    """Return width and height of each page, in points."""
    boxes = re.findall(rb"/Type /Page\b[^s].*?/MediaBox \[([^]]+)\]", pdf, re.DOTALL)
    return [tuple(float(edge) for edge in box.split())[2:] for box in boxes]


@pytest.mark.parametrize("width_mm", [80, 210])
def test_on_paper_weights_and_money_are_largest_and_all_is_black(
    open_page: Open, width_mm: int
) -> None:
    """A phone that is dark prints black on white too; thermal paper knows no grey."""
    width = round((width_mm - 8) * MM)
    size = {"viewport": {"width": width, "height": 1000}}
    page = open_page(link(name_id("ticket 1 unloading")), color_scheme="dark", **size)
    page.emulate_media(media="print", color_scheme="dark")
    sizes = {
        kind: page.locator(selector).evaluate_all(
            "all => all.map((one) => parseFloat(getComputedStyle(one).fontSize))"
        )
        for kind, selector in {
            "weights": "td:not(.at):not(:empty)",
            "money": ".amount",
            "others": "td.at, .facts *, .formula b, .formula small, .account, .fine, footer p",
        }.items()
    }
    assert min(sizes["weights"]) >= 1.5 * max(sizes["others"])
    assert min(sizes["money"]) >= 2 * max(sizes["others"])
    inks = page.locator("main *:not(svg *, img)").evaluate_all(
        "all => [...new Set(all.map((one) => getComputedStyle(one).color))]"
    )
    assert inks == ["rgb(0, 0, 0)"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    code = page.locator(".qr").bounding_box()
    assert code is not None
    assert code["width"] >= 25 * MM
    expect(page.get_by_role("button", name="Print")).to_be_hidden()
