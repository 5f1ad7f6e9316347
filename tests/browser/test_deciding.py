"""What needs a person is in one list, in the order to do it, and is decided there."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from sqlalchemy import delete, select, update

from gateway.console.language import Texts
from gateway.records.tables import alarms
from gateway.texts import LANGUAGES, Language
from gateway.tickets.settlements import store_settlement
from gateway.tickets.tables import stops
from settlement.messages import PayoutState
from tests.browser.conftest import DESK, PHONE, Lanes, Open, Site, all_idle
from tests.integration.gateway_http.world import (
    NOW_MS,
    add_alarm,
    add_order,
    add_stop,
    add_ticket,
    name_id,
    settlement_of,
)

pytestmark = pytest.mark.browser

HELD = name_id("stop held")
NOTICE = f"#notice-{HELD}"
LANE = "#lane-mine-mine-out"
ZH = Texts("zh")
LATIN = re.compile(r"[A-Za-z]{3,}")


@pytest.fixture(autouse=True)
def lanes(site: Site) -> Iterator[Lanes]:
    """A truck held on the deck, as after each test's start; all lanes speak."""
    site.world.outgoing.sent.clear()
    site.world.clock[0] += 60_000  # a decision of an earlier test is no answer to this one's
    held = {"state": "held", "weighing_action": "hold", "reason": "overweight", "left_ms": None}
    with site.world.engine.begin() as connection:
        again = held | {"dispatcher": None, "order_id": name_id("order 1"), "released_ms": None}
        connection.execute(update(stops).where(stops.c.stop_id == HELD).values(again))
    states = all_idle()
    states["mine-out"] = {"state": "held_on_deck", "weight_kg": 51_240, "stop_id": HELD}
    with Lanes(site, states) as speaking:
        yield speaking


def choose(page: Page, button: str = "Release it") -> Locator:
    """Choose and give a reason; return what is to be pressed."""
    notice = page.locator(NOTICE)
    notice.get_by_role("button", name=button).click()
    notice.get_by_label("Reason").select_option("papers_checked")
    return notice.get_by_role("button", name=f"Confirm: {button}")


def choose_in_chinese(page: Page) -> Locator:
    notice = page.locator(NOTICE)
    notice.get_by_role("button", name=ZH("decide.release")).click()
    notice.get_by_label(ZH("decide.reason")).select_option("papers_checked")
    confirm = ZH("decide.confirm_action", action=ZH("decide.release"))
    return notice.get_by_role("button", name=confirm)


def answer_of_lane(site: Site, outcome: str) -> None:
    [command] = site.world.outgoing.sent
    place = {"yard": command.yard, "lane": command.lane}
    said = {"command_id": str(command.command_id), "outcome": outcome}
    site.world.hub.publish("command_result", place | said)


def test_the_outcome_is_told_and_kept(open_page: Open, site: Site, lanes: Lanes) -> None:
    page = open_page("/", user="dispatcher")
    choose(page).click()
    toasts = page.locator("#toasts")
    expect(toasts).to_contain_text("Release it: 蒙K12345, 北山煤矿 出场磅. Sent")
    expect(page.locator("#decided-list li").first).to_contain_text("waiting for the lane")
    answer_of_lane(site, "done")
    released = update(stops).where(stops.c.stop_id == HELD)
    with site.world.engine.begin() as connection:
        connection.execute(released.values(state="released", released_ms=site.world.clock[0]))
    lanes.states["mine-out"] = {"state": "released", "weight_kg": 51_240, "stop_id": HELD}
    expect(page.locator(NOTICE)).to_have_count(0)
    expect(toasts).to_contain_text("The lane has done it.")
    page.reload()
    row = page.locator("#decided-list li").first
    for words in ("Released", "蒙K12345", "dispatcher", "Papers checked", "done"):
        expect(row).to_contain_text(words)


def test_a_lane_that_did_nothing_is_told_as_loudly(open_page: Open, site: Site) -> None:
    page = open_page("/", user="dispatcher")
    choose(page).click()
    expect(page.locator("#toasts")).to_contain_text("Sent")
    answer_of_lane(site, "late")
    expect(page.locator("#toasts")).to_contain_text("It arrived too late; the lane did nothing.")
    expect(page.locator("#decided-list li").first).to_contain_text("came too late, not done")


def test_an_answer_that_is_lost_on_the_way_is_found_out(open_page: Open, site: Site) -> None:
    def lose_answers(route: Route) -> None:
        route.fetch()
        route.abort()

    page = open_page(
        "/", user="dispatcher", prepare=lambda page: page.route("**/commands", lose_answers)
    )
    choose(page).click()
    expect(page.locator(f"{NOTICE} .answer")).to_have_text("Sent. Waiting for the lane…")
    assert len(site.world.outgoing.sent) == 1
    answer_of_lane(site, "done")
    expect(page.locator(f"{NOTICE} .answer")).to_have_text("The lane has done it.")


def test_what_never_arrived_is_said_and_sent_again_as_the_same(open_page: Open, site: Site) -> None:
    keys: list[str] = []

    def lose_first(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) == 1:
            route.abort()
        else:
            route.continue_()

    page = open_page(
        "/",
        user="dispatcher",
        locale="zh-CN",
        prepare=lambda page: page.route("**/commands", lose_first),
    )
    confirm = choose_in_chinese(page)
    confirm.click()
    answer = page.locator(f"{NOTICE} .answer")
    expect(answer).to_have_text(ZH("decide.not_arrived"))
    assert not LATIN.search(answer.text_content() or "")
    assert site.world.outgoing.sent == []
    confirm.click()
    expect(answer).to_have_text(ZH("decide.sent"))
    assert len(site.world.outgoing.sent) == 1
    assert len(set(keys)) == 1


def test_a_refusal_of_the_server_is_in_the_pages_language(open_page: Open, site: Site) -> None:
    page = open_page("/", user="dispatcher", locale="zh-CN", prepare=lambda _: None)
    confirm = choose_in_chinese(page)
    with site.world.engine.begin() as connection:
        over = update(stops).where(stops.c.stop_id == HELD).values(left_ms=1, state="left")
        connection.execute(over)
    confirm.click()
    words = ZH("decide.failed", reason=ZH("problem.conflict"))
    expect(page.locator(f"{NOTICE} .answer")).to_have_text(words)
    assert not LATIN.search(words)


def test_a_held_truck_is_known_again_after_a_reload(open_page: Open, site: Site) -> None:
    at_ms = site.world.clock[0]
    for number in range(60):
        later = {"arrived_ms": at_ms + 1000 + number, "left_ms": at_ms + 2000}
        add_stop(site.world, f"later {number}", "left", lane_id="mine-in", **later)
    page = open_page("/", user="dispatcher")
    page.reload()
    card = page.locator(LANE)
    expect(card.locator(".plate")).to_have_text("蒙K12345")
    expect(card.locator(".why")).to_have_text("Overweight")
    expect(card.locator(".camera")).to_have_text("camera reads 蒙K12348")
    notice = page.locator(NOTICE)
    for known in ("蒙K12345", "王建国", "20261118-0001", "2,240 kg over", "camera reads 蒙K12348"):
        expect(notice).to_contain_text(known)


def test_what_blocks_comes_first_and_what_waits_longest(
    open_page: Open, site: Site, lanes: Lanes
) -> None:
    at_ms = NOW_MS  # when the others began to wait
    ages = [("plate_unread", 9), ("journal_epoch_new", 8), ("zero_off", 5), ("message_forged", 1)]
    for kind, minutes in ages:
        add_alarm(site.world, kind, first_ms=at_ms - 60_000 * minutes)
    later = {"arrived_ms": at_ms - 30_000, "weighed_ms": None, "lane_id": "mine-in"}
    add_stop(site.world, "waits shorter", "held", reason="plate_mismatch", **later)
    earlier = {"arrived_ms": at_ms - 600_000, "lane_id": "plant-in", "yard_id": "plant"}
    add_stop(site.world, "waits longer", "held", reason="plate_missing", **earlier)
    longest = {"arrived_ms": at_ms - 900_000, "lane_id": "plant-out", "yard_id": "plant"}
    add_stop(site.world, "forgotten", "held", reason="plate_unread", **longest)
    for lane, name in (("mine-in", "waits shorter"), ("plant-in", "waits longer")):
        stop_id = name_id(f"stop {name}")
        lanes.states[lane] = {"state": "held_at_entry", "stop_id": stop_id}
    try:
        page = open_page("/", user="dispatcher")
        wanted = [
            "No plate was seen",
            "Plate is not the card's",
            "Overweight",
            "A message was forged",
            "Plate could not be read",  # its lane does not wait for an answer
            "The lane began a new journal",
            "Scale's zero is off",
            "Scale is silent",
            "Plates are not read at the entry",
        ]
        titles = page.locator("#notices .title")
        expect(titles).to_have_text(wanted)
        expect(page.locator("#notices li").first.locator(".for")).to_have_text(re.compile("min$"))
        expect(page.locator("#notices")).to_contain_text("Clear and clean the deck")
        expect(page.locator("#notices .severity").first).to_have_text("Critical")
    finally:
        close_all(site)


def close_all(site: Site) -> None:
    with site.world.engine.begin() as connection:
        connection.execute(update(stops).where(stops.c.stop_id != HELD).values(state="left"))
        other = alarms.c.kind != "lane_fault"
        connection.execute(update(alarms).where(other).values(resolved_ms=1))


def test_a_long_list_hides_nothing_in_silence(open_page: Open, site: Site) -> None:
    for number in range(60):
        add_alarm(site.world, f"future_kind_{number}")
    try:
        page = open_page("/", user="viewer")
        expect(page.locator("#attention-count")).to_have_text("62")
        expect(page.locator("#notices li")).to_have_count(40)
        page.get_by_role("button", name="Show 22 more").click()
        expect(page.locator("#notices li")).to_have_count(62)
    finally:
        close_all(site)


def test_on_a_phone_the_decision_is_where_the_truck_is_named(open_page: Open) -> None:
    page = open_page("/", user="dispatcher", **PHONE)
    button = page.locator(NOTICE).get_by_role("button", name="Release it")
    expect(button).to_be_in_viewport()
    choose(page)
    expect(page.locator(NOTICE).locator(".title")).to_be_in_viewport()
    confirm = page.locator(NOTICE).get_by_role("button", name="Confirm: Release it")
    expect(confirm).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_links_between_lane_and_notice_take_the_focus_and_are_not_covered(
    open_page: Open, size: dict[str, dict[str, int]]
) -> None:
    page = open_page("/", user="dispatcher", **size)
    page.locator(NOTICE).get_by_role("link", name="Show the lane").click()
    expect(page.locator(LANE)).to_be_focused()
    assert is_uncovered(page, LANE)
    page.locator(LANE).get_by_role("link", name="Decide").click()
    expect(page.locator(NOTICE)).to_be_focused()
    assert is_uncovered(page, NOTICE)


def is_uncovered(page: Page, selector: str) -> bool:
    """Return whether the top of an element is what one sees there, not the header or a banner."""
    seen: bool = page.locator(selector).evaluate(
        "one => { const box = one.getBoundingClientRect();"
        " return one.contains(document.elementFromPoint(box.left + 20, box.top + 3)); }"
    )
    return seen


def test_escape_takes_a_choice_back_and_a_done_notice_passes_the_focus_on(
    open_page: Open, lanes: Lanes
) -> None:
    page = open_page("/", user="dispatcher")
    choose(page)
    page.keyboard.press("Escape")
    expect(page.locator(f"{NOTICE} .confirm")).to_be_hidden()
    expect(page.locator(NOTICE).get_by_role("button", name="Release it")).to_be_focused()
    choose(page).click()
    expect(page.locator(NOTICE)).to_be_focused()
    lanes.states["mine-out"] = {}
    expect(page.locator(NOTICE)).to_have_count(0)
    expect(page.locator("#attention-title")).to_be_focused()


def test_a_decision_half_made_survives_what_else_happens(open_page: Open, site: Site) -> None:
    page = open_page("/", user="dispatcher")
    confirm = choose(page)
    add_alarm(site.world, "chain_broken", subject="new")
    site.world.hub.publish("alarm", {"id": "new"})
    site.world.hub.publish("stop", {"stop_id": HELD})
    try:
        expect(page.locator("#notices")).to_contain_text("Chain of records is broken")
        expect(confirm).to_be_enabled()
        expect(page.locator(f"{NOTICE} [name=reason]")).to_have_value("papers_checked")
    finally:
        close_all(site)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_unpaid_driver_is_somebodys_task_until_a_person_closes_it(
    open_page: Open, site: Site, language: Language
) -> None:
    text, number = Texts(language), {"zh": "71", "en": "72"}[language]
    ticket_id = deliver_unpaid(site, number)
    page = open_page("/", user="dispatcher", locale={"zh": "zh-CN", "en": "en-GB"}[language])
    notice = page.locator("#notices li", has_text=f"20261118-{number:0>4}")
    keys = ("alarm.payout_failed", "payout.reason.account_closed", "alarm_todo.payout_failed")
    for shown in (*map(text, keys), "蒙K12345", "王建国", "1448.28"):
        expect(notice).to_contain_text(shown)
    notice.get_by_role("button", name=text("alarm_close.open")).click()
    notice.get_by_label(text("alarm_close.reason")).fill("补付 paid by hand")
    notice.get_by_role("button", name=text("alarm_close.confirm")).click()
    expect(notice).to_have_count(0)
    expect(page.locator("#decided-list")).to_contain_text("补付 paid by hand")
    with site.world.engine.begin() as connection:
        closed = select(alarms.c.resolved_by).where(alarms.c.subject == ticket_id)
        assert connection.execute(closed).scalar_one() == "dispatcher"


def deliver_unpaid(site: Site, number: str) -> str:
    ticket_id = name_id(f"ticket {number} unloading")
    add_order(site.world, number, "蒙K12345", "delivered")
    add_ticket(site.world, number, "loading", 15_200, 47_800)
    add_ticket(site.world, number, "unloading", 47_700, 15_220)
    failed = settlement_of(ticket_id, PayoutState.FAILED, reason="account_closed")
    named = failed.model_copy(update={"order_no": f"20261118-{number:0>4}"})
    with site.world.engine.begin() as connection:
        store_settlement(connection, named, site.world.clock[0])
    return ticket_id


def test_a_stop_that_its_lane_has_forgotten_is_ended(open_page: Open, site: Site) -> None:
    """Its truck could be weighed nowhere else."""
    sent: list[object] = []

    def ended(route: Route) -> None:
        sent.append(route.request.post_data_json)
        route.fulfill(json={"stop_id": HELD})

    add_stop(
        site.world, "lost", "held", reason="plate_unread", lane_id="plant-out", yard_id="plant"
    )
    notice = f"#notice-{name_id('stop lost')}"
    try:
        page = open_page("/", user="dispatcher", prepare=lambda page: page.route("**/end", ended))
        form = page.locator(f"{notice} .end")
        expect(page.locator(f"{notice} .decide")).to_be_hidden()
        expect(page.locator(f"{NOTICE} .end")).to_be_hidden()
        form.get_by_role("button", name="End this stop…").click()
        expect(form).to_contain_text("The truck may be weighed elsewhere.")
        form.get_by_label("Reason").select_option("seen_on_site")
        form.get_by_role("button", name="End it", exact=True).click()
        expect(page.locator("#toasts")).to_contain_text("蒙K12345, 东港电厂 出场磅: Ended.")
        assert sent == [{"reason": "seen_on_site"}]
    finally:
        close_all(site)


def test_an_alarm_without_a_reason_is_not_closed_and_says_which_field(open_page: Open) -> None:
    page = open_page("/", user="dispatcher", locale="zh-CN", prepare=lambda _: None)
    notice = page.locator("#notices li", has_text=ZH("reason.scale_silent"))
    notice.get_by_role("button", name=ZH("alarm_close.open")).click()
    reason = notice.get_by_label(ZH("alarm_close.reason"))
    reason.fill("   ")
    notice.get_by_role("button", name=ZH("alarm_close.confirm")).click()
    expect(notice.locator(".close .answer")).to_have_text(ZH("alarm_close.reason_missing"))
    expect(reason).to_be_focused()
    reason.fill("换线\u0007")  # what the server refuses
    notice.get_by_role("button", name=ZH("alarm_close.confirm")).click()
    words = ZH("problem.fields", words=ZH("problem.validation"), fields=ZH("field.reason"))
    expect(notice.locator(".close .answer")).to_have_text(ZH("decide.failed", reason=words))
    expect(reason).to_have_attribute("aria-invalid", "true")


def test_a_lost_answer_to_closing_an_alarm_is_found_out(open_page: Open, site: Site) -> None:
    def lose_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    with site.world.engine.begin() as connection:
        connection.execute(delete(alarms).where(alarms.c.kind == "zero_off"))
    add_alarm(site.world, "zero_off")
    page = open_page(
        "/", user="dispatcher", prepare=lambda page: page.route("**/close", lose_answer)
    )
    notice = page.locator("#notices li", has_text="Scale's zero is off")
    notice.get_by_role("button", name="Close…").click()
    notice.get_by_label("What was done").fill("cleaned")
    notice.get_by_role("button", name="Close it").click()
    toast = page.locator("#toasts")
    expect(toast).to_contain_text("Closed: Scale's zero is off", timeout=15_000)
    expect(page.locator("#decided-list")).to_contain_text("cleaned")


def test_a_hold_is_never_called_not_done(open_page: Open, site: Site) -> None:
    """Nothing that a lane records shows it."""
    page = open_page("/", user="dispatcher")
    held = {"action": "hold", "reason": "dispatcher"}
    answer = page.context.request.post(f"{site.url}/api/v1/stops/{HELD}/commands", data=held)
    assert answer.status == 202
    row = page.locator("#decided-list li").first
    expect(row).to_contain_text("Held")
    expect(row.locator("p").last).to_have_text("dispatcher · Dispatcher's decision")
