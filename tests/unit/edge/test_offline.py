"""Decisions without the gateway: from the signed list, before it expires, with a cap."""

from typing import Any

import pytest

from edge.lane.offline import VALID_MAX, Allowed, Denied, admit, release
from edge.messages import ClockQuality, PlatePolicy, PlateRead
from tests.unit.edge.lanes import NOON, PLATE, TAG, offline_facts, orders, plate_read


def test_a_truck_on_the_list_may_go_on_and_leave() -> None:
    assert admit(offline_facts(), TAG) == Allowed(orders().orders[0])
    assert release(offline_facts(), TAG, 49_000) == Allowed(orders().orders[0])


@pytest.mark.parametrize(
    ("others", "tag", "reason"),
    [
        ({"allowed": False}, TAG, "offline_not_allowed"),
        ({"orders": None}, TAG, "offline_not_allowed"),
        ({"now": NOON.replace(year=2027)}, TAG, "offline_orders_expired"),
        ({"now": NOON - VALID_MAX}, TAG, "offline_orders_expired"),
        ({"clock": ClockQuality.UNSET}, TAG, "offline_orders_expired"),
        ({}, "FFFF", "no_order"),
        ({"unconfirmed": 3}, TAG, "offline_cap_reached"),
        ({"unconfirmed": 0, "orders": orders(stops_max_per_tag=0)}, TAG, "offline_cap_reached"),
    ],
)
def test_everything_else_waits_for_the_gateway(
    others: dict[str, Any], tag: str, reason: str
) -> None:
    assert admit(offline_facts(**others), tag) == Denied(reason)
    assert release(offline_facts(**others), tag, 1_000) == Denied(reason)


def test_above_the_gross_of_its_order_a_truck_is_not_released() -> None:
    assert release(offline_facts(), TAG, 49_020) == Denied("overweight")


OTHER, UNREAD = plate_read("蒙K12346"), plate_read(None)
REQUIRED, PREFERRED, OFF = PlatePolicy.REQUIRED, PlatePolicy.PREFERRED, PlatePolicy.OFF


@pytest.mark.parametrize(
    ("policy", "seen", "reason"),
    [
        (REQUIRED, None, "plate_missing"),
        (REQUIRED, UNREAD, "plate_unread"),
        (REQUIRED, OTHER, "plate_mismatch"),
        (PREFERRED, OTHER, "plate_mismatch"),
    ],
)
def test_a_plate_that_does_not_agree_waits_for_the_gateway(
    policy: PlatePolicy, seen: PlateRead | None, reason: str
) -> None:
    assert admit(offline_facts(orders=orders(plates=policy)), TAG, seen) == Denied(reason)


@pytest.mark.parametrize(
    ("policy", "seen"),
    [
        (REQUIRED, plate_read(PLATE)),
        (PREFERRED, plate_read(PLATE)),
        (PREFERRED, UNREAD),
        (PREFERRED, None),
        (OFF, OTHER),
    ],
)
def test_the_list_says_how_much_a_plate_counts(policy: PlatePolicy, seen: PlateRead | None) -> None:
    assert isinstance(admit(offline_facts(orders=orders(plates=policy)), TAG, seen), Allowed)


@pytest.mark.parametrize("policy", [REQUIRED, PREFERRED])
def test_another_plate_that_was_read_after_the_admission_waits_for_the_gateway(
    policy: PlatePolicy,
) -> None:
    facts = offline_facts(orders=orders(plates=policy))
    assert release(facts, TAG, 1_000, "蒙K12346") == Denied("plate_mismatch")
    assert isinstance(release(facts, TAG, 1_000, PLATE), Allowed)


def test_a_late_plate_does_not_count_where_plates_do_not() -> None:
    facts = offline_facts(orders=orders(plates=OFF))
    assert isinstance(release(facts, TAG, 1_000, "蒙K12346"), Allowed)


def test_a_truck_on_the_deck_is_not_asked_for_its_plate_again() -> None:
    assert isinstance(release(offline_facts(orders=orders(plates=REQUIRED)), TAG, 1_000), Allowed)
