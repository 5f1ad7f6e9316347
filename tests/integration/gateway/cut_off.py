"""Lanes whose cables can be cut: what they record meanwhile is told when they are back."""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Engine

from edge.messages import Action, LaneState
from gateway.outbox.tables import outbox
from gateway.records.envelope import Envelope
from gateway.records.lane_reports import LaneReports
from gateway.records.service import AfterCommit
from gateway.records.tables import alarms
from gateway.registry.tables import orders
from gateway.tickets.dispatch import Assignment, assign_stop
from gateway.tickets.record_context import TicketRules
from gateway.tickets.service import Tickets
from gateway.tickets.tables import stops
from settlement.messages import TicketToSettle
from tests.integration.gateway.driving import Gateway
from tests.integration.gateway.yard import TAG, add_order, record_in

WEIGHTS = {"mine-in": 16_000, "mine-out": 49_000, "plant-in": 48_960, "plant-out": 15_980}
WAIT_MS = 300_000
CALL_MS = 3_600_000


class Yards(Gateway):
    """The gateway, with lanes whose cables can be cut: what they record is told later."""

    def __init__(self, engine: Engine, **sections: Any) -> None:
        super().__init__(engine, **sections)
        self.forget()
        self._kept: dict[str, list[Envelope]] = {}
        for name in WEIGHTS:
            self.reconnect(name)

    def forget(self) -> None:
        """Let the gateway start anew, before any lane has said how it is."""
        self.reports = LaneReports(lambda: self.now_ms)
        self.tickets = Tickets(self.settings, self.reports.behind)

    def cut(self, *names: str) -> None:
        for name in names:
            self._kept[name] = []
            self.reports.take(self.lane(name).yard, name, LaneState(online=False))

    def reconnect(self, name: str) -> None:
        """Let the lane say where it stands, and then tell what it kept."""
        lane = self.lane(name)
        self.reports.take(lane.yard, name, LaneState(online=True, epoch=lane.epoch, seq=lane.seq))
        for envelope in self._kept.pop(name, []):
            self.tell(name, envelope)

    def tell(self, name: str, envelope: Envelope) -> AfterCommit | None:
        """Pass a lane's record on, unless the lane is cut off."""
        if name in self._kept:
            self._kept[name].append(envelope)
            return None
        said = self.receive(envelope)
        lane = self.lane(name)
        self.reports.take(lane.yard, name, LaneState(online=True, epoch=lane.epoch, seq=lane.seq))
        return said

    def pass_over(self, name: str, weight_kg: int | None = None, tag: str = TAG) -> UUID:
        """Let the truck be weighed; a lane that is cut off lets it go by itself."""
        lane, stop_id = self.lane(name), uuid4()
        self._expect(self.tell(name, lane.arrived(stop_id, tag)), Action.ADMIT)
        weighed = lane.weighed(stop_id, weight_kg or WEIGHTS[name], tag)
        self._expect(self.tell(name, weighed), Action.RELEASE)
        weighing_id = record_in(weighed).event_id
        by = "offline" if name in self._kept else "gateway"
        self.tell(name, lane.released(stop_id, weighing_id, by))
        self.tell(name, lane.left(stop_id, weighing_id))
        return stop_id

    def rebook(self) -> None:
        """Do what the loop does every few seconds."""
        with self.engine.begin() as connection:
            for vehicle_id in self.tickets.waiting(connection, self.now_ms):
                self.tickets.rebook(connection, vehicle_id, self.now_ms)

    def paid_nets(self) -> list[tuple[int, int]]:
        """Return what was given to settlement."""
        sent = [TicketToSettle.model_validate_json(row["body"]) for row in self.rows(outbox)]
        return [(one.loading.net_kg, one.unloading.net_kg) for one in sent]

    @staticmethod
    def _expect(said: AfterCommit | None, action: Action) -> None:
        if said is not None:
            ((command),) = said.commands
            assert (command.action, command.reason) == (action, None)


def known(yards: Yards) -> None:
    """Let the truck make a trip, so that its tare is known, and give it another order."""
    for name in WEIGHTS:
        yards.pass_over(name)
    assert yards.paid_nets() == [(33_000, 32_980)]
    with yards.engine.begin() as connection:
        add_order(connection, "2", "1", yards.now_ms + 1)


def assert_all_is_well(yards: Yards) -> None:
    """Every trip is paid by its own weights, and nobody was called."""
    yards.rebook()
    assert set(yards.paid_nets()) == {(33_000, 32_980)}
    assert {row["status"] for row in yards.rows(orders)} == {"delivered"}
    assert {row["state"] for row in yards.rows(stops)} == {"left"}
    assert yards.rows(alarms, kind="released_unmatched") == []
    assert yards.alarms() == []


def assign(gateway: Gateway, stop_id: UUID, order_id: str | None) -> None:
    assignment = Assignment(stop_id, order_id, "seen_on_site", "li")
    with gateway.engine.begin() as connection:
        assign_stop(connection, assignment, TicketRules.of(gateway.settings), gateway.now_ms)
