"""From raw signals to the events of the table."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from edge.config import Side
from edge.devices.cameras.plate import PlateSeen
from edge.devices.readings import BadFrame, Reading, WrongLine, no_weight
from edge.lane.events import (
    CardPresented,
    DeckCleared,
    DeckKnown,
    DroveOn,
    ServiceBack,
    ServiceLost,
    SeveralTags,
    TimedOut,
    WeightSettled,
)
from edge.lane.identification import Identification
from edge.lane.sensors import Sensors
from edge.lane.signals import CardRead, InputsLost, PlateSighted, ScaleRead
from edge.lane.state import Lane, State
from edge.lane.tags import ReaderRule
from tests.unit.edge.decks import FACTS, FRAME_MS, Deck, ready
from tests.unit.edge.lanes import NOON, OTHER_TAG, PLATE, RULES, TAG, instant, lane_in, stop


def admitted(deck: Deck) -> Lane:
    return lane_in(State.ADMITTED, since_ms=deck.now_ms)


def on_deck(deck: Deck) -> Lane:
    before = lane_in(State.IDLE)
    deck.sensors.committed(before, lane_in(State.ARRIVED))
    return lane_in(State.ON_DECK)


# --- cards


def test_a_card_counts_when_the_lane_is_idle() -> None:
    deck = ready().card()
    assert deck.event(lane_in(State.IDLE)) == CardPresented(TAG, deck.now_ms)


def test_a_card_read_once_is_offered_once() -> None:
    deck = ready().card()
    deck.event(lane_in(State.IDLE))
    assert deck.event(lane_in(State.IDLE)) is None


def test_repeated_reads_of_a_used_card_are_one_presentation() -> None:
    deck = ready().card()
    deck.sensors.committed(lane_in(State.IDLE), lane_in(State.ARRIVED))
    for _ in range(10):
        deck.weigh(*[0] * 20).card()
        assert deck.event(lane_in(State.IDLE)) is None


def test_a_card_that_was_taken_away_counts_again() -> None:
    deck = ready().card()
    deck.sensors.committed(lane_in(State.IDLE), lane_in(State.ARRIVED))
    deck.weigh(*[0] * 30).card()
    assert deck.event(lane_in(State.IDLE)) == CardPresented(TAG, deck.now_ms)


def test_a_card_shown_too_early_is_forgotten_unless_it_stays() -> None:
    deck = ready().card().weigh(*[0] * 11)
    assert deck.event(lane_in(State.IDLE)) is None
    assert deck.card().event(lane_in(State.IDLE)) is not None


def gate(cameras: Mapping[str, Side] | None = None) -> Identification:
    """Return the identification of a lane whose reader sees far."""
    return Identification(RULES, {"gate": ReaderRule(unique_ms=1_000)}, cameras)


def seen(deck: Deck, *tags: str) -> Deck:
    for tag in tags:
        deck.sensors.identification.read(CardRead("gate", tag, deck.now_ms))
    return deck


def test_a_tag_seen_from_afar_counts_when_it_was_alone() -> None:
    deck = seen(ready(gate()), TAG)
    assert deck.event(lane_in(State.IDLE)) is None
    seen(deck.weigh(*[0] * 10), TAG)
    assert deck.event(lane_in(State.IDLE)) == CardPresented(TAG, deck.now_ms)


def test_a_tag_that_is_too_weak_is_not_seen_at_the_lane() -> None:
    rule = ReaderRule(unique_ms=1_000, rssi_dbm_min=-60)
    deck = ready(Identification(RULES, {"gate": rule})).card()
    deck.event(lane_in(State.IDLE))
    deck.sensors.committed(lane_in(State.IDLE), lane_in(State.ARRIVED))
    for tag, rssi_dbm in ((OTHER_TAG, -61), ("E200", -60)):
        deck.sensors.identification.read(CardRead("gate", tag, deck.now_ms, rssi_dbm))
    found = deck.sensors.identification.sights.evidence()
    assert [one.tag for one in found] == [TAG, "E200"]


def test_several_tags_are_an_event_once_per_read() -> None:
    deck = seen(ready(gate()), TAG, OTHER_TAG)
    assert deck.event(lane_in(State.IDLE)) == SeveralTags()
    assert deck.event(lane_in(State.IDLE)) is None


def test_a_tag_that_waits_for_its_plate_is_dropped_when_another_comes() -> None:
    deck = seen(ready(gate({"front": "entry"})), TAG)
    seen(deck.weigh(*[0] * 10), TAG)
    assert deck.event(lane_in(State.IDLE)) is None
    seen(deck, OTHER_TAG)
    assert deck.event(lane_in(State.IDLE)) == SeveralTags()
    deck.weigh(*[0] * (RULES.plate_wait_ms // FRAME_MS))
    assert deck.event(lane_in(State.IDLE)) is None


# --- service


def test_a_lane_without_its_devices_is_out_of_service() -> None:
    silent = Sensors(RULES, FACTS, 0)
    assert silent.next_event(lane_in(State.IDLE), 0, None) == ServiceLost("scale_silent")
    deck = ready()
    deck.sensors.beams.read(InputsLost("unplugged", deck.now_ms))
    assert deck.event(lane_in(State.IDLE)) == ServiceLost("plc_silent")


def test_trouble_of_the_journal_comes_before_all_other() -> None:
    assert ready().event(lane_in(State.IDLE), "lane_full_disk") == ServiceLost("lane_full_disk")


def test_service_comes_back_when_all_devices_do() -> None:
    deck = ready()
    assert deck.event(lane_in(State.OUT_OF_SERVICE)) == ServiceBack()
    assert deck.event(lane_in(State.OUT_OF_SERVICE), "lane_full_disk") is None


def test_a_silent_scale_has_no_weight_after_two_seconds_and_stops_the_lane_after_ten() -> None:
    deck = ready()
    assert deck.sensors.scale.weight_kg(deck.now_ms + 2_000) == 0
    assert deck.sensors.scale.weight_kg(deck.now_ms + 2_001) is None
    assert not deck.sensors.scale.is_silent(deck.now_ms + 10_000)
    assert deck.sensors.scale.is_silent(deck.now_ms + 10_001)


def test_photocells_that_were_not_read_lately_are_not_clear() -> None:
    deck = ready()
    assert deck.sensors.beams.are_clear(deck.now_ms) is True
    assert deck.sensors.beams.are_clear(deck.now_ms + 3_001) is None
    assert not deck.sensors.beams.is_silent(deck.now_ms + 3_001)


@pytest.mark.parametrize("bad", [BadFrame("checksum", b""), Reading(weight=Decimal(7))])
def test_frames_that_may_not_be_believed_are_no_sign_of_life(bad: Reading | BadFrame) -> None:
    deck = ready()
    good_ms = deck.sensors.scale.good_ms
    deck.sensors.scale.read(ScaleRead(bad, deck.now_ms + 50))
    assert deck.sensors.scale.good_ms == good_ms
    assert deck.sensors.scale.detail in {"checksum", "weight_not_multiple_of_e"}


# --- the deck


def test_a_truck_is_on_when_it_passed_the_entry_and_both_beams_stayed_clear() -> None:
    deck = ready()
    lane = admitted(deck)
    deck.beams(entry=False).weigh(16_000, 48_000)
    assert deck.event(lane) is None
    deck.beams().weigh(*[48_000] * 9)
    assert deck.event(lane) is None
    assert deck.weigh(48_000).event(lane) == DroveOn()


def test_a_load_without_a_truck_in_the_entry_beam_is_no_truck() -> None:
    deck = ready()
    lane = admitted(deck)
    assert deck.weigh(16_000, *[48_000] * 20).event(lane) is None


def test_a_blocked_exit_is_not_clear() -> None:
    deck = ready()
    lane = admitted(deck)
    deck.beams(entry=False).weigh(48_000).beams(exit_=False).weigh(*[48_000] * 20)
    assert deck.event(lane) is None


def test_the_weight_settles_with_its_curve() -> None:
    deck = ready()
    lane = on_deck(deck)
    event = deck.drive_on().event(lane)
    assert isinstance(event, WeightSettled)
    assert (event.weight_kg, event.frames, event.stable_ms) == (48_000, 12, 1_100)
    assert event.curve.startswith("[[")


def test_the_weight_settles_with_every_card_and_plate_seen_before_the_drive_on() -> None:
    deck = ready(gate({"front": "entry"})).card()
    plate = PlateSeen(text=PLATE, confidence=97, at=NOON)
    deck.sensors.identification.plates.read(
        PlateSighted("front", plate, (), deck.now_ms), instant(deck.now_ms)
    )
    offered = deck.event(lane_in(State.IDLE))
    assert isinstance(offered, CardPresented)
    arrived = lane_in(State.ARRIVED, stop=stop(arrived_ms=deck.now_ms))
    deck.sensors.committed(lane_in(State.IDLE), arrived)
    deck.weigh(*[0] * 5).card(OTHER_TAG)
    deck.drive_on()
    deck.sensors.committed(arrived, replace(arrived, state=State.ON_DECK))
    event = deck.card("EEEE").event(replace(arrived, state=State.ON_DECK))
    assert isinstance(event, WeightSettled)
    assert [(one.tag, one.first_ms) for one in event.cards_seen] == [(TAG, 0), (OTHER_TAG, 500)]
    assert [(one.text, one.since_arrival_ms) for one in event.plates_seen] == [(PLATE, 0)]


@pytest.mark.parametrize("blocked", ["entry", "exit_"])
def test_no_weight_settles_while_a_beam_is_blocked(blocked: str) -> None:
    deck = ready()
    lane = on_deck(deck)
    deck.drive_on().beams(**{blocked: False}).weigh(*[48_000] * 20)
    assert deck.event(lane) is None


def test_a_weight_without_its_arrivals_curve_never_settles() -> None:
    assert ready().drive_on().event(lane_in(State.ON_DECK)) is None


def test_after_its_record_the_weight_does_not_settle_again() -> None:
    deck = ready()
    lane = on_deck(deck)
    deck.drive_on()
    deck.sensors.committed(lane, lane_in(State.WEIGHED))
    assert deck.weigh(*[48_000] * 20).event(on_deck(deck)) is None


def test_the_deck_is_clear_when_light_steady_and_unblocked() -> None:
    deck = ready().drive_on()
    lane = lane_in(State.RELEASED)
    deck.beams(exit_=False).weigh(20_000, 0, 0, 0, 0, 0, 0)
    assert deck.event(lane) is None
    assert deck.beams().weigh(40, 40, 40, 40, 40).event(lane) == DeckCleared(40)


def test_an_empty_deck_is_nothing_new_before_the_truck_is_on() -> None:
    assert ready().event(lane_in(State.ARRIVED)) is None


# --- starting


def test_a_start_waits_for_scale_and_photocells() -> None:
    lane = lane_in(State.STARTING)
    blind = Sensors(RULES, FACTS, 0)
    assert blind.next_event(lane, 0, None) is None
    deck = Deck().weigh(*[0] * 4)
    assert deck.event(lane) is None
    event = deck.weigh(0, 0).event(lane)
    assert isinstance(event, DeckKnown)
    assert event.resume.found.is_empty


def test_a_start_does_not_call_a_deck_loaded_that_is_only_not_yet_known_to_be_empty() -> None:
    deck = Deck().beams(entry=False).weigh(*[0] * 6).beams()
    assert deck.event(lane_in(State.STARTING)) is None
    deck.weigh(*[0] * 6)
    event = deck.event(lane_in(State.STARTING))
    assert isinstance(event, DeckKnown)
    assert event.resume.found.is_empty


def test_a_start_under_a_blocked_beam_counts_as_loaded() -> None:
    event = Deck().beams(entry=False).weigh(*[0] * 6).event(lane_in(State.STARTING))
    assert isinstance(event, DeckKnown)
    assert not event.resume.found.is_empty


# --- time and what the rows see


def test_the_earliest_timer_that_is_due_comes_up() -> None:
    deck = ready()
    lane = lane_in(State.TURNED_AWAY, timers={TimedOut: deck.now_ms})
    assert deck.event(lane) == TimedOut()
    later = lane_in(State.TURNED_AWAY, timers={TimedOut: deck.now_ms + 1})
    assert deck.event(later) is None


def test_the_rows_see_the_deck_as_it_is() -> None:
    view = ready().sensors.view(600, None)
    assert (view.zero_kg, view.is_empty, view.entry_clear, view.trouble) == (0, True, True, None)
    heavy = ready().drive_on(100_020)
    assert heavy.sensors.view(heavy.now_ms, "journal_fork").trouble == "journal_fork"
    assert heavy.sensors.view(heavy.now_ms, None).above_range


def test_an_overloaded_scale_speaks_but_shows_no_weight() -> None:
    deck = Deck().weigh(*[40_000] * 8)
    deck.sensors.scale.read(ScaleRead(no_weight("overload"), deck.now_ms))
    assert deck.sensors.scale.weight_kg(deck.now_ms) is None
    assert deck.sensors.view(deck.now_ms, None).above_range
    assert deck.sensors.scale.stability.plateau(deck.now_ms) is None
    assert not deck.sensors.scale.is_silent(deck.now_ms)


def test_a_line_that_is_set_wrong_is_read_and_reported() -> None:
    deck = Deck()
    deck.sensors.scale.read(ScaleRead(WrongLine("7E1"), deck.now_ms))
    assert deck.sensors.scale.line_hint == "bit 7 carries parity: set the line to 7E1"


@pytest.mark.parametrize("accept_net", [True, False])
def test_a_weight_that_is_called_net_counts_only_where_the_settings_say_so(
    *, accept_net: bool
) -> None:
    sensors = Sensors(RULES, replace(FACTS, accept_net=accept_net), 0)
    for at in range(20):
        net = Reading(weight=Decimal(40_000), mode="net", stable=True)
        sensors.scale.read(ScaleRead(net, at * FRAME_MS))
    assert (sensors.scale.stability.plateau(19 * FRAME_MS) is not None) is accept_net


# --- an indicator that shows no weight
