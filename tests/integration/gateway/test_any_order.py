"""Arrival order decides nothing: the same journals, woven in any way, make the same trips."""

from collections import Counter

import pytest
from sqlalchemy import Engine

from gateway.tickets import folding
from gateway.tickets.trips import Crossing
from tests.integration.gateway.driving import Gateway
from tests.integration.gateway.journals import (
    Day,
    Outcome,
    add_fleet,
    make_day,
    replay,
)

ORDERS_TRIED = 6
"""In each database here; the bench `interleavings` tries ten thousand."""


def outcomes(gateway: Gateway, day: Day, seeds: range) -> list[Outcome]:
    found = []
    with gateway.engine.connect() as connection:
        for seed in seeds:
            with connection.begin() as transaction:
                found.append(replay(connection, gateway.settings, day, seed))
                transaction.rollback()
    return found


@pytest.fixture
def fleet(engine: Engine) -> Gateway:
    gateway = Gateway(engine)
    with engine.begin() as connection:
        add_fleet(connection)
    return gateway


@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_journals_make_the_same_trips_tickets_and_money(fleet: Gateway, seed: int) -> None:
    day = make_day(fleet.world, seed)
    first, *others = outcomes(fleet, day, range(ORDERS_TRIED))
    for other in others:
        assert other == first
    assert {one["status"] for one in first["trips"] if one["id"] != "order-1"} == {"delivered"}
    assert nets(first) == day.nets
    assert Counter(one["state"] for one in first["stops"])["held"] == 0


def nets(found: Outcome) -> dict[str, tuple[int, int]]:
    by_key = {(one["order_id"], one["purpose"]): one["net_kg"] for one in found["tickets"]}
    return {
        order_id: (by_key[order_id, "loading"], by_key[order_id, "unloading"])
        for order_id, _ in by_key
    }


def test_a_rule_that_goes_by_arrival_is_found_out(
    fleet: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    came: dict[str, int] = {}

    def as_they_came(crossing: Crossing) -> int:
        return came.setdefault(crossing.stop_id, len(came))

    monkeypatch.setattr(folding, "IN_LANE_ORDER", as_they_came)
    day, found = make_day(fleet.world, 1), []
    for seed in range(3):
        came.clear()
        found += outcomes(fleet, day, range(seed, seed + 1))
    assert any(other != found[0] for other in found[1:])
