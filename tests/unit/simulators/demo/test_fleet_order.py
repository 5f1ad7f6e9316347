"""Strangers come among honest trucks."""

from itertools import islice

from simulators.chance import seeded
from simulators.demo.fleet import mixed
from simulators.trucks import fleet, strangers


def test_each_stranger_follows_an_honest_truck() -> None:
    rng = seeded(1)
    odd_ones = strangers(2, rng)
    trucks = list(mixed(islice(fleet(rng), 4), odd_ones))
    assert [truck.stranger is not None for truck in trucks] == [0, 1, 0, 1, 0, 0]


def test_more_strangers_than_trucks_all_come() -> None:
    rng = seeded(1)
    odd_ones = strangers(3, rng)
    assert len(list(mixed(islice(fleet(rng), 1), odd_ones))) == 4
