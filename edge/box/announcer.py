"""What the driver sees, hears and gets on paper. Never about money.

It comes after the records and the barriers of the same signal, and nothing in it waits.
"""

from typing import Final

from edge.config import Settings
from edge.devices.displays.codec import Shown
from edge.devices.slip import Slip
from edge.devices.voice import Spoken
from edge.journal.journal import Journal
from edge.lane.effects import Texts
from edge.lane.sensors import Sensors
from edge.lane.signals import Instant
from edge.lane.state import Lane, State, Stop, greens
from edge.messages import ClockQuality, sha256_hex
from edge.ports import Ports, Printer

WEIGHT_IS_SAID: Final = {State.RELEASED, State.HELD_ON_DECK}
"""Not while it is only weighed: most decisions come before the sentence would be over."""


class Announcer:
    """Announces each thing once."""

    def __init__(
        self, settings: Settings, sensors: Sensors, journal: Journal, ports: Ports
    ) -> None:
        own = settings.display.language if settings.display else None
        self._language = own or settings.language
        self._settings = settings
        self._sensors = sensors
        self._journal = journal
        self._ports = ports
        self._shown: Shown | None = None
        self._texts: Texts | None = None
        self._state = State.STARTING
        self._weight_said: Stop | None = None

    def announce(self, lane: Lane, texts: Texts, at: Instant) -> None:
        """Show, say and print what is new about the lane."""
        self._show(lane, texts, at.mono_ms)
        if self._ports.voice is not None and texts != self._texts:
            self._texts = texts
            self._ports.voice.say(Spoken(texts, self._weight_to_say(lane.stop, lane.state)))
        before, self._state = self._state, lane.state
        printer = self._ports.printer
        if printer is not None and lane.stop is not None and _is_news(before, lane.state):
            self._print(printer, lane.stop, at)

    def _show(self, lane: Lane, texts: Texts, now_ms: int) -> None:
        shown = Shown(
            text=texts[self._language],
            weight_kg=self._sensors.scale.weight_kg(now_ms),
            stable=self._sensors.scale.stability.steady(now_ms) is not None,
            green=any(greens(lane.state).values()),
        )
        if shown != self._shown:
            self._shown = shown
            self._ports.screen.show(shown)

    def _weight_to_say(self, stop: Stop | None, state: State) -> int | None:
        """Return the stop's weight, once."""
        said = self._weight_said
        if stop is None or state not in WEIGHT_IS_SAID or stop.weighing_id is None:
            return None
        if said is not None and said.weighing_id == stop.weighing_id:
            return None
        self._weight_said = stop
        return stop.weight_kg

    def _print(self, printer: Printer, stop: Stop, at: Instant) -> None:
        seq = self._journal.number_of(stop.weighing_id) if stop.weighing_id else None
        if seq is None or stop.weight_kg is None:
            return
        record = self._journal.sealed(seq)
        printer.print(
            Slip(
                yard=self._settings.yard,
                lane=self._settings.lane,
                at=at.utc,
                clock_is_set=at.clock is not ClockQuality.UNSET,
                weight_kg=stop.weight_kg,
                tag=stop.tag,
                seq=seq,
                record_sha256=sha256_hex(record.body),
            )
        )


def _is_news(before: State, now: State) -> bool:
    """Tell whether a truck was released just now, and not before a restart."""
    return now is State.RELEASED and before not in {State.RELEASED, State.STARTING}
