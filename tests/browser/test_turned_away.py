"""A truck that was turned away still stands there: it is not forgotten, and can be helped."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from edge.messages import sha256_hex
from gateway.console.language import Texts
from gateway.registry.tables import orders
from tests.browser.conftest import PHONE, Lanes, Open, Site, all_idle, serving
from tests.browser.test_access import serious
from tests.integration.gateway_http.world import add_stop, name_id

pytestmark = pytest.mark.browser

LANE = "#lane-mine-mine-in"
ROW = f"#turned-{name_id('stop complete')}"
ZH = Texts("zh")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    directory: Path = tmp_path_factory.mktemp("turned")
    with serving(directory) as served, Lanes(served, all_idle()):
        tag = sha256_hex("蒙K12345")[:10].upper()
        add_stop(served.world, "complete", "refused", tag=tag, reason="order_complete")
        stranger = {"plate": None, "reason": "card_unknown", "lane_id": "mine-out"}
        add_stop(served.world, "stranger", "refused", **stranger)
        yield served


def test_the_lane_still_says_who_was_turned_away(open_page: Open, site: Site) -> None:
    page = open_page("/", user="viewer")
    note = page.locator(f"{LANE} .held")
    expect(note).to_contain_text("蒙K12345. Order is complete.")
    note.get_by_role("link").click()
    expect(page.locator(ROW)).to_be_focused()
    site.lane("mine-in", "arrived", 0, stop_id=name_id("stop next"))
    expect(note).to_be_hidden()


def test_an_order_is_created_while_the_truck_waits(open_page: Open, site: Site) -> None:
    page = open_page("/", user="dispatcher", locale="zh-CN", **PHONE)
    row = page.locator(ROW)
    expect(row).to_contain_text(ZH("turned.todo.order_complete"))
    expect(row.get_by_role("link", name="13800000000")).to_be_visible()
    row.get_by_role("button", name=ZH("turned.order")).click()
    contract = row.locator("[name=contract]")
    expect(contract).to_be_focused()
    contract.select_option("C-1")
    assert serious(page) == []
    before = count_orders(site)
    row.get_by_role("button", name=ZH("turned.create"), exact=True).click()
    expect(row.locator(".answer")).to_contain_text("司机可以重新刷卡")
    expect(page.locator("#toasts")).to_contain_text("蒙K12345")
    assert count_orders(site) == before + 1


def count_orders(site: Site) -> int:
    with site.world.engine.begin() as connection:
        return connection.execute(select(func.count()).select_from(orders)).scalar_one()


def test_who_cannot_be_helped_by_an_order_is_offered_none(open_page: Open) -> None:
    page = open_page("/", user="dispatcher")
    row = page.locator(f"#turned-{name_id('stop stranger')}")
    expect(row).to_contain_text("Once finance has registered it")
    expect(row.get_by_role("button")).to_have_count(0)
