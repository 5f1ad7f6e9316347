"""What a lane does while its indicator shows something else than a weight."""

from decimal import Decimal

import pytest

from edge.devices.readings import BadFrame, Reading, no_weight
from edge.lane.events import DeckKnown, ServiceBack, ServiceLost
from edge.lane.state import State
from tests.unit.edge.decks import OVERLOAD, Deck, ready, show
from tests.unit.edge.lanes import RULES, lane_in


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (OVERLOAD, "scale_overload"),
        (no_weight("underload"), "scale_underload"),
        (no_weight("error"), "scale_error"),
        (Reading(weight=Decimal(1510)), "weight_not_multiple_of_e"),
        (BadFrame("malformed", b""), "scale_silent"),
    ],
)
def test_a_lane_whose_scale_shows_no_weight_goes_out_of_service_with_the_reason(
    found: Reading | BadFrame, reason: str
) -> None:
    idle = lane_in(State.IDLE)
    deck = show(ready(), found, 100)
    assert deck.event(idle) is None
    assert show(deck, found, 2).event(idle) == ServiceLost(reason)
    out = lane_in(State.OUT_OF_SERVICE)
    deck.sensors.committed(idle, out)
    assert deck.event(out) is None
    assert deck.weigh(0).event(out) == ServiceBack()


def test_a_weight_off_the_steps_of_e_long_ago_is_silence_now() -> None:
    deck = show(ready(), Reading(weight=Decimal(1510)), 1)
    deck.now_ms += RULES.out_of_service_ms
    assert deck.event(lane_in(State.IDLE)) == ServiceLost("scale_silent")


def test_a_start_under_overload_goes_out_of_service_and_judges_the_deck_later() -> None:
    starting, out = lane_in(State.STARTING), lane_in(State.OUT_OF_SERVICE)
    deck = show(Deck(), OVERLOAD, 102)
    assert deck.event(starting) == ServiceLost("scale_overload")
    deck.sensors.committed(starting, out)
    assert deck.event(out) is None
    assert deck.weigh(0).event(out) is None
    event = deck.weigh(*[0] * 6).event(out)
    assert isinstance(event, DeckKnown)
    deck.sensors.committed(out, lane_in(State.IDLE))
    deck.sensors.committed(lane_in(State.IDLE), out)
    assert deck.event(out) == ServiceBack()
