"""A dispatcher watches a real truck go through in the browser; its driver opens the receipt."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from simulators.demo.fleet import Fleet
from simulators.demo.options import Options
from simulators.demo.system import ADMIN, TaiganSystem
from tests.services.chromium import chromium

MINUTE_MS = 60_000

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def sign_in(page: Page, system: TaiganSystem) -> None:
    page.goto(system.plan.gateway_url)
    page.fill("input[name=username]", ADMIN)
    page.fill("input[name=password]", system.plan.secrets.admin_password)
    page.click("button[type=submit]")
    expect(page.locator("#link")).to_have_text("Live")


def test_a_dispatcher_sees_a_truck_go_through_the_lane(browser: Browser, tmp_path: Path) -> None:
    with TaiganSystem(Options(tmp_path, speed=1.5, haul_speed=100, seed=4)) as system:
        fleet = Fleet(system, count=1, strangers_count=0, seed=4)
        page = browser.new_page(locale="en-US", viewport={"width": 1440, "height": 900})
        sign_in(page, system)
        fleet.send()
        (sent,) = fleet.sent
        gate = page.locator("#lane-mine-mine-in")
        expect(gate.locator(".plate")).to_have_text(sent.truck.plate, timeout=MINUTE_MS)
        expect(gate.locator(".steps .now")).to_have_text("Card", timeout=MINUTE_MS)
        expect(gate.locator(".kg")).to_have_text(re.compile(r"1\d,\d\d0"), timeout=MINUTE_MS)
        expect(gate.locator(".steps .now")).to_have_text("Released", timeout=MINUTE_MS)
        row = page.locator("#tickets tbody tr").filter(has_text="Paid")
        expect(row).to_contain_text(sent.truck.plate, timeout=2 * MINUTE_MS)
        receipt_shows_the_money(browser, system)


def receipt_shows_the_money(browser: Browser, system: TaiganSystem) -> None:
    message = system.phone.messages()[0]["text"]
    (link,) = re.findall(r"https?://[!-~]+", message)
    phone = browser.new_page(locale="zh-CN", viewport={"width": 390, "height": 844})
    phone.goto(link)
    expect(phone.locator("#state .words")).to_have_text("已到账", timeout=MINUTE_MS)
    expect(phone.locator("h1")).to_have_text(system.gateway.latest_tickets()[0]["plate"])
    expect(phone.locator(".qr svg")).to_be_visible()
