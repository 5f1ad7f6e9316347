"""What an alarm belongs to: the lane where it began, or no lane."""

from uuid import uuid4

import pytest

from gateway.records.alarm_kinds import AlarmKind
from gateway.records.tables import alarms
from gateway.tickets.record_context import RecordContext, TicketRules
from tests.integration.gateway.driving import Gateway
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
