"""State diagrams in Mermaid, drawn from the tables that run."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from typing import Any

from edge.config import Rules
from edge.lane.events import DeckKnown, Event
from edge.lane.machine import TABLE, step
from edge.lane.recovery import Found, Resume
from edge.lane.start import WAYS
from edge.lane.state import TIMERS, Lane, LaneContext, State
from edge.messages import OfflineOrder
from settlement.payouts.states import TRANSITIONS, Booking
from tests.unit.edge.lanes import (
    EMPTY_DECK,
    LOADED_DECK,
    STOP_ID,
    TAG,
    WEIGHING_ID,
    context,
    lane_in,
    offline_facts,
    orders,
)
from tests.unit.edge.test_table import an_event

Edges = dict[tuple[str, str], list[str]]

LIGHT_ORDER = OfflineOrder(tag=TAG, plate="蒙K12345", order_no="O-1", gross_max_kg=1_000)
DECKS = (
    EMPTY_DECK,
    LOADED_DECK,
    replace(EMPTY_DECK, trouble="plc_silent"),
    replace(LOADED_DECK, above_range=True),
)
OFFLINE = (
    offline_facts(),
    offline_facts(allowed=False),
    offline_facts(orders=orders(orders=(LIGHT_ORDER,))),
)


def lane_diagram() -> str:
    """Draw every change of state that the lane's rows make, found by trying each row."""
    edges: Edges = defaultdict(list)
    for state, kind in TABLE:
        for target in sorted(targets(state, kind)):
            edges[state.value, target.value].append(words(kind.__name__))
    return mermaid(edges, first=State.STARTING)


def targets(state: State, kind: type) -> set[State]:
    """Return where a row leads, in all situations in which rows are known to differ."""
    return {
        step(lane, event, now)[0].state
        for lane in lanes(state)
        for event in events(kind)
        for now in situations()
    }


def lanes(state: State) -> Iterator[Lane]:
    yield lane_in(state)
    if state is State.BACKING_OUT:
        yield lane_in(state, stop=None)


def events(kind: type) -> Iterator[Event]:
    if kind is not DeckKnown:
        yield an_event(kind)
        return
    for way in WAYS:
        found = Found(kg=0, is_empty=True)
        yield DeckKnown(Resume(way, found, STOP_ID, TAG, WEIGHING_ID, 48_000))


def situations() -> Iterator[LaneContext]:
    for deck in DECKS:
        for offline in OFFLINE:
            yield context(deck=deck, offline=offline)


def payout_diagram() -> str:
    """Draw the payout's table; an edge names its event and the journal that it posts."""
    edges: Edges = defaultdict(list)
    for (state, event), row in TRANSITIONS.items():
        booking = "" if row.booking is Booking.NONE else f" / {row.booking}"
        edges[state.value, row.state.value].append(f"{event}{booking}")
    return mermaid(edges, first=None)


def mermaid(edges: Edges, first: StrEnum | None) -> str:
    """Return a state diagram without the edges that lead back to where they came from."""
    lines = ["stateDiagram-v2"]
    lines += [f"  [*] --> {first.value}"] if first else []
    lines += [
        f"  {source} --> {target}: {', '.join(names)}"
        for (source, target), names in edges.items()
        if source != target
    ]
    return "```mermaid\n" + "\n".join(lines) + "\n```\n"


def timers() -> list[tuple[str, str, str, int]]:
    """Return (state, event, rule it comes from, default ms) of every timer of the lane."""
    found = []
    for state, of_state in TIMERS.items():
        for timer, wait in of_state.items():
            named = _Named()
            wait_ms: Any = wait(named)  # type: ignore[arg-type]
            found.append((state.value, words(timer.__name__), named.asked, wait_ms))
    return found


class _Named:
    """The default rules, and which of them was asked for."""

    def __init__(self) -> None:
        self.asked = ""

    def __getattr__(self, name: str) -> int:
        self.asked = name
        value: int = getattr(Rules(), name)
        return value


def words(name: str) -> str:
    """Return `CardPresented` as `card presented`."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", name).lower()
