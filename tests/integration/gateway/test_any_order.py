"""Arrival order decides nothing: the same day, woven in any way, makes the same trips.

What may be woven how, and what must then be the same, is said in `weaving`.
"""

import pytest
from sqlalchemy import Engine

from gateway.tickets import folding
from gateway.tickets.trips import Crossing
from tests.integration.gateway.fleet import Fleet, build_fleet
from tests.integration.gateway.journals import make_day
from tests.integration.gateway.weaving import Outcome, outcomes

BEGINNINGS, ENDINGS = 2, 2
"""Tried of each day in each database here; the bench `interleavings` tries ten thousand orders."""


@pytest.fixture
def fleet(engine: Engine) -> Fleet:
    return build_fleet(engine)


@pytest.mark.parametrize("seed", [7, 15])
def test_the_same_journals_make_the_same_trips_tickets_and_money(fleet: Fleet, seed: int) -> None:
    day = make_day(fleet.world, seed)
    first, *others = [
        found for begin in range(BEGINNINGS) for found in outcomes(fleet, day, begin, ENDINGS)
    ]
    for other in others:
        assert other == first
    statuses = {one["id"]: one["status"] for one in first["trips"]}
    assert {statuses[order_id] for order_id in day.nets} == {"delivered"}
    assert {order_id: nets(first)[order_id] for order_id in day.nets} == day.nets


def nets(found: Outcome) -> dict[str, tuple[int, int]]:
    by_key = {(one["order_id"], one["purpose"]): one["net_kg"] for one in found["tickets"]}
    return {
        order_id: (by_key[order_id, "loading"], by_key[order_id, "unloading"])
        for order_id in {order_id for order_id, _ in by_key}
        if {(order_id, "loading"), (order_id, "unloading")} <= by_key.keys()
    }


def test_a_rule_that_goes_by_arrival_is_found_out(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = build_fleet(sqlite_engine)
    came: dict[str, int] = {}

    def as_they_came(crossing: Crossing) -> int:
        return came.setdefault(crossing.stop_id, len(came))

    monkeypatch.setattr(folding, "IN_LANE_ORDER", as_they_came)
    day = make_day(fleet.world, 15)
    found: list[Outcome] = []
    for seed in range(2):
        came.clear()
        found += outcomes(fleet, day, seed)
    assert any(other != found[0] for other in found[1:])
