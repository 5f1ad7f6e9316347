"""How the devices of a lane are, judged by the age of their last good answer and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from edge.config import Rules
from edge.lane.effects import Barrier
from edge.lane.legibility import Legibility
from edge.lane.sensors import Sensors
from edge.lane.signals import CardUnreadable, PortChanged
from edge.lane.state import Lane, State
from edge.messages import DeviceHealth

ZERO_FAULT_MS: Final = 60_000
"""An idle scale that is off zero for this long needs a person to look at it."""

BEAM_FAULT_MS: Final = 120_000
"""A photocell blocked for this long is dirty, cut off, or has a truck parked in it."""


@dataclass(frozen=True, slots=True)
class _Port:
    is_open: bool
    detail: str
    changed_ms: int


class Health:
    """Follows ports and reports every device."""

    def __init__(
        self,
        rules: Rules,
        readers: tuple[str, ...],
        now_ms: int,
        others: Mapping[str, str] | None = None,
    ) -> None:
        """`others` are further devices, each with the reason that its loss is recorded under."""
        self._rules = rules
        self._reasons = dict.fromkeys(readers, "reader_lost") | dict(others or {})
        shut = _Port(is_open=False, detail="", changed_ms=now_ms)
        self._ports = dict.fromkeys(self._reasons, shut)
        self._card_ms: dict[str, int] = {}
        self._legible = {name: Legibility() for name in readers}
        self._zero_ms = now_ms
        self._optional: dict[str, _Port] = {}
        self.plc_refusal = ""
        """Why the relay board moves no barrier although it answers; empty while it does."""

    def note_port(self, signal: PortChanged) -> None:
        """Take note of an opened or lost port; why it is lost may change, since when does not."""
        port = _Port(is_open=signal.is_open, detail=signal.detail, changed_ms=signal.mono_ms)
        known = self._ports if signal.device in self._ports else self._optional
        before = known.get(signal.device)
        if before is not None and before.is_open == port.is_open:
            port = replace(port, changed_ms=before.changed_ms)
        known[signal.device] = port

    def note_card(self, reader: str, now_ms: int) -> None:
        """Take note of a card or plate read."""
        self._card_ms[reader] = now_ms
        if reader in self._legible:
            self._legible[reader].read()

    def note_unreadable(self, signal: CardUnreadable) -> None:
        """Take note of what a reader sent and is no card."""
        self._legible[signal.reader].failed(signal.reason, signal.mono_ms)

    def wrong(
        self, lane: Lane, sensors: Sensors, barriers: Mapping[Barrier, str], now_ms: int
    ) -> dict[str, str]:
        """Return device -> reason for everything that deserves a fault record now."""
        limit_ms = self._rules.out_of_service_ms
        found = {
            name: self._reasons[name]
            for name, port in self._ports.items()
            if not port.is_open and now_ms - port.changed_ms > limit_ms
        }
        found |= {
            name: "reader_unreadable"
            for name, legible in self._legible.items()
            if name not in found and legible.is_wrong(now_ms)
        }
        found |= {f"{name}-barrier": reason for name, reason in barriers.items()}
        found |= {
            f"{name}-beam": "beam_blocked"
            for name, since_ms in sensors.beams.blocked_since_ms.items()
            if now_ms - since_ms > BEAM_FAULT_MS
        }
        if sensors.beams.is_silent(now_ms):
            found["plc"] = "plc_silent"
        found = sensors.identification.plates.wrong() | found
        scale = self._scale_reason(lane, sensors, now_ms)
        return found | ({"scale": scale} if scale else {})

    def devices(self, sensors: Sensors, now_ms: int) -> dict[str, DeviceHealth]:
        """Return the health of every device for the lane's state message."""
        scale_ok = sensors.scale.weight_kg(now_ms) is not None
        report = {
            "scale": DeviceHealth(
                ok=scale_ok,
                age_s=_age_s(sensors.scale.good_ms, now_ms),
                detail=self._scale_detail(sensors, ok=scale_ok),
            ),
            "plc": DeviceHealth(
                ok=not sensors.beams.is_stale(now_ms) and not self.plc_refusal,
                age_s=_age_s(sensors.beams.good_ms, now_ms),
                detail=(sensors.beams.detail or self.plc_refusal)[:200],
            ),
        }
        for name, port in (self._ports | self._optional).items():
            if name != "scale":
                age_s = _age_s(self._card_ms.get(name), now_ms)
                detail = port.detail or sensors.identification.plates.detail(name)
                legible = self._legible.get(name)
                if not detail and legible is not None:
                    detail = legible.detail
                report[name] = DeviceHealth(ok=port.is_open, age_s=age_s, detail=detail[:200])
        return report

    def _scale_reason(self, lane: Lane, sensors: Sensors, now_ms: int) -> str | None:
        trouble = sensors.scale.trouble(now_ms)
        if trouble is not None:
            return trouble
        if sensors.frozen.is_frozen and lane.state not in {State.ADMITTED, State.CARD_ASKED}:
            return "scale_frozen"
        if lane.state is not State.IDLE or sensors.scale.stability.zero(now_ms) is not None:
            self._zero_ms = now_ms
        if now_ms - self._zero_ms > ZERO_FAULT_MS:
            return "zero_not_ready"
        if lane.state is State.BACKING_OUT and lane.stop is None:
            return "deck_taken"
        leaving = lane.state in {State.RELEASED, State.BACKING_OUT}
        stays = leaving and now_ms - lane.since_ms > 2 * self._rules.leave_ms
        return "deck_not_empty" if stays and sensors.beams.are_clear(now_ms) else None

    def _scale_detail(self, sensors: Sensors, *, ok: bool) -> str:
        port = self._optional.get("scale")
        if ok or sensors.scale.detail:
            return sensors.scale.detail or sensors.scale.line_hint
        return port.detail[:200] if port else ""


def _age_s(at_ms: int | None, now_ms: int) -> float | None:
    return None if at_ms is None else max(0, now_ms - at_ms) / 1000
