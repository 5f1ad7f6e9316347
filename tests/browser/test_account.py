"""One's own account: what a browser shows of password, app and sessions."""

import re

import pytest
from playwright.sync_api import expect

from gateway.auth.totp import STEP_MS, code_at
from tests.browser.conftest import PHONE, Open, Site
from tests.browser.test_access import serious
from tests.integration.gateway_http.world import PASSWORD

pytestmark = pytest.mark.browser
NEW = "quite another one"


def test_a_user_finds_his_account_and_changes_his_password(open_page: Open) -> None:
    page = open_page("/", user="viewer", prepare=lambda _: None)
    page.get_by_role("link", name="viewer").click()
    form = page.locator("#password")
    for current, new, said in (
        ("not this one", NEW, "The current password is wrong."),
        (PASSWORD, "password1", "This password is too common"),
        (PASSWORD, NEW, "The password is changed"),
        (NEW, PASSWORD, "The password is changed"),
    ):
        form.get_by_label("Current password").fill(current)
        form.get_by_label("New password").fill(new)
        form.get_by_role("button").click()
        expect(form.locator("p:visible").filter(has_text=said)).to_be_visible()


def test_he_ends_a_session_elsewhere(open_page: Open) -> None:
    elsewhere = open_page("/account", user="dispatcher")
    page = open_page("/account", user="dispatcher", **PHONE)
    assert serious(page) == []
    expect(page.locator(".sessions li")).to_have_count(2)
    page.get_by_role("button", name="End it").click()
    expect(page.locator(".sessions li")).to_have_count(1)
    elsewhere.reload()
    expect(elsewhere).to_have_url(re.compile("/login"))


def test_he_sets_up_an_app_and_is_asked_for_its_code(open_page: Open, site: Site) -> None:
    page = open_page("/account", user="finance")
    form = page.locator("#factor")
    secret = form.locator(".secret").inner_text()
    form.get_by_label("Current password").fill(PASSWORD)
    form.get_by_label("Code").fill(code_at(secret, site.world.clock[0] // STEP_MS))
    form.get_by_role("button").click()
    codes = form.locator(".codes li")
    expect(codes).to_have_count(10)
    paper = codes.first.inner_text()
    login = open_page("/login?next=/account", prepare=lambda _: None)
    login.get_by_label("User name").fill("finance")
    login.get_by_label("Password").fill(PASSWORD)
    login.get_by_role("button", name="Sign in").click()
    login.get_by_label("Code").fill(paper)
    login.get_by_role("button", name="Sign in").click()
    expect(login).to_have_url(re.compile("/account"))


def test_a_link_that_was_used_says_so(open_page: Open) -> None:
    page = open_page("/reset#made-up", prepare=lambda _: None)
    assert serious(page) == []
    page.get_by_label("New password").fill(NEW)
    page.get_by_role("button").click()
    expect(page.get_by_role("alert")).to_contain_text("The link was used or has expired")
