"""The table as a whole: every pair of state and event, with a row or without."""

from typing import Any, get_args

import pytest

from edge.lane import events, machine
from edge.lane.effects import Open, Write
from edge.lane.events import (
    CardPresented,
    DeckCleared,
    Event,
    ServiceLost,
    WeightSettled,
)
from edge.lane.machine import TABLE, UnexpectedEvent, new_lane, step
from edge.lane.state import TIMERS, Lane, State, stop_of
from edge.lane.texts import state_text
from edge.messages import Action
from tests.unit.edge.lanes import (
    EMPTY_DECK,
    LOADED_DECK,
    TAG,
    WITHOUT_STOP,
    command,
    context,
    kinds,
    lane_in,
)

SETTLED = WeightSettled(weight_kg=48_000, frames=5, stable_ms=400, curve="[[0,0]]")


def an_event(kind: type) -> Event:
    made: dict[type, Any] = {
        events.CardPresented: CardPresented(TAG, 0),
        events.ServiceLost: ServiceLost("scale_silent"),
        events.WeightSettled: SETTLED,
        events.DeckCleared: DeckCleared(0),
        events.Admit: events.Admit(command(Action.ADMIT)),
        events.Release: events.Release(command(Action.RELEASE)),
        events.Refuse: events.Refuse(command(Action.REFUSE)),
        events.Hold: events.Hold(command(Action.HOLD)),
    }
    event: Event = made[kind] if kind in made else kind()
    return event


KINDS = [kind for kind in get_args(Event) if kind is not events.DeckKnown]
PAIRS = [(state, kind) for state in State for kind in KINDS]


@pytest.mark.parametrize(("state", "kind"), [pair for pair in PAIRS if pair not in TABLE])
def test_what_has_no_row_is_refused_loudly(state: State, kind: type) -> None:
    with pytest.raises(UnexpectedEvent, match=f"{kind.__name__} in state {state.value}"):
        step(lane_in(state), an_event(kind), context())


@pytest.mark.parametrize(("state", "kind"), [pair for pair in PAIRS if pair in TABLE])
@pytest.mark.parametrize("deck", [EMPTY_DECK, LOADED_DECK], ids=["empty", "loaded"])
def test_every_row_writes_first_and_leaves_a_lane_that_can_go_on(
    state: State, kind: type, deck: Any
) -> None:
    lane, effects = step(lane_in(state), an_event(kind), context(deck=deck))
    is_write = [isinstance(effect, Write) for effect in effects]
    assert is_write == sorted(is_write, reverse=True)
    assert set(dict(lane.texts)) == {"zh", "en"}
    assert set(TIMERS.get(lane.state, {})) <= set(lane.timers) or lane.state is state
    assert (lane.stop is None) <= (lane.state in WITHOUT_STOP or kind is events.DeckTaken)


def test_no_exit_opens_without_a_release_on_record() -> None:
    for state, kind in (pair for pair in PAIRS if pair in TABLE):
        _, effects = step(lane_in(state), an_event(kind), context())
        if Open("exit") in effects:
            assert "TruckReleased" in kinds(effects)


def test_a_lane_without_a_stop_has_none_to_give() -> None:
    with pytest.raises(ValueError, match="idle has no stop"):
        stop_of(lane_in(State.IDLE))


def test_a_new_lane_waits_for_its_devices() -> None:
    assert new_lane(5) == Lane(state=State.STARTING, since_ms=5, texts=state_text("starting"))
    assert machine.DECISIONS.keys() == set(Action)
