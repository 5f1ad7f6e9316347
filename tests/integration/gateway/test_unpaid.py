"""A driver who is not paid is somebody's task until he is paid or a person has closed it."""

import pytest

from gateway.records.alarms import close_alarm
from gateway.records.tables import alarms
from gateway.tickets.tables import unpaid
from tests.integration.gateway.driving import Gateway
from tests.integration.gateway.test_alarms_end import EVERY_LANE, answer, delivered, set_done
from tests.integration.gateway.watching import Watch

MINUTE_S = 60


@pytest.fixture
def ticket_id(gateway: Gateway) -> str:
    ticket = delivered(gateway)
    set_done(gateway)
    return ticket


def close_by_hand(gateway: Gateway) -> None:
    (row,) = (row for row in gateway.rows(alarms) if row["resolved_ms"] is None)
    with gateway.engine.begin() as connection:
        close_alarm(connection, row["id"], "finance", "paid in cash", gateway.now_ms)


def test_the_alarm_names_who_is_not_paid_how_much_and_why(gateway: Gateway, ticket_id: str) -> None:
    told = answer(gateway, ticket_id, revision=1, state="failed", reason="account_closed")
    assert told == ["payout_failed"]
    row = gateway.row(alarms)
    assert row["subject"] == ticket_id
    assert row["detail"] == "N1 蒙K00001 张三 ¥1484.10: failed account_closed"


def test_a_payout_that_is_tried_again_calls_until_it_is_paid(
    gateway: Gateway, ticket_id: str
) -> None:
    for revision, state, reason in ((1, "held", "guard"), (2, "ready", None), (3, "sending", None)):
        answer(gateway, ticket_id, revision=revision, state=state, reason=reason)
        assert gateway.alarms() == ["payout_stopped"]
    answer(gateway, ticket_id, revision=4, state="failed", reason="refused")
    assert gateway.alarms() == ["payout_failed"]
    answer(gateway, ticket_id, revision=5, state="paid")
    assert (gateway.alarms(), gateway.rows(unpaid)) == ([], [])
    answer(gateway, ticket_id, revision=6, state="returned", reason="no_such_account")
    assert gateway.alarms() == ["payout_returned"]


def test_old_news_that_comes_late_calls_nobody(gateway: Gateway, ticket_id: str) -> None:
    answer(gateway, ticket_id, revision=2, state="paid")
    assert answer(gateway, ticket_id, revision=1, state="held", reason="guard") == []
    assert (gateway.alarms(), gateway.rows(unpaid)) == ([], [])


@pytest.mark.parametrize(
    ("state", "reason"),
    [("held", "funds"), ("held", "rail_paused"), ("unknown", None), ("accepted", None)],
)
def test_one_who_waits_too_long_is_called_for_once(
    gateway: Gateway, ticket_id: str, state: str, reason: str | None
) -> None:
    answer(gateway, ticket_id, revision=1, state=state, reason=reason)
    watch = Watch(gateway).after(29 * MINUTE_S, *EVERY_LANE)
    assert gateway.alarms() == []
    watch.after(61, *EVERY_LANE).after(5, *EVERY_LANE)
    Watch(gateway, "other").after(5, *EVERY_LANE)
    assert gateway.alarms() == ["payout_waiting"]
    assert gateway.row(alarms)["count"] == 1


def test_what_a_person_closed_stays_closed_until_something_happens(
    gateway: Gateway, ticket_id: str
) -> None:
    answer(gateway, ticket_id, revision=1, state="failed", reason="account_closed")
    close_by_hand(gateway)
    Watch(gateway).after(31 * MINUTE_S, *EVERY_LANE).after(5, *EVERY_LANE)
    assert gateway.alarms() == []
    answer(gateway, ticket_id, revision=2, state="manual", reason="paid_after_failed")
    assert gateway.alarms() == ["payout_manual"]
