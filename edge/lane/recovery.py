"""What to do after a power cut: the last stop on record and the deck together decide.

At most one stop can be open, and its records say how far it got. Being admitted is not on record,
so a truck that was not weighed before the cut is never weighed after it: its ramp from zero was not
seen. It is turned back, or its card is asked for again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, assert_never
from uuid import UUID

from edge.messages import (
    TruckArrived,
    TruckLeft,
    TruckRefused,
    TruckReleased,
    WeighingCompleted,
    WeighingVoided,
)

StopRecord = (
    TruckArrived | TruckRefused | WeighingCompleted | TruckReleased | TruckLeft | WeighingVoided
)
Way = Literal[
    "nothing",  # no stop is open
    "refuse",  # arrived, and nothing is on the deck: the card is asked for again
    "turn_back",  # arrived, and the deck is loaded: it may not be weighed any more
    "decide",  # weighed, and still there: the decision is asked for again
    "void",  # weighed, and gone: the weighing is voided with what was found
    "void_and_turn_back",  # weighed, and something else stands on the deck
    "release",  # released, and still there: the exit opens again
    "left",  # released, and gone
    "back_out",  # turned away, and still there
    "back_out_unknown",  # no stop is open, and a truck stands there
    "backed_out",  # turned away from the deck, and gone
]

MOVED_LATELY_MS: Final = 60_000
"""So soon after the last record of a stop it may be the lane that left an arm up."""

WEIGHT_TOLERANCE_DIVISIONS: Final = 2
"""Wind and people getting off; more than that is another truck."""


@dataclass(frozen=True, slots=True)
class Found:
    """What stands on the scale at the start."""

    kg: int
    is_empty: bool
    """Within the empty limit, with both photocells clear."""
    is_loaded: bool = False
    """Heavy enough to be a truck."""


@dataclass(frozen=True, slots=True)
class Resume:
    """How the open stop goes on."""

    way: Way
    found: Found
    stop_id: UUID | None = None
    tag: str = ""
    weighing_id: UUID | None = None
    weight_kg: int | None = None
    zero_before_kg: int = 0
    moved_lately: bool = True
    """The lane may have been about to lower an arm. Later, it was a person who raised it."""


def recover(stop: Sequence[StopRecord], found: Found, e_kg: int, now_ms: int) -> Resume:
    """Judge the records of the last stop, oldest first, against the deck."""
    if not stop:
        way: Way = "back_out_unknown" if found.is_loaded else "nothing"
        return Resume(way, found, moved_lately=False)
    arrived = next((one for one in stop if isinstance(one, TruckArrived)), None)
    weighed = next((one for one in stop if isinstance(one, WeighingCompleted)), None)
    known = weighed or arrived
    return Resume(
        way=_way(stop[-1], weighed, found, e_kg),
        found=found,
        stop_id=stop[-1].stop_id,
        tag=known.tag if known else "",
        weighing_id=weighed.event_id if weighed else None,
        weight_kg=weighed.weight_kg if weighed else None,
        zero_before_kg=known.zero_before_kg if known else 0,
        moved_lately=0 <= now_ms - stop[-1].mono_ms < MOVED_LATELY_MS,
    )


def _way(last: StopRecord, weighed: WeighingCompleted | None, found: Found, e_kg: int) -> Way:
    match last:
        case TruckArrived():
            return "refuse" if found.is_empty else "turn_back"
        case WeighingCompleted():
            return _weighed(last, found, e_kg)
        case TruckReleased():
            return "left" if found.is_empty else "release"
        case TruckRefused():
            return _refused(weighed, found)
        case TruckLeft():
            return "back_out_unknown" if found.is_loaded else "nothing"
        case WeighingVoided():
            return "nothing" if found.is_empty else "back_out_unknown"
        case _:
            assert_never(last)


def _weighed(record: WeighingCompleted, found: Found, e_kg: int) -> Way:
    if found.is_empty:
        return "void"
    same = abs(found.kg - record.weight_kg) <= WEIGHT_TOLERANCE_DIVISIONS * e_kg
    return "decide" if same else "void_and_turn_back"


def _refused(weighed: WeighingCompleted | None, found: Found) -> Way:
    if not found.is_empty:
        return "back_out"
    return "backed_out" if weighed else "nothing"
