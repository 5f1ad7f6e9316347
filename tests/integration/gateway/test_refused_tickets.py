"""A ticket that settlement refused is sent again when its data are put right, and only then."""

from uuid import UUID

import pytest
from sqlalchemy import update

from gateway.outbox.tables import outbox
from gateway.registry.tables import drivers
from gateway.tickets.record_context import TicketRules
from gateway.tickets.settlements import refuse_settlement, store_settlement
from gateway.tickets.settling import NotRefused, Queued, queue_refused
from gateway.tickets.tables import tickets
from settlement.messages import SettlementState, TicketToSettle
from tests.integration.gateway.driving import Gateway
from tests.integration.gateway.radio import settled


def set_account(gateway: Gateway, account: str) -> None:
    with gateway.engine.begin() as connection:
        connection.execute(update(drivers).values(account=account))


def queue_again(gateway: Gateway, ticket: TicketToSettle) -> Queued:
    links = TicketRules.of(gateway.settings).links
    with gateway.engine.begin() as connection:
        return queue_refused(connection, ticket.ticket_id, links, gateway.now_ms + 1)


def delivered(gateway: Gateway) -> TicketToSettle:
    gateway.deliver()
    return TicketToSettle.model_validate_json(gateway.row(outbox)["body"])


def test_a_refused_ticket_goes_out_again_with_the_account_as_it_is_now(gateway: Gateway) -> None:
    ticket = delivered(gateway)
    with gateway.engine.begin() as connection:
        refuse_settlement(connection, ticket.ticket_id, "422: account", gateway.now_ms)
        connection.execute(update(outbox).values(done_ms=gateway.now_ms))
    set_account(gateway, "622200000777")
    assert queue_again(gateway, ticket).is_queued
    row = gateway.row(outbox)
    again = TicketToSettle.model_validate_json(row["body"])
    assert (row["done_ms"], again.payee.account) == (None, "622200000777")
    assert again.unloading == ticket.unloading


def test_a_ticket_that_never_could_be_sent_is_sent_once_it_can(gateway: Gateway) -> None:
    set_account(gateway, "?")
    gateway.deliver()
    refused = gateway.row(tickets, purpose="unloading")
    assert gateway.rows(outbox) == []
    set_account(gateway, "622200000777")
    links = TicketRules.of(gateway.settings).links
    with gateway.engine.begin() as connection:
        assert queue_refused(connection, UUID(refused["id"]), links, gateway.now_ms).is_queued
    assert gateway.row(outbox)["ticket_id"] == refused["id"]


def test_a_ticket_on_its_way_or_settled_is_not_sent_again(gateway: Gateway) -> None:
    ticket = delivered(gateway)
    with pytest.raises(NotRefused):
        queue_again(gateway, ticket)
    state = SettlementState.model_validate_json(settled(str(ticket.ticket_id))[1])
    with gateway.engine.begin() as connection:
        connection.execute(update(outbox).values(done_ms=gateway.now_ms))
        store_settlement(connection, state, gateway.now_ms)
    with pytest.raises(NotRefused):
        queue_again(gateway, ticket)
