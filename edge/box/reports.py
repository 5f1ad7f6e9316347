"""What the lane sends to screens: the live weight, and its state with its devices' health."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

from edge.journal.journal import Journal
from edge.lane.effects import Texts
from edge.lane.health import Health
from edge.lane.sensors import Sensors
from edge.lane.signals import Instant
from edge.lane.state import Lane
from edge.messages import DeviceHealth, LaneLive, LaneState
from edge.ports import Link

LIVE_MS: Final = 500
STATE_MS: Final = 5_000


@dataclass(frozen=True, slots=True)
class ScreenView:
    """The lane as screens show it."""

    lane: Lane
    texts: Texts
    journal_trouble: str | None


class Reports:
    """Publishes live and state messages when they are due. Neither is used for money."""

    def __init__(
        self, sensors: Sensors, health: Health, journal: Journal, link: Link, gateway_key_id: str
    ) -> None:
        self._sensors = sensors
        self._health = health
        self._journal = journal
        self._link = link
        self._gateway_key_id = gateway_key_id
        self._live_ms: int | None = None
        self._state_ms: int | None = None
        self._last_live: tuple[object, ...] = ()
        self._last_health: Mapping[str, bool] = {}

    def repeat_all(self) -> None:
        """Publish everything the next time: somebody new may be listening."""
        self._live_ms = self._state_ms = None

    def publish(self, view: ScreenView, at: Instant) -> None:
        """Publish what is due: at once when the lane changed, else live at 2 Hz, state at 5 s."""
        lane = view.lane
        live = (lane.state, lane.stop and lane.stop.stop_id, dict(view.texts))
        now_ms = at.mono_ms
        if (
            live == self._last_live
            and self._live_ms is not None
            and now_ms - self._live_ms < LIVE_MS
        ):
            return
        self._live_ms, self._last_live = now_ms, live
        self._link.publish("live", self._live(view, at).model_dump_json())
        self._publish_state(view, at)

    def next_ms(self) -> int:
        """Return when the next message is due."""
        return 0 if self._live_ms is None else self._live_ms + LIVE_MS

    def _publish_state(self, view: ScreenView, at: Instant) -> None:
        devices = self._devices(view, at.mono_ms)
        health = {name: one.ok for name, one in devices.items()}
        fresh = self._state_ms is not None and at.mono_ms - self._state_ms < STATE_MS
        if fresh and health == self._last_health:
            return
        self._state_ms, self._last_health = at.mono_ms, health
        self._link.publish("state", self._state(devices, at).model_dump_json())

    def _live(self, view: ScreenView, at: Instant) -> LaneLive:
        lane, now_ms = view.lane, at.mono_ms
        return LaneLive(
            state=lane.state.value,
            weight_kg=self._sensors.scale.weight_kg(now_ms),
            stable=self._sensors.scale.stability.steady(now_ms) is not None,
            display=dict(view.texts),
            beams_clear=self._sensors.beams.are_clear(now_ms),
            stop_id=lane.stop.stop_id if lane.stop else None,
            state_for_s=max(0, now_ms - lane.since_ms) / 1000,
            at=at.utc,
        )

    def _devices(self, view: ScreenView, now_ms: int) -> dict[str, DeviceHealth]:
        trouble = view.journal_trouble
        journal = DeviceHealth(ok=trouble is None, detail=trouble or "")
        return self._health.devices(self._sensors, now_ms) | {"journal": journal}

    def _state(self, devices: dict[str, DeviceHealth], at: Instant) -> LaneState:
        return LaneState(
            online=True,
            version=version("taigan"),
            devices=devices,
            clock=at.clock,
            epoch=self._journal.epoch,
            seq=self._journal.seq,
            outbox_depth=self._journal.depth,
            gateway_key_id=self._gateway_key_id,
            unopened=self._link.unopened,
            at=at.utc,
        )
