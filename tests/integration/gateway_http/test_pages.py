"""Pages as they leave the server: the console's, and the driver's receipt."""

import json
import re
from pathlib import Path
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from gateway.console.language import catalogue
from gateway.console.pages import PAGES
from gateway.console.static_files import PREFIX, version_of
from gateway.receipt_link import sign_ticket
from gateway.tickets.settlements import refuse_settlement
from settlement.messages import PayoutState
from taigan.witness import lift
from tests.integration.gateway_http.world import (
    RECEIPT_SECRET,
    World,
    add_order,
    add_ticket,
    name_id,
    settlement_of,
)

STATIC_FILES = Path(__file__).parents[3] / "gateway" / "console" / "static"
STATIC = re.compile(r'(?:src|href)="(/static/[^"#]+)"')


def link(ticket_id: str, rest: str = "") -> str:
    return f"/r/{ticket_id}{rest}?s={sign_ticket(UUID(ticket_id), RECEIPT_SECRET)}"


def deliver(world: World, state: PayoutState | None, reason: str | None = None) -> str:
    ticket_id = name_id("ticket 1 unloading")
    settlement = settlement_of(ticket_id, state, reason=reason) if state else None
    add_ticket(world, "1", "loading", 15_200, 47_800)
    return add_ticket(world, "1", "unloading", 47_700, 15_220, settlement=settlement)


def consoles(admin: TestClient) -> list[str]:
    """Return every page of the console."""
    return [admin.get(page.path).text for page in PAGES]


def test_the_console_is_for_those_who_signed_in(client: TestClient, viewer: TestClient) -> None:
    answer = client.get("/", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert "北山煤矿" in viewer.get("/").text
    assert viewer.get("/login", follow_redirects=False).headers["location"] == "/"


def test_only_dispatchers_get_the_buttons(viewer: TestClient, admin: TestClient) -> None:
    assert "data-action" not in viewer.get("/").text
    assert "data-action" in admin.get("/").text


def test_without_lanes_the_console_says_what_to_do(world: World, viewer: TestClient) -> None:
    with world.engine.begin() as connection:
        lift(connection)  # nobody deletes a lane
        connection.exec_driver_sql("DELETE FROM lanes")
    page = viewer.get("/", headers={"Accept-Language": "en"}).text
    assert "No lanes yet" in page
    assert "taigan-sim demo" in page


def test_a_language_chosen_in_the_address_is_remembered(client: TestClient) -> None:
    assert 'lang="zh-CN"' in client.get("/login").text
    assert 'lang="en"' in client.get("/login?lang=en").text
    assert 'lang="en"' in client.get("/login").text


def test_every_file_that_a_page_names_is_there(world: World, admin: TestClient) -> None:
    ticket_id = deliver(world, PayoutState.PAID)
    client = TestClient(world.app)
    pages = [client.get("/login").text, client.get(link(ticket_id)).text, *consoles(admin)]
    named = {path for page in pages for path in STATIC.findall(page)}
    assert len(named) > 8
    for path in named:
        answer = client.get(path)
        got = (path, answer.status_code, answer.headers.get("cache-control"))
        assert got == (path, 200, "public, max-age=31536000, immutable")


def test_a_files_address_names_its_content(tmp_path: Path) -> None:
    """After an upgrade no page gets a script of before, nor one of another version."""
    (tmp_path / "a.js").write_text("1")
    versions = [version_of(tmp_path)]
    (tmp_path / "a.js").write_text("2")
    versions.append(version_of(tmp_path))
    (tmp_path / "a.js").rename(tmp_path / "b.js")
    versions.append(version_of(tmp_path))
    assert len(set(versions)) == 3


@pytest.mark.parametrize("path", ["/static/board.js", "/static/0123456789abcdef/board.js"])
def test_a_file_of_another_version_is_not_here(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")


@pytest.mark.parametrize(
    ("name", "kind"),
    [("board.js", "text/javascript"), ("board.css", "text/css"), ("mark.svg", "image/svg+xml")],
)
def test_a_file_has_its_type_and_nothing_is_written_to_it(
    client: TestClient, name: str, kind: str
) -> None:
    answer = client.get(f"{PREFIX}/{name}")
    assert answer.headers["content-type"].split(";")[0] == kind
    assert answer.content == (STATIC_FILES / name).read_bytes()
    assert client.head(f"{PREFIX}/{name}").status_code == 200
    assert client.post(f"{PREFIX}/{name}").status_code == 405


def test_no_page_is_shown_from_memory_without_asking(client: TestClient) -> None:
    assert client.get("/login").headers["cache-control"] == "no-cache"


def test_no_page_has_inline_scripts_or_styles_or_names_another_host(
    world: World, admin: TestClient
) -> None:
    ticket_id = deliver(world, PayoutState.PAID)
    client = TestClient(world.app)
    pages = [client.get("/login").text, client.get(link(ticket_id)).text, *consoles(admin)]
    for page in pages:
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script>", page)
        assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", page)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_page_brings_its_texts_to_its_scripts(viewer: TestClient, language: str) -> None:
    page = viewer.get("/", headers={"Accept-Language": language}).text
    [texts] = re.findall(r'<script type="application/json" id="texts">(.*?)</script>', page)
    assert json.loads(texts) == dict(catalogue(language))


def test_all_scripts_of_a_page_are_asked_for_at_once(viewer: TestClient) -> None:
    page = viewer.get("/").text
    asked = set(re.findall(r'rel="modulepreload" href="/static/[^/]+/([^"]+)"', page))
    imported = re.compile(r"""from "\./([a-z_]+\.js)";""")
    needed = {"board.js", "frame.js"}
    for name in asked:
        needed |= set(imported.findall((STATIC_FILES / name).read_text()))
    assert asked == needed


def test_pages_lists_and_scripts_travel_compressed(viewer: TestClient) -> None:
    for path in ("/", f"{PREFIX}/board.js", f"{PREFIX}/tokens.css", "/openapi.json"):
        answer = viewer.get(path, headers={"Accept-Encoding": "gzip"})
        assert (path, answer.headers.get("content-encoding")) == (path, "gzip")


@pytest.mark.parametrize(
    ("wanted", "goes_to"),
    [
        ("/?lang=en", "/?lang=en"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("///evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_signing_in_leads_back_and_never_to_another_site(
    client: TestClient, viewer: TestClient, wanted: str, goes_to: str
) -> None:
    page = client.get("/login", params={"next": wanted}).text
    assert f'data-next="{goes_to}"' in page
    answer = viewer.get("/login", params={"next": wanted}, follow_redirects=False)
    assert answer.headers["location"] == goes_to


def test_a_page_that_needs_a_login_names_itself(client: TestClient) -> None:
    answer = client.get("/?lang=en", follow_redirects=False)
    assert answer.headers["location"] == "/login?next=%2F%3Flang%3Den"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_receipt_shows_weights_formula_and_payout(
    world: World, client: TestClient, language: str
) -> None:
    ticket_id = deliver(world, PayoutState.PAID)
    page = client.get(link(ticket_id), headers={"Accept-Language": language}).text
    unit, paid = {"zh": ("元", "已到账"), "en": ("yuan", "Paid")}[language]
    for shown in (
        "蒙K12345",
        "20261118-0001",
        "北山煤矿",
        "东港电厂",
        "47.80 t",
        "15.22 t",
        "32.48 t",
        f"32.48 t \N{MULTIPLICATION SIGN} 45.00 {unit}/t = 1461.60 {unit}",
        f"1448.28 {unit}",
        "****4567",
        f">{paid}<",
        "<svg",
    ):
        assert shown in page
    assert "6222020200001234567" not in page


def test_a_receipt_is_small_with_everything_that_it_loads(world: World, client: TestClient) -> None:
    page = client.get(link(deliver(world, PayoutState.PAID)))
    files = [client.get(path).content for path in set(STATIC.findall(page.text))]
    assert len(page.content) + sum(map(len, files)) < 30_000
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("rest", ["", "/state"])
def test_a_wrong_signature_and_an_unknown_ticket_get_the_same_answer(
    world: World, client: TestClient, rest: str
) -> None:
    ticket_id, unknown = deliver(world, PayoutState.PAID), name_id("no ticket")
    answers = [
        client.get(f"/r/{ticket_id}{rest}"),
        client.get(f"/r/{ticket_id}{rest}?s=AAAAAAAAAAAAAAAAAAAAAA"),
        client.get(link(unknown, rest).replace(unknown, ticket_id)),
        client.get(f"/r/nonsense{rest}?s=x"),
        client.get(f"/r/{ticket_id}{rest}", params={"s": "é"}),
        client.get(link(unknown, rest)),
    ]
    assert {answer.status_code for answer in answers} == {403}
    assert len({re.sub(r'href="/r/[^"]*"', "", answer.text) for answer in answers}) == 1


@pytest.mark.parametrize(
    ("state", "reason", "told"),
    [
        (PayoutState.HELD, "funds", {"words": "On hold", "final": False, "tone": "held"}),
        (PayoutState.UNKNOWN, None, {"words": "Asking the bank", "final": False, "tone": "moving"}),
        (PayoutState.FAILED, "some_new_reason", {"words": "Failed", "final": True, "tone": "bad"}),
        (PayoutState.RETURNED, None, {"words": "Returned", "final": True, "tone": "bad"}),
        (None, None, {"words": "Working out the freight", "final": False, "tone": "moving"}),
    ],
)
def test_the_payouts_state_is_told_in_words(
    world: World,
    client: TestClient,
    state: PayoutState | None,
    reason: str | None,
    told: dict[str, object],
) -> None:
    ticket_id = deliver(world, state, reason)
    news = client.get(link(ticket_id, "/state") + "&lang=en").json()
    details = {
        "funds": "Deposit too low; pays itself when funds arrive",
        "some_new_reason": "some new reason",
        None: "",
    }
    assert news == {**told, "priced": state is not None, "detail": details[reason]}


def test_a_receipt_on_the_road_has_no_price_yet(world: World, client: TestClient) -> None:
    add_order(world, "2", "蒙K12345", "loaded")
    ticket_id = add_ticket(world, "2", "loading", 15_200, 47_800)
    page = client.get(link(ticket_id) + "&lang=en").text
    assert "On the road" in page
    assert "32.60 t" in page
    assert "How the freight was worked out" not in page


def test_a_refused_settlement_sends_the_driver_to_a_person(
    world: World, client: TestClient
) -> None:
    ticket_id = deliver(world, None)
    with world.engine.begin() as connection:
        refuse_settlement(connection, UUID(ticket_id), "the loss exceeds the freight", 1)
    page = client.get(link(ticket_id) + "&lang=en").text
    assert "call the dispatcher" in page
    assert "exceeds" not in page
