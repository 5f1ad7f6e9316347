"""A gateway that looks for silence when told to, with a broker that is there or not."""

from dataclasses import dataclass, field
from typing import Any, Final

from gateway.records.hints import Hint
from gateway.records.lane_reports import LaneReports
from gateway.watch.ears import Ears
from gateway.watch.lane_keys import LaneKeys
from gateway.watch.watcher import Broker, Watcher
from tests.integration.gateway.driving import Gateway

OWN_KEY_ID: Final = "0123456789abcdef"


@dataclass
class Watch:
    gateway: Gateway
    client_id: str = "gateway"
    trouble: str | None = None
    """What is wrong with the broker."""
    ears: Ears = field(default_factory=Ears)
    keys: LaneKeys = field(default_factory=lambda: LaneKeys(OWN_KEY_ID))
    told: list[Hint] = field(default_factory=list)

    def __post_init__(self) -> None:
        settings, clock = self.gateway.settings.alarms, lambda: self.gateway.now_ms
        self.reports = LaneReports(clock)
        broker = Broker(
            self.client_id,
            lambda: self.trouble,
            self.ears,
            reports=self.reports,
            keys=self.keys,
        )
        self.watcher = Watcher(self.gateway.engine, settings, broker, self._publish, clock)

    def after(self, seconds: float, *heard: str) -> "Watch":
        """Let time pass, hear the lanes named, and look."""
        self.gateway.now_ms += round(seconds * 1000)
        for name in heard:
            self.ears.hear(self.gateway.lane(name).yard, name)
        self.watcher.look()
        return self

    def _publish(self, event: str, data: dict[str, Any]) -> None:
        assert event == "alarm"
        self.told.append(Hint("alarm", data))
