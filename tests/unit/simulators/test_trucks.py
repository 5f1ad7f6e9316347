"""A fleet that repeats itself exactly, and trucks that could exist."""

from itertools import islice

import pytest

from simulators.chance import seeded
from simulators.trucks import Stranger, fleet, strangers


def test_the_same_seed_makes_the_same_fleet() -> None:
    assert list(islice(fleet(seeded(5)), 20)) == list(islice(fleet(seeded(5)), 20))


@pytest.mark.parametrize("field", ["plate", "tag", "phone", "account"])
def test_no_two_trucks_share(field: str) -> None:
    rng = seeded(1)
    trucks = [*islice(fleet(rng), 500), *strangers(20, rng)]
    assert len({getattr(truck, field) for truck in trucks}) == len(trucks)


def test_honest_trucks_keep_within_their_limit() -> None:
    for truck in islice(fleet(seeded(2)), 200):
        assert truck.tare_kg < truck.loaded_kg <= truck.gross_max_kg
        assert truck.emptied_kg < truck.delivered_kg < truck.loaded_kg


def test_the_axles_carry_the_whole_mass() -> None:
    truck = next(fleet(seeded(3)))
    assert sum(truck.axle_loads_kg(48_000)) == pytest.approx(48_000)
    assert len(truck.axle_loads_kg(48_000)) == truck.axles


def test_strangers_take_turns() -> None:
    kinds = [truck.stranger for truck in strangers(5, seeded(1))]
    assert kinds == [*Stranger, Stranger.UNKNOWN_CARD]


def test_the_overweight_stranger_is_far_above_the_limit() -> None:
    overweight = strangers(4, seeded(1))[3]
    assert overweight.loaded_kg > overweight.gross_max_kg * 1.1


def test_a_tag_fits_the_card_format() -> None:
    assert all(len(bytes.fromhex(truck.tag)) == 5 for truck in islice(fleet(seeded(4)), 50))
