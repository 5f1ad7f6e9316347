"""The devices of one lane, made from its settings: what they say, and what is wrong with them."""

from collections.abc import Sequence

import structlog

from edge.config import Settings
from edge.lane.barriers import Barriers
from edge.lane.health import Health
from edge.lane.identification import Identification
from edge.lane.recovery import StopRecord
from edge.lane.scale import ScaleFacts
from edge.lane.sensors import Sensors
from edge.lane.signals import (
    BarrierRefused,
    BarrierTold,
    CardRead,
    CardUnreadable,
    DeviceSignal,
    InputsLost,
    InputsRead,
    Instant,
    PlateSighted,
    PortChanged,
    ScaleRead,
)
from edge.lane.state import Lane, State
from edge.lane.tags import reader_rules

log = structlog.get_logger()


class LaneDevices:
    """Hands each device's signals to those who follow it."""

    def __init__(self, settings: Settings, last_stop: Sequence[StopRecord], now_ms: int) -> None:
        rules, scale = settings.rules, settings.scale
        readers = reader_rules(settings.readers, rules)
        cameras = {camera.name: camera.side for camera in settings.cameras}
        facts = ScaleFacts(
            e_kg=scale.e_kg, max_kg=scale.max_kg, unit=scale.unit, accept_net=scale.accept_net
        )
        identification = Identification(rules, readers, cameras)
        self.sensors = Sensors(rules, facts, now_ms, last_stop, identification)
        self.health = Health(rules, tuple(readers), now_ms, _loss_reasons(settings))
        self.barriers = Barriers(rules)
        self._has_begun = False
        """Whether the deck was judged since the start."""

    def note(self, signal: DeviceSignal, at: Instant) -> None:
        """Take note of what a device says."""
        match signal:
            case ScaleRead():
                self.sensors.scale.read(signal)
            case CardRead():
                self.sensors.identification.read(signal)
                self.health.note_card(signal.reader, signal.mono_ms)
            case CardUnreadable():
                self.health.note_unreadable(signal)
            case PlateSighted():
                self._note_plate(signal, at)
            case PortChanged():
                self.health.note_port(signal)
            case InputsRead() | InputsLost():
                self.sensors.beams.read(signal)
                self.barriers.read(signal)
            case BarrierTold() | BarrierRefused():
                self._note_barrier(signal)
            case _:
                raise TypeError(f"unknown signal {type(signal).__name__}")

    def committed(self, before: Lane, after: Lane) -> None:
        """Follow a change of state that is now on record."""
        self.sensors.committed(before, after)
        if not self._has_begun and after.state not in {State.STARTING, State.OUT_OF_SERVICE}:
            self._has_begun = True
            self.barriers.expect_down(after.since_ms)

    def wrong(self, lane: Lane, now_ms: int) -> dict[str, str]:
        """Return device -> reason for everything that deserves a fault record now."""
        refused = {"plc": self.barriers.trouble} if self.barriers.trouble else {}
        return refused | self.health.wrong(lane, self.sensors, self.barriers.wrong(), now_ms)

    def _note_barrier(self, signal: BarrierTold | BarrierRefused) -> None:
        if isinstance(signal, BarrierTold):
            self.barriers.note_taken(signal)
        else:
            self.barriers.note_refused(signal)
        self.health.plc_refusal = self.barriers.refusal

    def _note_plate(self, signal: PlateSighted, at: Instant) -> None:
        drop = self.sensors.identification.plates.read(signal, at)
        if drop is None:
            self.health.note_card(signal.camera, signal.mono_ms)
        log.info("plate", camera=signal.camera, text=signal.seen.text, dropped=drop)


def _loss_reasons(settings: Settings) -> dict[str, str]:
    """Return the devices that a lane works on without, with the reason their loss is recorded."""
    optional = {
        "pictures": (settings.pictures, "pictures_not_kept"),
        "display": (settings.display, "display_lost"),
        "speaker": (settings.voice, "speaker_lost"),
        "printer": (settings.printer, "printer_lost"),
    }
    cameras = {camera.name: "camera_lost" for camera in settings.cameras}
    return cameras | {
        name: reason for name, (section, reason) in optional.items() if section is not None
    }
