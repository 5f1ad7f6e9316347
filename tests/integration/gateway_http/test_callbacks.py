"""What settlement posts: believed only if it is signed, kept only if it is newer."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook
from starlette.testclient import TestClient

from settlement.messages import PayoutState, SettlementUpdated
from tests.integration.gateway_http.world import (
    WEBHOOK_SECRET,
    World,
    add_ticket,
    name_id,
    settlement_of,
)

PATH = "/api/v1/callbacks/settlement"


def news(state: PayoutState, revision: int) -> str:
    settled = settlement_of(name_id("ticket 1 unloading"), state, revision=revision)
    return SettlementUpdated(timestamp=datetime.now(UTC), data=settled).model_dump_json()  # noqa: TID251 - the library checks against the real clock


def signed(body: str, *, secret: str = WEBHOOK_SECRET, age_s: int = 0) -> dict[str, str]:
    at = datetime.now(UTC) - timedelta(seconds=age_s)  # noqa: TID251 - as above
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", at, body),
    }


@pytest.fixture
def ticket_id(world: World) -> str:
    return add_ticket(world, "1", "unloading", 47_700, 15_220)


def post(client: TestClient, body: str, headers: dict[str, str]) -> tuple[int, object]:
    answer = client.post(PATH, content=body.encode(), headers=headers)
    return answer.status_code, answer.json()


def test_news_is_stored_and_told_to_the_screens(
    world: World, client: TestClient, viewer: TestClient, ticket_id: str
) -> None:
    async def story() -> bytes:
        stream = world.hub.watch(lambda: world.clock[0])
        await anext(stream)
        body = news(PayoutState.ACCEPTED, 1)
        assert await asyncio.to_thread(post, client, body, signed(body)) == (200, {"stored": True})
        return await anext(stream)

    assert b"event: ticket" in asyncio.run(story())
    ticket = viewer.get(f"/api/v1/tickets/{ticket_id}").json()
    assert ticket["settlement"]["payout"]["state"] == "accepted"


@pytest.mark.usefixtures("ticket_id")
def test_only_a_higher_revision_is_stored(client: TestClient, viewer: TestClient) -> None:
    for state, revision, stored in [
        (PayoutState.ACCEPTED, 2, True),
        (PayoutState.READY, 1, False),
        (PayoutState.READY, 2, False),
        (PayoutState.PAID, 3, True),
    ]:
        body = news(state, revision)
        assert post(client, body, signed(body)) == (200, {"stored": stored})
    [ticket] = viewer.get("/api/v1/tickets").json()["items"]
    assert ticket["settlement"]["payout"]["state"] == "paid"


GOOD = news(PayoutState.PAID, 1)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(GOOD, secret="whsec_" + "A" * 32),
        signed(GOOD + " "),
        signed(GOOD, age_s=86_400),
        signed(GOOD, age_s=-86_400),  # made when the tests are collected, long before it is sent
        signed(GOOD) | {"webhook-id": "msg_2"},
        signed(GOOD) | {"webhook-signature": "v1"},
        signed(GOOD) | {"webhook-signature": "v1,a,b"},
        signed(GOOD) | {"webhook-signature": "v1,***"},
        signed(GOOD) | {"webhook-signature": "v1,A"},
        signed(GOOD) | {"webhook-signature": "v2," + signed(GOOD)["webhook-signature"][3:]},
        signed(GOOD) | {"webhook-timestamp": "yesterday"},
        signed(GOOD) | {"webhook-timestamp": "nan"},
        signed(GOOD) | {"webhook-timestamp": "9" * 400},
    ],
)
@pytest.mark.usefixtures("ticket_id")
def test_forged_news_is_refused_and_changes_nothing(
    client: TestClient, viewer: TestClient, headers: dict[str, str]
) -> None:
    status, answer = post(client, GOOD, headers)
    assert status == 401
    assert isinstance(answer, dict)
    assert answer["type"] == "urn:taigan:problem:bad_signature"
    assert viewer.get("/api/v1/tickets").json()["items"][0]["settlement"] is None


def test_signed_bytes_that_are_not_text_are_refused(client: TestClient) -> None:
    answer = client.post(PATH, content=b"\xff\xfe", headers=signed(GOOD))
    assert answer.status_code == 401


@pytest.mark.parametrize("body", ["", "{", "[]", json.dumps({"type": "settlement.updated"})])
def test_signed_nonsense_is_refused_by_field(client: TestClient, body: str) -> None:
    status, answer = post(client, body, signed(body))
    assert status == 422
    assert isinstance(answer, dict)
    assert answer["errors"]


def test_news_about_an_unknown_ticket_is_answered_and_forgotten(client: TestClient) -> None:
    assert post(client, GOOD, signed(GOOD)) == (200, {"stored": False})
