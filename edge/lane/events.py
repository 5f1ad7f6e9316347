"""What the lane's table reacts to. Timeouts are events like all others."""

from dataclasses import dataclass

from edge.lane.recovery import Resume
from edge.messages import Command, Picture, PlateRead, SeenCard, SeenPlate


@dataclass(frozen=True, slots=True)
class DeckKnown:
    """After a start: scale and photocells answer, and the journal's tail has been judged."""

    resume: Resume


@dataclass(frozen=True, slots=True)
class CardPresented:
    """A card counts that the lane does not serve yet: the first one, or another one."""

    tag: str
    read_ms: int
    """When the reader saw it; the stop's timings start here."""
    plate: PlateRead | None = None


@dataclass(frozen=True, slots=True)
class CardShownAgain:
    """The card of the stop was read since it was asked for again."""


@dataclass(frozen=True, slots=True)
class TruckGone:
    """The truck of the stop is no longer before the entry, and did not drive on as it should."""


@dataclass(frozen=True, slots=True)
class DeckTaken:
    """A truck has been standing on the deck for a while, and nobody let it on."""


@dataclass(frozen=True, slots=True)
class SeveralTags:
    """More than one tag is in the field, so none of them counts."""


@dataclass(frozen=True, slots=True)
class CardTooShort:
    """A card was taken away before it had been read often enough."""


@dataclass(frozen=True, slots=True)
class ServiceLost:
    reason: str


@dataclass(frozen=True, slots=True)
class ServiceBack:
    pass


@dataclass(frozen=True, slots=True)
class Admit:
    command: Command


@dataclass(frozen=True, slots=True)
class Release:
    command: Command


@dataclass(frozen=True, slots=True)
class Refuse:
    command: Command


@dataclass(frozen=True, slots=True)
class Hold:
    command: Command


@dataclass(frozen=True, slots=True)
class DroveOn:
    """The deck is loaded and both photocells are clear."""


@dataclass(frozen=True, slots=True)
class WeightSettled:
    weight_kg: int
    frames: int
    stable_ms: int
    curve: str
    pictures: tuple[Picture, ...] = ()
    cards_seen: tuple[SeenCard, ...] = ()
    plates_seen: tuple[SeenPlate, ...] = ()


@dataclass(frozen=True, slots=True)
class DeckCleared:
    """The deck is empty and both photocells are clear."""

    zero_kg: int


@dataclass(frozen=True, slots=True)
class AskDue:
    """The decision has not come: the record is due for another sending."""


@dataclass(frozen=True, slots=True)
class DecisionLate:
    """The gateway has been silent for long enough that the lane may decide alone."""


@dataclass(frozen=True, slots=True)
class TimedOut:
    """The state has lasted for its full time."""


Timer = type[AskDue] | type[DecisionLate] | type[TimedOut]
Decision = Admit | Release | Refuse | Hold
Event = (
    DeckKnown
    | CardPresented
    | CardShownAgain
    | TruckGone
    | DeckTaken
    | SeveralTags
    | CardTooShort
    | ServiceLost
    | ServiceBack
    | Decision
    | DroveOn
    | WeightSettled
    | DeckCleared
    | AskDue
    | DecisionLate
    | TimedOut
)
