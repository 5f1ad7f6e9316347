"""An indicator that speaks any protocol of the table, by itself or when it is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from edge.devices.readings import Reading
from edge.devices.scales import SCALES, scale_decoder
from simulators.cable import Cable, OpenLine
from simulators.faults import LineFaults
from simulators.lines import Line
from simulators.panel import Panel, Range, tellings
from simulators.uart import UartSettings


@dataclass(frozen=True, slots=True)
class IndicatorModel:
    """What is bought and how it is set up."""

    protocol: str = "yaohua-continuous"
    options: Mapping[str, object] = field(default_factory=dict)
    range: Range = field(default_factory=Range)
    line: UartSettings | None = None
    """None: the protocol's usual settings."""


class Indicator:
    """Shows the load on the deck, and sends what it shows."""

    def __init__(self, model: IndicatorModel, open_line: OpenLine, rng: Random) -> None:
        """Raise BadOption, or ValueError if the protocol cannot carry the scale's range."""
        self.model = model
        self.codec = scale_decoder(model.protocol, model.options)
        usual = UartSettings.parse(SCALES[model.protocol].lines[0])
        self.cable = Cable(open_line, model.line or usual, rng)
        self.cable.on_request(self.codec.request, self._transmit)
        self.panel = Panel(model.range)
        self.frame_s = self.cable.settings.seconds(len(self._largest_frame()))
        """How long a frame is under way on the wire: none is sent more often."""

    @property
    def line(self) -> Line:
        return self.cable.line

    @property
    def faults(self) -> LineFaults:
        return self.cable.faults

    @property
    def shown_kg(self) -> int:
        return self.panel.shown_kg

    def send(self, load_kg: float) -> None:
        """Look at the load cells, and send a frame unless the protocol waits to be asked."""
        self.panel.look(load_kg)
        if not self.codec.request:
            self._transmit()

    def check_load(self, load_kg: float, tare_kg: int) -> None:
        """Raise ValueError if the protocol cannot carry what would be shown; nothing changes."""
        if tare_kg < 0:
            raise ValueError(f"tare_kg {tare_kg}: a tare is no less than 0")
        panel = Panel(self.model.range)
        panel.tare_kg = tare_kg
        self.frame(panel.look(load_kg))

    def frame(self, reading: Reading) -> bytes:
        """Return the frame that says most of a reading; ValueError if its weight cannot be sent.

        It is empty for a state that the protocol has no place for: such an indicator goes quiet.
        """
        refusals = []
        for told in tellings(reading):
            try:
                return self.codec.encode(told)
            except ValueError as error:
                refusals.append(error)
        if reading.state is None:
            raise refusals[-1]
        return b""

    def _transmit(self) -> None:
        if frame := self.frame(self.panel.reading()):
            self.cable.send(frame)

    def _largest_frame(self) -> bytes:
        return self.frame(Panel(self.model.range).look(self.model.range.max_kg))
