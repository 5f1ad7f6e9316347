"""A lane's devices under a test's clock."""

from dataclasses import replace
from decimal import Decimal

from edge.devices.readings import BadFrame, Reading, no_weight
from edge.lane.events import Event
from edge.lane.identification import Identification
from edge.lane.scale import ScaleFacts
from edge.lane.sensors import Sensors
from edge.lane.signals import CardRead, InputsRead, ScaleRead
from edge.lane.state import Lane
from tests.unit.edge.lanes import RULES, TAG

FACTS = ScaleFacts(e_kg=20, max_kg=100_000, unit="kg")
FRAME_MS = 100
OVERLOAD = no_weight("overload")


class Deck:
    """A lane's devices under a test's clock."""

    def __init__(self, identification: Identification | None = None) -> None:
        self.now_ms = 0
        self.sensors = Sensors(RULES, FACTS, 0, (), identification)
        self.beams()

    def weigh(self, *weights: int) -> "Deck":
        for kg in weights:
            self.now_ms += FRAME_MS
            self.sensors.scale.read(ScaleRead(Reading(weight=Decimal(kg)), self.now_ms))
            if self.sensors.beams.inputs is not None:
                self.sensors.beams.read(replace(self.sensors.beams.inputs, mono_ms=self.now_ms))
        return self

    def beams(self, *, entry: bool = True, exit_: bool = True) -> "Deck":
        self.sensors.beams.read(InputsRead(entry, exit_, None, None, self.now_ms))
        return self

    def card(self, tag: str = TAG) -> "Deck":
        for _ in range(2):
            self.sensors.identification.read(CardRead("card", tag, self.now_ms))
        return self

    def drive_on(self, kg: int = 48_000) -> "Deck":
        self.beams(entry=False).weigh(kg // 3, kg // 2, kg)
        return self.beams().weigh(*[kg] * 11)

    def event(self, lane: Lane, trouble: str | None = None) -> Event | None:
        return self.sensors.next_event(lane, self.now_ms, trouble)


def ready(identification: Identification | None = None) -> Deck:
    return Deck(identification).weigh(*[0] * 6)


def show(deck: Deck, found: Reading | BadFrame, frames: int) -> Deck:
    for _ in range(frames):
        deck.now_ms += FRAME_MS
        deck.sensors.scale.read(ScaleRead(found, deck.now_ms))
        deck.sensors.beams.read(InputsRead(True, True, None, None, deck.now_ms))  # noqa: FBT003  # clear
    return deck
