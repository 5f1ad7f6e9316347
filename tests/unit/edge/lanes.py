"""Builders for tests of the lane: a moment, a command, a lane in any state. No I/O."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from edge.config import Rules
from edge.lane.effects import Effect, Write
from edge.lane.machine import new_lane
from edge.lane.offline import OfflineFacts
from edge.lane.signals import Instant
from edge.lane.state import DeckView, Lane, LaneContext, State, Stop
from edge.messages import Action, ClockQuality, Command, OfflineOrder, OfflineOrders, PlateRead

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RULES = Rules(stable_ms_min=400)
TAG = "010063E9AE"
OTHER_TAG = "0A1B2C3D"
PLATE = "蒙K12345"
STOP_ID, ARRIVAL_ID, WEIGHING_ID = UUID(int=1), UUID(int=2), UUID(int=3)
SAY = {"zh": "好", "en": "fine"}

EMPTY_DECK = DeckView(zero_kg=0, is_empty=True, entry_clear=True, trouble=None, card_ms=900)
"""With the stop's card still at the reader."""
LOADED_DECK = replace(EMPTY_DECK, zero_kg=None, is_empty=False)


def instant(mono_ms: int = 0, clock: ClockQuality = ClockQuality.SYNCED) -> Instant:
    return Instant(mono_ms, NOON + timedelta(milliseconds=mono_ms), clock)


def orders(**others: Any) -> OfflineOrders:
    return OfflineOrders(
        **{
            "yard": "mine",
            "lane": "in",
            "revision": 1,
            "expires_at": NOON + timedelta(days=1),
            "stops_max_per_tag": 2,
            "orders": (OfflineOrder(tag=TAG, plate=PLATE, order_no="O-1", gross_max_kg=49_000),),
            **others,
        }
    )


def plate_read(text: str | None) -> PlateRead:
    return PlateRead(text=text, camera="front", camera_at=NOON, age_ms=900)


def offline_facts(**others: Any) -> OfflineFacts:
    known = {"allowed": True, "orders": orders(), "unconfirmed": 1, "now": NOON}
    return OfflineFacts(**{**known, "clock": ClockQuality.SYNCED, **others})


def ids(first: int = 100) -> Iterator[UUID]:
    return (UUID(int=number) for number in count(first))


def context(mono_ms: int = 1_000, **others: Any) -> LaneContext:
    made = ids()
    known: dict[str, Any] = {
        "at": instant(mono_ms),
        "now": others.get("at", instant(mono_ms)),
        "deck": EMPTY_DECK,
        "rules": RULES,
        "offline": offline_facts(),
        "new_id": lambda: next(made),
        "yard": "mine",
        "lane": "in",
        "e_kg": 20,
        "protocol": "yaohua-continuous",
    }
    return LaneContext(**{**known, **others})


def stop(**others: Any) -> Stop:
    known: dict[str, Any] = {
        "stop_id": STOP_ID,
        "tag": TAG,
        "zero_before_kg": 0,
        "asked": ARRIVAL_ID,
        "arrived_ms": 0,
        "admit_from_ms": 0,
    }
    return Stop(**{**known, **others})


def weighed_stop(**others: Any) -> Stop:
    known = {"asked": WEIGHING_ID, "weighing_id": WEIGHING_ID, "weight_kg": 48_000}
    return stop(**{**known, "release_from_ms": 500, **others})


ON_DECK_WEIGHED = {State.WEIGHED, State.HELD_ON_DECK, State.RELEASED}
WITHOUT_STOP = {State.STARTING, State.IDLE, State.OUT_OF_SERVICE, State.TURNED_AWAY}


def lane_in(state: State, **others: Any) -> Lane:
    """Return a lane in a state, with the stop that belongs there unless another is given."""
    if state in WITHOUT_STOP:
        known = None
    else:
        known = weighed_stop() if state in ON_DECK_WEIGHED else stop()
    return replace(new_lane(0), **{"state": state, "stop": known, **others})


def command(action: Action, **others: Any) -> Command:
    weighed = action is Action.RELEASE
    return Command(
        **{
            "command_id": UUID(int=50),
            "yard": "mine",
            "lane": "in",
            "action": action,
            "stop_id": STOP_ID,
            "in_reply_to": WEIGHING_ID if weighed else ARRIVAL_ID,
            "reason": "no_order" if action is Action.REFUSE else None,
            "say": SAY,
            "issued_at": NOON,
            "expires_at": NOON + timedelta(seconds=30),
            **others,
        }
    )


def kinds(effects: tuple[Effect, ...]) -> list[str]:
    """Return what the effects are, records by the name of their form."""
    return [one.form.__name__ if isinstance(one, Write) else type(one).__name__ for one in effects]


def writes(effects: tuple[Effect, ...]) -> list[Write]:
    return [one for one in effects if isinstance(one, Write)]
