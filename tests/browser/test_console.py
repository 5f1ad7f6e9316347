"""The console as a dispatcher meets it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Open, Site
from tests.integration.gateway_http.world import PASSWORD, add_stop, name_id

pytestmark = pytest.mark.browser

LANE = "#lane-mine-mine-in"
HELD = "#lane-mine-mine-out"
NOTICE = f"#notice-{name_id('stop held')}"


def test_signing_in_leads_to_the_lanes(open_page: Open, site: Site) -> None:
    page = open_page("/")
    expect(page).to_have_url(f"{site.url}/login")
    page.get_by_label("User name").fill("dispatcher")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{site.url}/")
    expect(page.get_by_role("heading", name="北山煤矿")).to_be_visible()
    expect(page.locator("#today-paid .value")).to_contain_text("1,448.28")  # the last to be read
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{site.url}/login")


def test_a_live_weight_and_state_appear_and_change(open_page: Open, site: Site) -> None:
    page = open_page("/", user="viewer")
    expect(page.locator("#link")).to_have_text("Live")
    site.lane("mine-in", "on_deck", 32_480)
    expect(page.locator(f"{LANE} .kg")).to_have_text("32,480")
    expect(page.locator(f"{LANE} .state .word")).to_have_text("Weighing")
    expect(page.locator(f"{LANE} .said")).to_have_text("Stop, weighing")
    expect(page.locator(f"{LANE} .steps .now")).to_have_text("On deck")
    site.lane("mine-in", "released", 32_500)
    expect(page.locator(f"{LANE} .kg")).to_have_text("32,500")
    expect(page.locator(f"{LANE} .steps .now")).to_have_text("Released")


def test_a_lane_that_says_nothing_turns_grey(open_page: Open, site: Site) -> None:
    page = open_page("/", user="viewer")
    expect(page.locator("#link")).to_have_text("Live")
    site.lane("mine-in", "idle", 0)
    expect(page.locator(LANE)).to_have_attribute("data-fresh", "yes")
    expect(page.locator(LANE)).to_have_attribute("data-fresh", "no", timeout=8000)
    expect(page.locator(f"{LANE} .state .word")).to_have_text("No data")


def test_old_data_cannot_be_decided_on(open_page: Open, site: Site) -> None:
    page = open_page("/", user="dispatcher")
    expect(page.locator("#link")).to_have_text("Live")
    site.lane("mine-out", "held_on_deck", 51_240, stop_id=name_id("stop held"))
    expect(page.locator(f"{NOTICE} .decide")).to_be_visible()
    expect(page.locator(f"{NOTICE} .decide")).not_to_have_attribute("inert", "")
    expect(page.locator(f"{NOTICE} .decide")).to_have_attribute("inert", "", timeout=8000)
    expect(page.locator(f"{NOTICE} .blocked")).to_contain_text("The lane is not heard")


def test_an_offline_lane_and_a_failed_device_are_named(open_page: Open, site: Site) -> None:
    page = open_page("/", user="viewer")
    expect(page.locator("#link")).to_have_text("Live")
    state = {"yard": "plant", "lane": "plant-in", "online": True}
    devices = {"scale": {"ok": False, "detail": "no frames"}, "card": {"ok": True}}
    site.lane("plant-in", "out_of_service", 0)
    site.world.hub.publish("lane_state", state | {"devices": devices})
    failed = page.locator("#lane-plant-plant-in").get_by_role("img", name="Indicator has failed")
    expect(failed).to_be_visible()
    site.world.hub.publish("lane_state", state | {"online": False})
    word = page.locator("#lane-plant-plant-in .state .word")
    expect(word).to_have_text("Offline")


def test_the_latest_tickets_show_weights_money_and_payout(open_page: Open) -> None:
    page = open_page("/", user="viewer")
    row = page.locator("#tickets tbody tr").first
    for shown in ("蒙K12345", "47,700 kg", "15,220 kg", "32.48 t", "1,448.28", "Paid"):
        expect(row).to_contain_text(shown)
    expect(page.locator("#today-paid .value")).to_contain_text("1,448.28")


def test_what_needs_a_person_is_listed_with_its_reason(open_page: Open) -> None:
    page = open_page("/", user="viewer")
    notices = page.locator("#notices")
    expect(notices).to_contain_text("Overweight")
    expect(notices).to_contain_text("Scale is silent")
    expect(page.locator("#turned-away")).to_contain_text("Card not registered")
    expect(page).to_have_title(re.compile(r"^\(\d+\) Taigan 抬杆$"))
    expect(page.locator("#notices")).to_contain_text("camera reads 蒙K12348")


def test_a_dispatcher_releases_a_held_truck_with_a_reason(open_page: Open, site: Site) -> None:
    page = open_page("/", user="dispatcher")
    expect(page.locator("#link")).to_have_text("Live")
    held = {"stop_id": name_id("stop held")}
    site.lane("mine-out", "held_on_deck", 51_240, **held)
    card = page.locator(NOTICE)
    expect(card.locator(".title")).to_have_text("Overweight")
    expect(card.locator(".load")).to_have_text("51,240 kg, limit 49,000 kg: 2,240 kg over")
    expect(page.locator("#announcer")).to_contain_text("Held on deck")
    card.get_by_role("button", name="Release it").click()
    confirm = card.get_by_role("button", name="Confirm: Release it")
    expect(confirm).to_be_disabled()
    card.get_by_label("Reason").select_option("papers_checked")
    confirm.click()
    expect(card.locator(".answer")).to_have_text("Sent. Waiting for the lane…")
    [command] = site.world.outgoing.sent
    assert (command.action, command.reason) == ("release", "papers_checked")
    site.world.hub.publish(
        "command_result",
        {
            "yard": "mine",
            "lane": "mine-out",
            "command_id": str(command.command_id),
            "outcome": "done",
        },
    )
    expect(card.locator(".answer")).to_have_text("The lane has done it.")
    site.lane("mine-out", "released", 51_240, **held)
    expect(card).to_have_count(0)


def test_a_plate_that_a_camera_read_stands_beside_the_cards(open_page: Open, site: Site) -> None:
    page = open_page("/", user="viewer")
    expect(page.locator("#link")).to_have_text("Live")
    site.lane("mine-out", "held_on_deck", 51_240, stop_id=name_id("stop held"))
    camera = page.locator(f"{HELD} .truck .camera")
    expect(camera).to_have_text("camera reads 蒙K12348")
    expect(camera).to_have_attribute("data-agrees", "no")
    site.lane("mine-in", "idle", 0)
    expect(page.locator(f"{LANE} .truck .camera")).to_be_hidden()


def test_a_dispatcher_is_told_what_to_check_about_a_plate(open_page: Open, site: Site) -> None:
    later_ms = site.world.clock[0] + 1000
    stop = {"arrived_ms": later_ms, "plate_read": "蒙K12348", "reason": "plate_mismatch"}
    add_stop(site.world, "doubt", "held", **stop)
    page = open_page("/", user="dispatcher")
    expect(page.locator("#link")).to_have_text("Live")
    site.lane("mine-in", "held_at_entry", 0, stop_id=name_id("stop doubt"))
    notice = page.locator(f"#notice-{name_id('stop doubt')}")
    expect(notice.locator(".title")).to_have_text("Plate is not the card's")
    expect(notice.locator(".check")).to_contain_text("its plate should be 蒙K12345")
    expect(page.locator(f"{LANE} .why")).to_have_text("Plate is not the card's")
    expect(page.locator(f"{NOTICE} .check")).not_to_contain_text("should be")


def test_a_failed_device_is_named_in_the_readers_language(open_page: Open) -> None:
    page = open_page("/", user="viewer", locale="zh-CN")
    failed = page.locator("#notices li", has_text="仪表无数据")
    expect(failed.locator(".where")).to_have_text(re.compile("仪表$"))
    expect(failed.locator(".todo")).to_contain_text("检查仪表的电源和线缆")


def test_a_viewer_gets_no_buttons(open_page: Open, site: Site) -> None:
    page = open_page("/", user="viewer")
    expect(page.locator("#link")).to_have_text("Live")
    site.lane("mine-out", "held_on_deck", 51_240, stop_id=name_id("stop held"))
    expect(page.locator(f"{HELD} .state .word")).to_have_text("Held on deck")
    expect(page.locator(NOTICE)).to_be_visible()
    expect(page.get_by_role("button", name="Release it")).to_have_count(0)


def test_the_console_speaks_chinese(open_page: Open, site: Site) -> None:
    page = open_page("/", user="viewer", locale="zh-CN")
    expect(page.locator("#link")).to_have_text("实时")
    site.lane("mine-in", "on_deck", 32_480)
    expect(page.locator(f"{LANE} .state .word")).to_have_text("称重中")
    expect(page.locator(f"{LANE} .said")).to_have_text("停稳 正在称重")
    page.get_by_role("link", name="English").click()
    expect(page.locator("#link")).to_have_text("Live")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_theme_follows_the_system_and_can_be_switched(open_page: Open, scheme: str) -> None:
    page = open_page("/login", color_scheme=scheme)
    seen = background(page)
    page.get_by_role("button", name="Light or dark").click()
    assert background(page) != seen
    page.reload()
    assert background(page) != seen
    page.get_by_role("button", name="Light or dark").click()
    assert background(page) == seen


def background(page: Page) -> object:
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


@pytest.mark.parametrize("path", ["/", "/login"])
def test_a_phone_shows_everything_without_scrolling_sideways(
    open_page: Open, site: Site, path: str
) -> None:
    page = open_page(path, user="dispatcher" if path == "/" else None, **PHONE)
    if path == "/":
        expect(page.locator("#link")).to_have_text("Live")
        site.lane("mine-out", "held_on_deck", 51_240, stop_id=name_id("stop held"))
        expect(page.locator("#tickets tbody tr").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_keyboard_reaches_the_decision_with_a_visible_focus(
    open_page: Open, site: Site
) -> None:
    page = open_page("/", user="dispatcher")
    expect(page.locator("#link")).to_have_text("Live")
    site.lane("mine-out", "held_on_deck", 51_240, stop_id=name_id("stop held"))
    release = page.locator(NOTICE).get_by_role("button", name="Release it")
    expect(release).to_be_visible()
    for _ in range(30):
        page.keyboard.press("Tab")
        if release.evaluate("element => element === document.activeElement"):
            break
    assert release.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    focused = page.evaluate("document.activeElement.name")
    assert focused == "reason"
