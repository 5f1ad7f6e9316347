"""The gateway without a broker: messages in, outcomes out, each in its own transaction."""

from typing import Any, Self
from uuid import UUID, uuid4

from sqlalchemy import Engine, Select, Table, select
from sqlalchemy.engine import RowMapping

from edge.messages import Action, Verdict
from gateway.records.alarms import raise_alarm
from gateway.records.envelope import Envelope, Rejected
from gateway.records.service import AfterCommit, receive, rejection_alarm
from gateway.records.tables import alarms
from gateway.tickets.service import Tickets
from tests.integration.gateway.yard import (
    START_MS,
    TAG,
    FakeLane,
    build_world,
    record_in,
    settings_for,
)


class Gateway:
    """Applies messages like the ingest worker does, and looks at what came of it."""

    def __init__(self, engine: Engine, **sections: Any) -> None:
        self.engine = engine
        url = str(engine.url.render_as_string(hide_password=False))
        self.settings = settings_for(url, **sections)
        self.tickets = Tickets(self.settings)
        self.now_ms = START_MS
        with engine.begin() as connection:
            self.world = build_world(connection)

    def with_settings(self, **sections: Any) -> Self:
        """Change sections of the settings."""
        self.settings = self.settings.model_copy(update=sections)
        self.tickets = Tickets(self.settings)
        return self

    def receive(self, envelope: Envelope) -> AfterCommit:
        try:
            with self.engine.begin() as connection:
                return receive(connection, envelope, self.tickets, self.now_ms)
        except Rejected as error:
            with self.engine.begin() as connection:
                alarm = rejection_alarm(envelope, error)
                return AfterCommit(hints=(raise_alarm(connection, alarm, self.now_ms),))

    def verdict(self, envelope: Envelope) -> Verdict:
        """Return the only verdict that the message is answered with."""
        ((_, _, verdict),) = self.receive(envelope).receipt
        return verdict

    def decision(self, envelope: Envelope) -> tuple[Action, str | None]:
        """Return the only command that the message is answered with."""
        (command,) = self.receive(envelope).commands
        return command.action, command.reason

    def lane(self, name: str) -> FakeLane:
        return self.world.lane(name)

    def cross(self, lane: FakeLane, weight_kg: int, tag: str = TAG) -> tuple[UUID, AfterCommit]:
        """Let a truck be weighed and released; return its stop and the release's outcome."""
        stop_id = uuid4()
        assert self.decision(lane.arrived(stop_id, tag)) == (Action.ADMIT, None)
        weighed = lane.weighed(stop_id, weight_kg, tag)
        assert self.decision(weighed) == (Action.RELEASE, None)
        weighing_id = record_in(weighed).event_id
        outcome = self.receive(lane.released(stop_id, weighing_id))
        self.receive(lane.left(stop_id, weighing_id))
        return stop_id, outcome

    def deliver(self, tag: str = TAG) -> AfterCommit:
        """Drive one whole trip: 16 t empty, 49 t loaded, 48.96 t arriving, 15.98 t empty."""
        self.cross(self.lane("mine-in"), 16_000, tag)
        self.cross(self.lane("mine-out"), 49_000, tag)
        self.cross(self.lane("plant-in"), 48_960, tag)
        return self.cross(self.lane("plant-out"), 15_980, tag)[1]

    def rows(self, table: Table, **equal: Any) -> list[RowMapping]:
        statement: Select[Any] = select(table).filter_by(**equal)
        with self.engine.begin() as connection:
            return list(connection.execute(statement).mappings())

    def row(self, table: Table, **equal: Any) -> RowMapping:
        (found,) = self.rows(table, **equal)
        return found

    def alarms(self) -> list[str]:
        """Return the kinds of the open alarms."""
        return sorted(row["kind"] for row in self.rows(alarms) if row["resolved_ms"] is None)
