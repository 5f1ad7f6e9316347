"""Health comes from the age of the last good answer."""

from decimal import Decimal
from typing import Any

import pytest

from edge.devices.cameras.plate import PlateSeen
from edge.devices.readings import Reading
from edge.lane.health import BEAM_FAULT_MS, ZERO_FAULT_MS, Health
from edge.lane.identification import Identification
from edge.lane.legibility import ATTEMPTS
from edge.lane.plates import CLOCK_DROPS_MIN
from edge.lane.sensors import Sensors
from edge.lane.signals import CardUnreadable, InputsLost, PlateSighted, PortChanged
from edge.lane.state import State
from tests.unit.edge.decks import FACTS, OVERLOAD, Deck, ready, show
from tests.unit.edge.lanes import RULES, instant, lane_in

IDLE = lane_in(State.IDLE)
NO_BARRIERS: Any = {}


def health() -> Health:
    made = Health(RULES, ("card",), 0)
    made.note_port(PortChanged("card", is_open=True, detail="", mono_ms=0))
    return made


def test_a_lane_in_order_has_no_faults() -> None:
    assert health().wrong(IDLE, ready().sensors, NO_BARRIERS, 600) == {}


def test_silent_devices_are_faults_after_a_while() -> None:
    wrong = health().wrong(IDLE, Sensors(RULES, FACTS, 0), NO_BARRIERS, 10_001)
    assert wrong == {"plc": "plc_silent", "scale": "scale_silent"}


def test_a_reader_whose_port_stays_shut_is_lost() -> None:
    watched = health()
    watched.note_port(PortChanged("card", is_open=False, detail="gone", mono_ms=1_000))
    watched.note_port(PortChanged("card", is_open=False, detail="gone", mono_ms=9_000))
    deck = ready()
    assert watched.wrong(IDLE, deck.sensors, NO_BARRIERS, 2_000) == {}
    deck.weigh(*[0] * 110)
    assert watched.wrong(IDLE, deck.sensors, NO_BARRIERS, 11_001) == {"card": "reader_lost"}


def test_a_reader_whose_cards_cannot_be_read_is_a_fault_with_its_reason() -> None:
    watched, deck = health(), ready()
    for second in range(ATTEMPTS):
        watched.note_unreadable(CardUnreadable("card", "checksum", second * 1_000))
    assert watched.wrong(IDLE, deck.sensors, NO_BARRIERS, 600) == {"card": "reader_unreadable"}
    assert watched.devices(deck.sensors, 600)["card"].detail == "checksum"
    watched.note_card("card", 700)
    assert watched.wrong(IDLE, deck.sensors, NO_BARRIERS, 700) == {}


def test_a_camera_is_no_reader() -> None:
    watched, deck = health(), ready()
    watched.note_card("entry-camera", 500)
    assert watched.wrong(IDLE, deck.sensors, NO_BARRIERS, 600) == {}


def test_a_port_that_stays_shut_for_another_reason_says_so() -> None:
    watched = health()
    watched.note_port(PortChanged("card", is_open=False, detail="gone", mono_ms=1_000))
    watched.note_port(PortChanged("card", is_open=False, detail="no permission", mono_ms=9_000))
    assert watched.devices(ready().sensors, 9_100)["card"].detail == "no permission"


@pytest.mark.parametrize("reason", ["barrier_stuck", "barrier_raised"])
def test_a_barrier_that_is_not_where_it_should_be_is_a_fault_of_its_own(reason: str) -> None:
    wrong = health().wrong(IDLE, ready().sensors, {"entry": reason}, 600)
    assert wrong == {"entry-barrier": reason}


def test_a_truck_that_nobody_let_on_is_a_fault_until_the_deck_is_clear() -> None:
    deck = ready().drive_on()
    lane = lane_in(State.BACKING_OUT, stop=None)
    wrong = health().wrong(lane, deck.sensors, NO_BARRIERS, deck.now_ms)
    assert wrong == {"scale": "deck_taken"}
    assert health().wrong(IDLE, ready().sensors, NO_BARRIERS, 600) == {}


@pytest.mark.parametrize("side", ["entry", "exit"])
def test_a_photocell_that_stays_blocked_needs_a_look(side: str) -> None:
    deck, watched = ready(), health()
    deck.beams(entry=side != "entry", exit_=side != "exit").weigh(*[0] * (BEAM_FAULT_MS // 100))
    assert watched.wrong(IDLE, deck.sensors, NO_BARRIERS, deck.now_ms) == {}
    deck.weigh(0)
    assert watched.wrong(IDLE, deck.sensors, NO_BARRIERS, deck.now_ms) == {
        f"{side}-beam": "beam_blocked"
    }
    deck.beams()
    assert watched.wrong(IDLE, deck.sensors, NO_BARRIERS, deck.now_ms) == {}


def test_an_idle_scale_that_does_not_come_to_zero_needs_a_look() -> None:
    deck, watched = ready(), health()
    deck.weigh(*[60] * (ZERO_FAULT_MS // 100))
    assert watched.wrong(IDLE, deck.sensors, NO_BARRIERS, deck.now_ms) == {
        "scale": "zero_not_ready"
    }
    busy = lane_in(State.ON_DECK)
    assert watched.wrong(busy, deck.sensors, NO_BARRIERS, deck.now_ms) == {}


@pytest.mark.parametrize("state", [State.RELEASED, State.BACKING_OUT])
def test_a_deck_that_stays_loaded_after_leaving_is_a_fault(state: State) -> None:
    deck = ready().drive_on()
    deck.now_ms += 2 * RULES.leave_ms
    deck.weigh(48_000)
    lane = lane_in(state, since_ms=0)
    assert health().wrong(lane, deck.sensors, NO_BARRIERS, deck.now_ms) == {
        "scale": "deck_not_empty"
    }
    deck.beams(exit_=False)
    assert health().wrong(lane, deck.sensors, NO_BARRIERS, deck.now_ms) == {}


def test_every_device_is_in_the_report() -> None:
    watched, deck = health(), ready()
    watched.note_card("card", 100)
    watched.note_port(PortChanged("scale", is_open=True, detail="", mono_ms=0))
    watched.note_port(PortChanged("display", is_open=False, detail="no such file", mono_ms=0))
    devices = watched.devices(deck.sensors, 1_100)
    assert {name: one.ok for name, one in devices.items()} == {
        "scale": True,
        "plc": True,
        "card": True,
        "display": False,
    }
    assert devices["card"].age_s == 1.0
    assert devices["scale"].age_s == 0.5


def test_a_silent_scale_says_what_its_port_said() -> None:
    watched, deck = health(), ready()
    assert watched.devices(deck.sensors, 9_000)["scale"].detail == ""
    watched.note_port(PortChanged("scale", is_open=False, detail="unplugged", mono_ms=0))
    deck.sensors.beams.read(InputsLost("no answer", 700))
    devices = watched.devices(deck.sensors, 9_000)
    assert (devices["scale"].ok, devices["scale"].detail) == (False, "unplugged")
    assert (devices["plc"].ok, devices["plc"].detail) == (False, "no answer")


def test_a_scale_that_never_answered_has_no_age() -> None:
    assert health().devices(Sensors(RULES, FACTS, 0), 10)["scale"].age_s is None


def test_a_scale_that_did_not_notice_a_truck_is_frozen_once_its_time_is_over() -> None:
    deck, watched = ready(), health()
    admitted = lane_in(State.ADMITTED, since_ms=deck.now_ms)
    deck.sensors.committed(lane_in(State.ARRIVED), admitted)
    deck.beams(entry=False).weigh(*[0] * 18)
    deck.beams().weigh(0, 0)
    assert watched.wrong(admitted, deck.sensors, NO_BARRIERS, deck.now_ms) == {}
    deck.sensors.committed(admitted, IDLE)
    assert watched.wrong(IDLE, deck.sensors, NO_BARRIERS, deck.now_ms) == {"scale": "scale_frozen"}
    deck.weigh(200, 0)
    assert watched.wrong(IDLE, deck.sensors, NO_BARRIERS, deck.now_ms) == {}


def test_a_camera_that_cannot_be_reached_or_has_a_wrong_clock_is_a_fault() -> None:
    watched = Health(RULES, (), 0, {"front": "camera_lost"})
    deck = Deck(Identification(RULES, cameras={"front": "entry"}))
    assert watched.wrong(IDLE, deck.sensors, NO_BARRIERS, 10_001)["front"] == "camera_lost"
    watched.note_port(PortChanged("front", is_open=True, detail="", mono_ms=10_001))
    for _ in range(CLOCK_DROPS_MIN):
        undated = PlateSeen(text="A1", at=None)
        deck.sensors.identification.plates.read(PlateSighted("front", undated, (), 0), instant())
    assert watched.wrong(IDLE, deck.sensors, NO_BARRIERS, 10_002)["front"] == "camera_clock"
    assert watched.devices(deck.sensors, 10_002)["front"].detail == "undated 3"


def test_an_indicator_that_shows_overload_or_finer_steps_is_a_fault_of_that_name() -> None:
    over = show(ready(), OVERLOAD, 102)
    wrong = health().wrong(IDLE, over.sensors, NO_BARRIERS, over.now_ms)
    assert wrong == {"scale": "scale_overload"}
    finer = show(ready(), Reading(weight=Decimal(1510)), 102)
    wrong = health().wrong(lane_in(State.ON_DECK), finer.sensors, NO_BARRIERS, finer.now_ms)
    assert wrong == {"scale": "weight_not_multiple_of_e"}
