"""What the lane wants done. The runner performs it, in order, records before everything else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from edge.messages import (
    LaneFault,
    TruckArrived,
    TruckLeft,
    TruckRefused,
    TruckReleased,
    WeighingCompleted,
    WeighingVoided,
)

Barrier = Literal["entry", "exit"]
Texts = Mapping[Literal["zh", "en"], str]
CommandOutcome = Literal["done", "late", "out_of_turn"]
RecordForm = (
    type[TruckArrived]
    | type[TruckRefused]
    | type[WeighingCompleted]
    | type[TruckReleased]
    | type[TruckLeft]
    | type[WeighingVoided]
    | type[LaneFault]
)


@dataclass(frozen=True, slots=True)
class Write:
    """Make this record durable. The journal adds number, chain, time and signature."""

    form: RecordForm
    event_id: UUID
    content: Mapping[str, object]
    curve: str | None = None


@dataclass(frozen=True, slots=True)
class Open:
    barrier: Barrier


@dataclass(frozen=True, slots=True)
class Close:
    barrier: Barrier


@dataclass(frozen=True, slots=True)
class Reply:
    """Tell the gateway what became of its command."""

    command_id: UUID
    outcome: CommandOutcome


@dataclass(frozen=True, slots=True)
class AskAgain:
    """Send this record once more, even if it was receipted: its decision has not come."""

    event_id: UUID


Effect = Write | Open | Close | Reply | AskAgain
