"""The physics that everything else in the simulated yard rests on."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.chance import seeded
from simulators.deck import Beams, Deck, Indication

AXLES = (6_000.0, 8_000.0, 11_000.0, 12_000.0, 12_000.0)
TOTAL = sum(AXLES)


def a_deck(seed: int = 1) -> Deck:
    return Deck(20, seeded(seed))


def a_loaded_deck(seed: int = 1) -> Deck:
    deck = a_deck(seed)
    deck.drive_on(10.0, AXLES, 3.0)
    return deck


def test_an_empty_deck_drifts_less_than_half_a_division() -> None:
    deck = a_deck()
    assert max(abs(deck.load_kg(t / 7)) for t in range(5000)) < 10


def test_axles_roll_on_one_after_the_other() -> None:
    deck = a_loaded_deck()
    half_way = deck.load_kg(10.0 + 3.0 * 2.5 / 5)
    assert half_way == pytest.approx(6_000 + 8_000 + 11_000 / 2, rel=0.02)


def test_a_standing_truck_settles_to_its_mass_within_two_seconds() -> None:
    deck = a_loaded_deck()
    assert all(abs(deck.load_kg(15.0 + t / 50) - TOTAL) < 10 for t in range(500))


def test_a_truck_that_just_stopped_bounces() -> None:
    deck = a_loaded_deck()
    bounce = [deck.load_kg(13.0 + t / 50) - TOTAL for t in range(25)]
    assert max(bounce) > 40


def test_the_bounce_of_a_braked_truck_is_two_hertz_or_so() -> None:
    deck = a_loaded_deck()
    signs = [deck.load_kg(13.01 + t / 200) > TOTAL for t in range(200)]
    assert 3 <= sum(a != b for a, b in pairwise(signs)) <= 6


def test_a_truck_that_left_leaves_nothing_behind() -> None:
    deck = a_loaded_deck()
    deck.drive_off(20.0, 2.0)
    assert abs(deck.load_kg(22.0)) < 10
    assert deck.is_empty(22.0)
    assert not deck.is_empty(21.9)


def test_driving_off_forwards_takes_the_front_axle_first() -> None:
    deck = a_loaded_deck()
    deck.drive_off(20.0, 5.0)
    assert deck.load_kg(21.0) == pytest.approx(TOTAL - AXLES[0], rel=0.02)


def test_backing_out_takes_the_last_axle_first() -> None:
    deck = a_loaded_deck()
    deck.drive_off(20.0, 5.0, forwards=False)
    assert deck.load_kg(21.0) == pytest.approx(TOTAL - AXLES[-1], rel=0.02)


def test_the_entry_beam_is_blocked_while_a_truck_drives_on() -> None:
    deck = a_loaded_deck()
    assert deck.beams(9.9) == Beams()
    assert deck.beams(11.0) == Beams(entry_blocked=True)
    assert deck.beams(13.0) == Beams()


def test_the_exit_beam_is_blocked_while_a_truck_drives_off() -> None:
    deck = a_loaded_deck()
    deck.drive_off(20.0, 2.0)
    assert deck.beams(21.0) == Beams(exit_blocked=True)
    assert deck.beams(22.0) == Beams()


def test_the_entry_beam_is_blocked_again_while_a_truck_backs_out() -> None:
    deck = a_loaded_deck()
    deck.drive_off(20.0, 2.0, forwards=False)
    assert deck.beams(21.0) == Beams(entry_blocked=True)


def test_an_untouched_deck_has_clear_beams() -> None:
    assert a_deck().beams(1.0) == Beams()
    assert a_deck().is_empty(1.0)


def test_two_trucks_do_not_fit_on_one_deck() -> None:
    deck = a_loaded_deck()
    with pytest.raises(ValueError, match="another truck"):
        deck.drive_on(30.0, AXLES, 3.0)


def test_the_next_truck_may_come_when_the_deck_is_empty() -> None:
    deck = a_loaded_deck()
    deck.drive_off(20.0, 2.0)
    deck.drive_on(30.0, (1000.0, 2000.0), 2.0)
    assert deck.load_kg(40.0) == pytest.approx(3000, abs=10)


@pytest.mark.parametrize("at_s", [11.0, 20.5])
def test_only_a_standing_truck_can_drive_off(at_s: float) -> None:
    deck = a_loaded_deck()
    if at_s > 20:
        deck.drive_off(20.0, 2.0)
    with pytest.raises(ValueError, match="no truck stands"):
        deck.drive_off(at_s, 2.0)


def test_nothing_can_leave_an_empty_deck() -> None:
    with pytest.raises(ValueError, match="no truck stands"):
        a_deck().drive_off(1.0, 2.0)


def test_the_same_seed_gives_the_same_weights() -> None:
    times = [10 + t / 20 for t in range(100)]
    one, other = a_loaded_deck(7), a_loaded_deck(7)
    assert [one.load_kg(t) for t in times] == [other.load_kg(t) for t in reversed(times)][::-1]


@given(st.floats(-500, 120_000), st.sampled_from([1, 10, 20, 50]))
def test_an_indicator_shows_whole_divisions_near_the_truth(load_kg: float, e_kg: int) -> None:
    shown_kg = Indication(e_kg).show(load_kg)
    assert shown_kg % e_kg == 0
    assert abs(shown_kg - load_kg) <= 0.6 * e_kg


def test_a_mass_between_two_divisions_does_not_flicker() -> None:
    indication = Indication(20)
    rng = seeded(3)
    shown = {indication.show(15_010 + rng.uniform(-2, 2)) for _ in range(500)}
    assert len(shown) == 1


def test_what_little_lies_on_an_empty_deck_becomes_zero() -> None:
    indication = Indication(20)
    for _ in range(200):
        indication.show(9.0)
    assert indication.show(15_009.0) == 15_000


def test_a_load_does_not_become_zero() -> None:
    indication = Indication(20)
    shown = [indication.show(60.0) for _ in range(1000)]
    assert set(shown) == {60}
