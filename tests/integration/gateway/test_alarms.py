"""What an alarm belongs to: the lane where it began, or no lane."""

from importlib import import_module
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import delete, insert, text

from gateway.records.alarm_kinds import AlarmKind
from gateway.records.tables import alarms
from gateway.tickets.record_context import RecordContext, TicketRules
from gateway.tickets.tables import unpaid
from tests.integration.gateway.driving import Gateway
from tests.integration.gateway.test_alarms_end import answer, delivered
from tests.integration.gateway.yard import TAG, record_in


@pytest.mark.parametrize(
    ("kind", "hints", "still_open"),
    [
        (AlarmKind.TICKET_NOT_SETTLED, 2, []),
        (AlarmKind.LANE_FAULT, 1, ["lane_fault"]),
    ],
)
def test_another_lane_closes_an_alarm_of_no_lane_and_only_such_a_one(
    gateway: Gateway, kind: AlarmKind, hints: int, still_open: list[str]
) -> None:
    began, ended = (
        record_in(gateway.lane(name).arrived(uuid4())) for name in ("plant-in", "mine-in")
    )
    with gateway.engine.begin() as connection:
        context = RecordContext(connection, TicketRules.of(gateway.settings), gateway.now_ms)
        context.raise_alarm(began, kind, "", TAG)
        context.resolve_alarm(ended, kind, TAG)
    assert [hint.event for hint in context.alarm_hints] == ["alarm"] * hints
    assert gateway.alarms() == still_open
    assert gateway.row(alarms)["subject"] == TAG


def test_screens_are_told_of_the_alarms_of_a_record(gateway: Gateway) -> None:
    lane = gateway.lane("mine-in")
    for state in ("raised", "cleared"):
        (hint,) = gateway.receive(lane.fault(state)).hints
        assert (hint.event, hint.data["kind"]) == ("alarm", "lane_fault")


MIGRATION: Any = import_module("gateway.migrations.versions.0007_alarms")


def test_of_alarms_that_were_opened_twice_the_older_one_stays_open(gateway: Gateway) -> None:
    kinds = ("lane_fault", "lane_fault", "zero_off")
    for number, kind in enumerate(kinds):
        row = {"id": str(number), "kind": kind, "yard_id": "mine", "lane_id": "mine-in", "count": 1}
        seen = {"detail": "", "first_ms": number, "last_ms": 10 * number}
        with gateway.engine.begin() as connection:
            connection.execute(insert(alarms), row | seen)
    with gateway.engine.begin() as connection:
        connection.execute(text(MIGRATION.CLOSE_TWINS))
        connection.execute(text(MIGRATION.KEY_OPEN_ONES))
    keys = {row["id"]: row["open_key"] for row in gateway.rows(alarms)}
    assert keys == {
        "0": "lane_fault|mine|mine-in|",
        "1": None,
        "2": "zero_off|mine|mine-in|",
    }
    gateway.receive(gateway.lane("mine-in").arrived(uuid4()))  # with a good zero
    assert gateway.alarms() == ["lane_fault"]


@pytest.mark.parametrize(("state", "waits"), [("failed", True), ("held", True), ("paid", False)])
def test_drivers_who_were_not_paid_before_are_found(
    gateway: Gateway, *, state: str, waits: bool
) -> None:
    ticket_id = delivered(gateway)
    answer(gateway, ticket_id, 1, state)
    with gateway.engine.begin() as connection:
        connection.execute(delete(unpaid))
        connection.execute(text(MIGRATION.FIND_UNPAID))
    assert [row["ticket_id"] for row in gateway.rows(unpaid)] == ([ticket_id] if waits else [])
