"""A driver's link ends: by time, or because somebody took it back."""

from sqlalchemy import select
from starlette.testclient import TestClient

from gateway.receipt.validity import DAY_MS
from gateway.trail.tables import trail
from settlement.messages import PayoutState
from tests.integration.gateway_http.conftest import SignIn, on_both
from tests.integration.gateway_http.test_pages import deliver, link
from tests.integration.gateway_http.world import World, name_id


def opened(client: TestClient, ticket_id: str) -> list[int]:
    return [client.get(link(ticket_id, rest)).status_code for rest in ("", "/state")]


def test_it_opens_for_so_many_days_and_no_longer(world: World, client: TestClient) -> None:
    ticket_id = deliver(world, PayoutState.PAID)
    world.clock[0] += world.settings.receipt.valid_days * DAY_MS - 1
    assert opened(client, ticket_id) == [200, 200]
    world.clock[0] += 1
    assert opened(client, ticket_id) == [403, 403]


@on_both
def test_finance_takes_a_link_back_for_good_and_no_other(
    world: World, client: TestClient, signed_in: SignIn
) -> None:
    ticket_id = deliver(world, PayoutState.PAID)
    path = f"/api/v1/tickets/{ticket_id}/receipt/revocation"
    body = {"reason": "sent to a wrong number"}
    finance = signed_in("finance")
    assert finance.post(path, json={}).status_code == 422
    assert [finance.post(path, json=body).status_code for _ in range(2)] == [204, 204]
    assert opened(client, ticket_id) == [403, 403]
    assert opened(client, name_id("ticket 1 loading")) == [200, 200]
    with world.engine.begin() as connection:
        row = connection.execute(select(trail)).mappings().one()
    assert (row["who"], row["action"], row["reason"]) == (
        "finance",
        "receipt.revoke",
        body["reason"],
    )
    assert row["subject"] == ticket_id


def test_there_is_nothing_to_take_back_of_no_ticket(signed_in: SignIn) -> None:
    path = f"/api/v1/tickets/{name_id('nothing')}/receipt/revocation"
    assert signed_in("finance").post(path, json={"reason": "x"}).status_code == 404
