"""Takes the README's pictures from a running demo: `python -m tests.scenarios.screenshots`."""

import re
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from simulators.demo.fleet import Fleet
from simulators.demo.options import Options
from simulators.demo.system import ADMIN, TaiganSystem
from tests.scenarios.day import wait_until
from tests.services.chromium import chromium

IMAGES = Path(__file__).parents[2] / "docs" / "images"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        options = Options(Path(folder), speed=6, haul_speed=20, seed=8)
        with TaiganSystem(options) as system:
            fleet = Fleet(system, count=24, strangers_count=4, seed=8)
            page = console(browser, system)

            def enough() -> bool:
                fleet.send()
                return len(system.phone.messages()) >= 8

            wait_until(enough, 400, "eight drivers told")
            wait_until(lambda: busy(page) >= 3, 60, "three lanes busy at once")
            page.screenshot(path=IMAGES / "console.png")
            take_receipt(browser, system)


def console(browser: Browser, system: TaiganSystem) -> Page:
    page = browser.new_page(locale="en-US", viewport={"width": 1440, "height": 1000})
    page.goto(system.plan.gateway_url)
    page.fill("input[name=username]", ADMIN)
    page.fill("input[name=password]", system.plan.secrets.admin_password)
    page.click("button[type=submit]")
    return page


def busy(page: Page) -> int:
    """Count the lanes that have a truck on or before the deck."""
    return page.locator(".lane .steps .now:not([data-step='0'])").count()


def take_receipt(browser: Browser, system: TaiganSystem) -> None:
    """Prefer a driver with a deduction: his receipt explains more."""
    links = [re.findall(r"https?://[!-~]+", m["text"])[0] for m in system.phone.messages()]
    page = browser.new_page(locale="zh-CN", viewport={"width": 390, "height": 844})
    for link in links:
        page.goto(link)
        expect(page.locator("#state .words")).to_have_text("已到账")
        if page.get_by_text("\N{MINUS SIGN}").count() > 2:
            break
    page.screenshot(path=IMAGES / "receipt.png", full_page=True)


if __name__ == "__main__":
    main()
