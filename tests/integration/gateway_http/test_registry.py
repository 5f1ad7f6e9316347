"""Master data over the API: what goes in, what comes out, and what is refused by name."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.testclient import TestClient

from gateway.http.times import at_of
from tests.integration.gateway_http.conftest import SignIn, on_both
from tests.integration.gateway_http.world import TERMS, World, name_id

KEY = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
BODIES: dict[str, dict[str, Any]] = {
    "yards": {"id": "port", "name": "港口"},
    "lanes": {
        "id": "third",
        "yard_id": "mine",
        "name": "三号磅",
        "public_key": KEY,
        "e_kg": 20,
        "max_kg": 100_000,
    },
    "vehicles": {"plate": "蒙A00001", "axles": 6, "gross_max_kg": 49_000},
    "drivers": {
        "name": "李志强",
        "phone": "13900000000",
        "account_name": "李志强",
        "account": "6222020200007654321",
        "bank_code": "ICBKCNBJ",
    },
    "cards": {
        "tag": "0a77f00d12",
        "vehicle_id": name_id("蒙K12345"),
        "driver_id": name_id("driver of 蒙K12345"),
    },
    "contracts": {
        "id": "C-2",
        "consignor": "北山煤业",
        "cargo": "动力煤",
        "origin_yard_id": "mine",
        "destination_yard_id": "plant",
        "valid_from": "2026-01-01T00:00:00Z",
        "valid_to": "2027-01-01T00:00:00Z",
        "terms": TERMS,
    },
    "orders": {
        "contract_id": "C-1",
        "vehicle_id": name_id("蒙K12345"),
        "driver_id": name_id("driver of 蒙K12345"),
    },
}


@pytest.mark.parametrize("name", BODIES)
def test_what_is_registered_can_be_read_at_its_location(admin: TestClient, name: str) -> None:
    made = admin.post(f"/api/v1/{name}", json=BODIES[name])
    assert made.status_code == 201, made.text
    assert made.headers["etag"] == '"1"'
    read = admin.get(made.headers["location"])
    assert read.json() == made.json()
    assert read.headers["etag"] == '"1"'
    assert made.json() in admin.get(f"/api/v1/{name}").json()["items"]


@pytest.mark.parametrize("name", BODIES)
def test_an_unknown_field_is_refused_by_name(admin: TestClient, name: str) -> None:
    answer = admin.post(f"/api/v1/{name}", json=BODIES[name] | {"colour": "red"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == ["colour"]


@pytest.mark.parametrize(
    ("name", "field"), [("yards", "id"), ("lanes", "id"), ("vehicles", "plate"), ("cards", "tag")]
)
def test_what_is_taken_is_a_conflict_that_names_the_field(
    admin: TestClient, name: str, field: str
) -> None:
    assert admin.post(f"/api/v1/{name}", json=BODIES[name]).status_code == 201
    answer = admin.post(f"/api/v1/{name}", json=BODIES[name])
    assert answer.status_code == 409
    assert field in [error["field"] for error in answer.json()["errors"]]


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("lanes", "yard_id"),
        ("cards", "vehicle_id"),
        ("cards", "driver_id"),
        ("contracts", "origin_yard_id"),
        ("orders", "contract_id"),
    ],
)
def test_a_reference_to_nothing_is_refused_by_name(
    admin: TestClient, name: str, field: str
) -> None:
    answer = admin.post(f"/api/v1/{name}", json=BODIES[name] | {field: "nothing"})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


CARD = {key: value for key, value in BODIES["cards"].items() if key != "tag"}


@on_both
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("0100D1E24D", "00D1E24D"),
        ("0100D1E24D", "d1e24d"),
        ("D1E24D", "0100D1E24D"),
        ("E24D", "0100D1E24D"),
        ("0100D1E24D", "E24D"),
    ],
)
def test_a_card_that_another_reader_sends_otherwise_is_not_registered_twice(
    admin: TestClient, first: str, second: str
) -> None:
    made = admin.post("/api/v1/cards", json=CARD | {"tag": first}).json()
    path = f"/api/v1/cards/{made['id']}"
    admin.patch(path, json={"status": "blocked"}, headers={"If-Match": '"1"'})
    refused = admin.post("/api/v1/cards", json=CARD | {"tag": second})
    assert refused.status_code == 409
    [error] = refused.json()["errors"]
    assert error["field"] == "tag"
    assert first in error["reason"]
    assert "is_another_card" in error["reason"]
    assert [one["tag"] for one in _cards(admin) if one["tag"] == second.upper()] == []
    meant = admin.post("/api/v1/cards", json=CARD | {"tag": second, "is_another_card": True})
    assert meant.status_code == 201
    assert "is_another_card" not in meant.json()


def test_a_card_with_another_ending_is_nobodys(admin: TestClient) -> None:
    for tag in ("0100D1E24D", "0100D1E24E", "D1E24F", "E25D"):
        assert admin.post("/api/v1/cards", json=CARD | {"tag": tag}).status_code == 201
    taken = admin.post("/api/v1/cards", json=CARD | {"tag": "D1E24F", "is_another_card": True})
    assert taken.status_code == 409


def _cards(admin: TestClient) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = admin.get("/api/v1/cards").json()["items"]
    return items


@on_both
def test_a_plate_is_found_however_it_is_typed(admin: TestClient) -> None:
    for typed in ("蒙K12345", "蒙k·12345"):
        found = admin.get("/api/v1/vehicles", params={"plate": typed}).json()["items"]
        assert [vehicle["plate"] for vehicle in found] == ["蒙K12345"]
    assert admin.get("/api/v1/vehicles", params={"colour": "red"}).status_code == 422


@pytest.mark.parametrize(
    ("role", "shown"), [("viewer", False), ("dispatcher", False), ("finance", True)]
)
def test_bank_accounts_are_masked_from_roles_that_handle_no_money(
    signed_in: SignIn,
    role: str,
    shown: bool,  # noqa: FBT001 - a column of the table
) -> None:
    client = signed_in(role)
    one = client.get(f"/api/v1/drivers/{name_id('driver of 蒙K12345')}").json()
    listed = client.get("/api/v1/drivers").json()["items"][0]
    wanted = "6222020200001234567" if shown else "***************4567"
    assert (one["account"], listed["account"]) == (wanted, wanted)


def test_a_change_needs_the_revision_that_was_read(admin: TestClient) -> None:
    path = f"/api/v1/vehicles/{name_id('蒙K12345')}"
    change = {"status": "blocked"}
    assert admin.patch(path, json=change).status_code == 428
    stale = admin.patch(path, json=change, headers={"If-Match": '"7"'})
    assert (stale.status_code, stale.headers["etag"]) == (412, '"1"')
    done = admin.patch(path, json=change, headers={"If-Match": '"1"'})
    assert (done.status_code, done.headers["etag"]) == (200, '"2"')
    assert done.json()["status"] == "blocked"
    assert admin.patch(path, json=change, headers={"If-Match": '"1"'}).status_code == 412


@on_both
def test_of_two_changes_at_once_one_is_refused(admin: TestClient) -> None:
    path = f"/api/v1/vehicles/{name_id('蒙K12345')}"

    def change(kg: int) -> int:
        headers = {"If-Match": '"1"'}
        return admin.patch(path, json={"gross_max_kg": kg}, headers=headers).status_code

    with ThreadPoolExecutor(4) as pool:
        codes = sorted(pool.map(change, (40_000, 41_000, 42_000, 43_000)))
    assert codes == [200, 412, 412, 412]


@on_both
def test_new_terms_make_a_new_version_and_leave_earlier_orders_alone(admin: TestClient) -> None:
    old = admin.post("/api/v1/orders", json=BODIES["orders"]).json()
    terms = TERMS | {"rate_per_tonne_minor": 5000}
    headers = {"If-Match": '"1"'}
    changed = admin.patch("/api/v1/contracts/C-1", json={"terms": terms}, headers=headers)
    assert changed.status_code == 200, changed.text
    assert changed.json()["version"] == changed.json()["terms"]["version"] == 2
    new = admin.post("/api/v1/orders", json=BODIES["orders"]).json()
    assert (new["contract_version"], new["terms"]["rate_per_tonne_minor"]) == (2, 5000)
    kept = admin.get(f"/api/v1/orders/{old['id']}").json()
    assert (kept["contract_version"], kept["terms"]["rate_per_tonne_minor"]) == (1, 4500)


@pytest.mark.parametrize(
    ("path", "change", "field"),
    [
        ("/api/v1/contracts/C-1", {"status": "suspended"}, "contract_id"),
        (f"/api/v1/vehicles/{name_id('蒙K12345')}", {"status": "blocked"}, "vehicle_id"),
        (f"/api/v1/drivers/{name_id('driver of 蒙K12345')}", {"status": "blocked"}, "driver_id"),
    ],
)
def test_no_order_for_what_is_blocked_or_suspended(
    admin: TestClient, path: str, change: dict[str, str], field: str
) -> None:
    assert admin.patch(path, json=change, headers={"If-Match": '"1"'}).status_code == 200
    answer = admin.post("/api/v1/orders", json=BODIES["orders"])
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_no_order_on_an_expired_contract(world: World, admin: TestClient) -> None:
    body = {"valid_to": at_of(world.clock[0] + 60_000).isoformat()}
    headers = {"If-Match": '"1"'}
    admin.patch("/api/v1/contracts/C-1", json=body, headers=headers).raise_for_status()
    world.clock[0] += 60_000
    answer = admin.post("/api/v1/orders", json=BODIES["orders"])
    assert answer.json()["errors"] == [
        {"field": "contract_id", "reason": "this contract has expired"}
    ]


def test_a_contract_cannot_end_before_it_begins(admin: TestClient) -> None:
    body = {"valid_to": "2001-01-01T00:00:00Z"}
    answer = admin.patch("/api/v1/contracts/C-1", json=body, headers={"If-Match": '"1"'})
    assert answer.json()["errors"][0]["field"] == "valid_to"


def test_only_an_open_order_can_be_cancelled(admin: TestClient) -> None:
    path = f"/api/v1/orders/{name_id('order 1')}"
    cancel = {"status": "cancelled"}
    assert admin.patch(path, json=cancel, headers={"If-Match": '"1"'}).status_code == 200
    assert admin.patch(path, json=cancel, headers={"If-Match": '"2"'}).status_code == 409


@on_both
def test_repeating_a_post_with_its_key_gets_the_first_answer_word_for_word(
    admin: TestClient,
) -> None:
    headers = {"Idempotency-Key": "k-1"}
    first = admin.post("/api/v1/orders", json=BODIES["orders"], headers=headers)
    again = admin.post("/api/v1/orders", json=BODIES["orders"], headers=headers)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["location"] == first.headers["location"]
    assert len(admin.get("/api/v1/orders").json()["items"]) == 2


def test_a_key_is_not_for_another_request_but_for_another_user(
    admin: TestClient, signed_in: SignIn
) -> None:
    headers = {"Idempotency-Key": "k-1"}
    vehicle = BODIES["vehicles"]
    assert admin.post("/api/v1/vehicles", json=vehicle, headers=headers).status_code == 201
    other = vehicle | {"plate": "蒙A00002"}
    refused = admin.post("/api/v1/vehicles", json=other, headers=headers)
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:taigan:problem:key_reused")
    someone = signed_in("dispatcher")
    assert someone.post("/api/v1/vehicles", json=other, headers=headers).status_code == 201


def test_a_refused_request_leaves_its_key_free(admin: TestClient) -> None:
    headers = {"Idempotency-Key": "k-1"}
    bad = BODIES["cards"] | {"driver_id": "nobody"}
    assert admin.post("/api/v1/cards", json=bad, headers=headers).status_code == 422
    assert admin.post("/api/v1/cards", json=BODIES["cards"], headers=headers).status_code == 201


@on_both
def test_the_same_key_many_times_at_once_makes_one_order(admin: TestClient) -> None:
    def post(_: int) -> bytes:
        headers = {"Idempotency-Key": "k-1"}
        return admin.post("/api/v1/orders", json=BODIES["orders"], headers=headers).content

    with ThreadPoolExecutor(6) as pool:
        answers = set(pool.map(post, range(12)))
    assert len(answers) == 1
    assert len(admin.get("/api/v1/orders").json()["items"]) == 2


@on_both
def test_of_many_that_register_the_same_plate_at_once_one_wins(admin: TestClient) -> None:
    def post(_: int) -> int:
        return admin.post("/api/v1/vehicles", json=BODIES["vehicles"]).status_code

    with ThreadPoolExecutor(6) as pool:
        codes = sorted(pool.map(post, range(6)))
    assert codes == [201, 409, 409, 409, 409, 409]


@on_both
def test_pages_are_complete_and_stable_while_rows_are_added(
    world: World, admin: TestClient
) -> None:
    def add(number: int) -> str:
        world.clock[0] += number % 3 // 2  # several rows in one millisecond
        body = BODIES["vehicles"] | {"plate": f"蒙B{number:05}"}
        plate: str = admin.post("/api/v1/vehicles", json=body).json()["plate"]
        return plate

    plates = {add(number) for number in range(25)} | {"蒙K12345"}
    seen: list[str] = []
    cursor = None
    while True:
        params = {"limit": 4} | ({"cursor": cursor} if cursor else {})
        page = admin.get("/api/v1/vehicles", params=params).json()
        seen += [vehicle["plate"] for vehicle in page["items"]]
        add(100 + len(seen))
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen))
    assert plates <= set(seen) or plates == set(seen)


@pytest.mark.parametrize(
    "params", [{"limit": 0}, {"limit": 201}, {"limit": "x"}, {"cursor": "x"}, {"cursor": "W10"}]
)
def test_a_bad_page_is_refused_by_name(viewer: TestClient, params: dict[str, Any]) -> None:
    answer = viewer.get("/api/v1/lanes", params=params)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] in params


def test_what_is_not_there_is_a_problem_too(viewer: TestClient) -> None:
    for path in ("/api/v1/vehicles/x", "/api/v1/lanes/mine/x", "/api/v1/nothing", "/nothing"):
        answer = viewer.get(path)
        assert answer.status_code == 404
        assert answer.json()["type"] == "urn:taigan:problem:not_found"
        assert answer.json()["instance"] == path
    assert viewer.put("/api/v1/lanes").json()["type"] == "urn:taigan:problem:method_not_allowed"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'"x"', b"null"])
def test_a_body_that_is_no_object_is_refused_politely(admin: TestClient, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = admin.post("/api/v1/vehicles", content=body, headers=headers)
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_body_that_is_too_large_is_refused_unread(admin: TestClient) -> None:
    headers = {"Content-Type": "application/json"}
    answer = admin.post("/api/v1/vehicles", content=b" " * 300_000, headers=headers)
    assert answer.status_code == 413


def test_a_lane_is_retired_and_active_again(admin: TestClient) -> None:
    made = admin.post("/api/v1/lanes", json=BODIES["lanes"])
    place = made.headers["location"]
    assert made.json()["status"] == "active"
    retired = admin.patch(place, json={"status": "retired"}, headers={"If-Match": '"1"'})
    assert (retired.json()["status"], retired.json()["revision"]) == ("retired", 2)
    lanes = admin.get("/api/v1/lanes", params={"status": "retired"}).json()["items"]
    assert [lane["id"] for lane in lanes] == ["third"]
    shown = admin.get("/api/v1/lanes/current").json()["items"]
    assert "third" not in {lane["lane_id"] for lane in shown}
    again = admin.patch(place, json={"status": "active"}, headers={"If-Match": '"2"'})
    assert again.json()["status"] == "active"
    assert "third" in admin.get("/api/v1/lanes/current").text


def test_one_key_is_for_one_lane(admin: TestClient) -> None:
    assert admin.post("/api/v1/lanes", json=BODIES["lanes"]).status_code == 201
    refused = admin.post("/api/v1/lanes", json={**BODIES["lanes"], "id": "fourth"})
    assert refused.status_code == 409
    assert refused.json()["errors"][0]["field"] == "public_key"
    assert "mine/third" in refused.text
    known = admin.get("/api/v1/lanes").json()["items"]
    other = next(lane for lane in known if lane["id"] != "third")
    place = f"/api/v1/lanes/{other['yard_id']}/{other['id']}"
    etag = {"If-Match": f'"{other["revision"]}"'}
    assert admin.patch(place, json={"public_key": KEY}, headers=etag).status_code == 409
    own = {"public_key": other["public_key"]}
    assert admin.patch(place, json=own, headers=etag).status_code == 200
