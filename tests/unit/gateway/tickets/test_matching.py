"""Examples for every reason, and laws that hold for every weight."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.messages import PlatePolicy, PlateRead, SeenCard
from gateway.tickets.matching import (
    GROSS_CEILING_KG,
    AdmitTruck,
    ArrivalFacts,
    CardFacts,
    HoldTruck,
    Limits,
    OrderFacts,
    OrderStatus,
    Purpose,
    RefuseTruck,
    RegisteredScale,
    ReleaseTruck,
    VehicleFacts,
    WeighingFacts,
    gross_limit_kg,
    match_arrival,
    match_cards,
    match_late_plate,
    match_plate,
    match_weighing,
    objection_to_identity,
    objection_to_weight,
)
from gateway.tickets.reasons import BY_TRIPS, OVERRIDABLE, Reason

CARD = CardFacts(status="active", vehicle_status="active", driver_status="active")
ORDER = OrderFacts(
    order_id="o1",
    status=OrderStatus.OPEN,
    created_ms=10,
    driver_status="active",
    origin="mine",
    destination="plant",
    contract_status="active",
    valid_from_ms=100,
    valid_to_ms=200,
)
AT_MINE = ArrivalFacts(yard="mine", at_ms=150, card=CARD, orders=(ORDER,))


def at_plant(status: OrderStatus) -> ArrivalFacts:
    return replace(AT_MINE, yard="plant", orders=(replace(ORDER, status=status),))


def with_order(**changes: object) -> ArrivalFacts:
    return replace(AT_MINE, orders=(replace(ORDER, **changes),))  # type: ignore[arg-type]


def with_card(**changes: object) -> ArrivalFacts:
    return replace(AT_MINE, card=replace(CARD, **changes))  # type: ignore[arg-type]


REFUSED_AT_ARRIVAL = [
    (replace(AT_MINE, card=None), Reason.CARD_UNKNOWN),
    (with_card(status="blocked"), Reason.CARD_BLOCKED),
    (with_card(vehicle_status="blocked"), Reason.VEHICLE_BLOCKED),
    (with_card(driver_status="blocked"), Reason.DRIVER_BLOCKED),
    (with_order(driver_status="blocked"), Reason.DRIVER_BLOCKED),
    (replace(AT_MINE, elsewhere=True), Reason.ALREADY_ON_ANOTHER_LANE),
    (replace(AT_MINE, orders=()), Reason.NO_ORDER),
    (with_order(status=OrderStatus.CANCELLED), Reason.NO_ORDER),
    (with_order(status=OrderStatus.DELIVERED), Reason.ORDER_COMPLETE),
    (with_order(origin="other"), Reason.WRONG_YARD),
    (with_order(status=OrderStatus.LOADED), Reason.WRONG_YARD),
    (at_plant(OrderStatus.OPEN), Reason.WRONG_YARD),
    (at_plant(OrderStatus.LOADING), Reason.WRONG_YARD),
    (with_order(contract_status="suspended"), Reason.CONTRACT_SUSPENDED),
    (replace(AT_MINE, at_ms=99), Reason.CONTRACT_NOT_YET_VALID),
    (replace(AT_MINE, at_ms=200), Reason.CONTRACT_EXPIRED),
]


@pytest.mark.parametrize(("facts", "reason"), REFUSED_AT_ARRIVAL)
def test_a_truck_that_does_not_fit_is_refused_by_name(facts: ArrivalFacts, reason: Reason) -> None:
    assert match_arrival(facts) == RefuseTruck(reason)


@pytest.mark.parametrize(("facts", "reason"), REFUSED_AT_ARRIVAL)
def test_a_dispatcher_overrules_what_may_be_overruled_and_nothing_else(
    facts: ArrivalFacts, reason: Reason
) -> None:
    answer = match_arrival(replace(facts, overruled=True))
    assert isinstance(answer, AdmitTruck) == (reason in OVERRIDABLE)


def test_a_driver_who_was_blocked_on_the_way_is_named() -> None:
    facts = with_order(status=OrderStatus.LOADING, driver_status="blocked")
    assert match_arrival(facts) == RefuseTruck(Reason.DRIVER_BLOCKED)


@pytest.mark.parametrize(
    ("card", "reason"),
    [
        (CARD, None),
        (replace(CARD, status="blocked"), Reason.CARD_BLOCKED),
        (replace(CARD, vehicle_status="blocked"), Reason.VEHICLE_BLOCKED),
        (replace(CARD, driver_status="blocked"), Reason.DRIVER_BLOCKED),
    ],
)
def test_a_card_is_good_if_nobody_is_blocked(card: CardFacts, reason: Reason | None) -> None:
    assert objection_to_identity(card) == reason


OPEN_HERE = replace(ORDER, order_id="o5", created_ms=50)


@pytest.mark.parametrize(
    ("facts", "behind", "order_id"),
    [
        (at_plant(OrderStatus.OPEN), "mine", "o1"),
        (at_plant(OrderStatus.LOADING), "mine", "o1"),
        (
            replace(AT_MINE, orders=(replace(ORDER, status=OrderStatus.LOADED), OPEN_HERE)),
            "plant",
            "o5",
        ),
        (
            replace(AT_MINE, orders=(replace(ORDER, status=OrderStatus.UNLOADING), OPEN_HERE)),
            "plant",
            "o5",
        ),
    ],
)
def test_a_truck_may_be_further_than_known_while_a_lane_on_its_way_is_not_heard(
    facts: ArrivalFacts, behind: str, order_id: str
) -> None:
    assert match_arrival(facts) == RefuseTruck(Reason.WRONG_YARD)
    unheard = match_arrival(replace(facts, behind=frozenset({behind})))
    assert isinstance(unheard, AdmitTruck)
    assert unheard.order.order_id == order_id
    other = ({"mine", "plant"} - {behind}).pop()
    assert match_arrival(replace(facts, behind=frozenset({other}))) == RefuseTruck(
        Reason.WRONG_YARD
    )


def test_a_truck_without_another_order_has_no_reason_to_be_back_so_early() -> None:
    facts = with_order(status=OrderStatus.LOADED)
    unheard = replace(facts, behind=frozenset({"mine", "plant"}))
    assert match_arrival(unheard) == RefuseTruck(Reason.WRONG_YARD)


@pytest.mark.parametrize("at_ms", [100, 199])
def test_a_contract_is_valid_from_its_first_to_its_last_millisecond(at_ms: int) -> None:
    assert match_arrival(replace(AT_MINE, at_ms=at_ms)) == AdmitTruck(ORDER)


def test_the_oldest_open_order_of_this_yard_is_taken() -> None:
    older = replace(ORDER, order_id="o0", created_ms=9)
    elsewhere = replace(ORDER, order_id="o9", created_ms=1, origin="other")
    facts = replace(AT_MINE, orders=(ORDER, older, elsewhere))
    assert match_arrival(facts) == AdmitTruck(older)


def test_an_order_under_way_comes_before_any_open_one() -> None:
    loading = replace(ORDER, order_id="o3", status=OrderStatus.LOADING, created_ms=99)
    assert match_arrival(replace(AT_MINE, orders=(ORDER, loading))) == AdmitTruck(loading)


def test_a_trip_that_was_left_without_a_weighing_does_not_stop_the_next() -> None:
    left = replace(ORDER, order_id="o0", status=OrderStatus.UNLOADING, created_ms=9)
    loading = replace(ORDER, status=OrderStatus.LOADING)
    assert match_arrival(replace(AT_MINE, orders=(loading, left))) == AdmitTruck(loading)


@pytest.mark.parametrize("status", [OrderStatus.LOADED, OrderStatus.UNLOADING])
def test_a_loaded_truck_may_finish_after_its_contract_has_ended(status: OrderStatus) -> None:
    facts = replace(at_plant(status), at_ms=10_000)
    assert isinstance(match_arrival(facts), AdmitTruck)


@given(st.permutations(list(OrderStatus)), st.sampled_from(["mine", "plant", "other"]))
def test_the_answer_does_not_depend_on_the_order_in_which_orders_are_read(
    statuses: list[OrderStatus], yard: str
) -> None:
    orders = [
        replace(ORDER, order_id=status.value, status=status)
        for status in statuses
        if status not in {OrderStatus.LOADED, OrderStatus.UNLOADING}
    ]
    facts = replace(AT_MINE, yard=yard, orders=tuple(orders))
    assert match_arrival(facts) == match_arrival(replace(facts, orders=tuple(reversed(orders))))


# --- The weight ---

LIMITS = Limits(net_min_kg=1000, tare_band_permille=80)
SCALE = RegisteredScale(e_kg=20, max_kg=100_000)
VEHICLE = VehicleFacts(axles=6, gross_max_kg=49_000)


def weighing(purpose: Purpose, weight_kg: int, **facts: Any) -> WeighingFacts:
    known: dict[str, Any] = {
        "is_empty": False,
        "scale": SCALE,
        "vehicle": VEHICLE,
        "limits": LIMITS,
    }
    return WeighingFacts(purpose=purpose, weight_kg=weight_kg, **(known | facts))


EMPTY = weighing("loading", 16_000, is_empty=True)
LOADED = weighing("loading", 48_000)
ARRIVING = weighing("unloading", 48_000)
UNLOADED = weighing("unloading", 16_000, is_empty=True)


def known(facts: WeighingFacts, *tares_kg: int) -> WeighingFacts:
    return replace(facts, vehicle=replace(VEHICLE, tares_kg=tares_kg))


@pytest.mark.parametrize(
    "facts",
    [
        EMPTY,
        LOADED,
        ARRIVING,
        UNLOADED,
        replace(EMPTY, weight_kg=400),
        replace(LOADED, weight_kg=49_000),
        known(EMPTY, 15_000, 16_000, 40_000),
        known(LOADED, 1000),
    ],
)
def test_a_weight_that_fits_is_released(facts: WeighingFacts) -> None:
    assert match_weighing(facts) == ReleaseTruck()


REFUSED_WEIGHT = [
    (replace(EMPTY, weight_kg=380), RefuseTruck(Reason.SCALE_RANGE)),
    (replace(EMPTY, weight_kg=100_020), RefuseTruck(Reason.SCALE_RANGE)),
    (replace(EMPTY, weight_kg=16_010), HoldTruck(Reason.WEIGHT_NOT_MULTIPLE_OF_E)),
    (replace(LOADED, weight_kg=49_020), RefuseTruck(Reason.OVERWEIGHT)),
    (replace(ARRIVING, weight_kg=49_020), HoldTruck(Reason.OVERWEIGHT)),
    (replace(LOADED, objection=Reason.NET_NOT_POSITIVE), RefuseTruck(Reason.NET_NOT_POSITIVE)),
    (replace(LOADED, objection=Reason.NET_BELOW_MINIMUM), RefuseTruck(Reason.NET_BELOW_MINIMUM)),
    (replace(LOADED, objection=Reason.WRONG_YARD), HoldTruck(Reason.WRONG_YARD)),
    (known(EMPTY, 14_800), HoldTruck(Reason.TARE_IMPLAUSIBLE)),
    (known(UNLOADED, 17_400), HoldTruck(Reason.TARE_IMPLAUSIBLE)),
]


@pytest.mark.parametrize(
    "facts",
    [
        replace(LOADED, objection=Reason.NET_NOT_POSITIVE),
        replace(ARRIVING, objection=Reason.WRONG_YARD),
        known(weighing("loading", 48_000, is_empty=True), 16_000),
    ],
)
def test_what_a_missing_weighing_may_explain_is_released_and_judged_again_with_it(
    facts: WeighingFacts,
) -> None:
    assert not isinstance(match_weighing(facts), ReleaseTruck)
    assert match_weighing(replace(facts, is_behind=True)) == ReleaseTruck()


@pytest.mark.parametrize(
    "facts",
    [
        replace(LOADED, weight_kg=49_020, is_behind=True),
        replace(EMPTY, weight_kg=16_010, is_behind=True),
        known(replace(EMPTY, is_behind=True), 18_000),
    ],
)
def test_what_no_missing_weighing_can_explain_is_not_released(facts: WeighingFacts) -> None:
    assert not isinstance(match_weighing(facts), ReleaseTruck)


@pytest.mark.parametrize(("facts", "answer"), REFUSED_WEIGHT)
def test_a_weight_that_does_not_fit_is_named(
    facts: WeighingFacts, answer: RefuseTruck | HoldTruck
) -> None:
    assert match_weighing(facts) == answer


@pytest.mark.parametrize(("facts", "answer"), REFUSED_WEIGHT)
def test_a_weight_is_overruled_only_where_it_can_be_trusted(
    facts: WeighingFacts, answer: RefuseTruck | HoldTruck
) -> None:
    overruled = match_weighing(replace(facts, overruled=True))
    assert isinstance(overruled, ReleaseTruck) == (answer.reason in OVERRIDABLE)


@pytest.mark.parametrize(("axles", "limit_kg"), [*GROSS_CEILING_KG.items(), (6, 49_000)])
def test_no_paper_allows_more_than_the_law(axles: int, limit_kg: int) -> None:
    assert gross_limit_kg(VehicleFacts(axles=axles, gross_max_kg=60_000)) == limit_kg
    assert gross_limit_kg(VehicleFacts(axles=axles, gross_max_kg=17_000)) == 17_000


WEIGHT = st.integers(0, 11_000).map(lambda tens: tens * 10)


@given(st.sampled_from([EMPTY, LOADED, ARRIVING, UNLOADED]), WEIGHT, st.booleans())
def test_nothing_above_the_limit_leaves_by_itself(
    facts: WeighingFacts,
    weight_kg: int,
    is_behind: bool,  # noqa: FBT001 - drawn
) -> None:
    answer = match_weighing(replace(facts, weight_kg=weight_kg, is_behind=is_behind))
    assert weight_kg <= 49_000 or not isinstance(answer, ReleaseTruck)


@pytest.mark.parametrize(("facts", "answer"), REFUSED_WEIGHT)
def test_a_released_weight_keeps_only_what_is_wrong_with_itself(
    facts: WeighingFacts, answer: RefuseTruck | HoldTruck
) -> None:
    own = None if answer.reason in BY_TRIPS else answer.reason
    assert objection_to_weight(facts) == own
    is_lifted = own in OVERRIDABLE
    assert objection_to_weight(replace(facts, overruled=True)) == (None if is_lifted else own)


READ = PlateRead(
    text="蒙K12345", camera="front", camera_at=datetime(2025, 1, 1, tzinfo=UTC), age_ms=900
)


@pytest.mark.parametrize(
    ("seen", "doubt"),
    [
        (READ, None),
        (None, Reason.PLATE_MISSING),
        (READ.model_copy(update={"text": None}), Reason.PLATE_UNREAD),
        (READ.model_copy(update={"text": "蒙K12346"}), Reason.PLATE_MISMATCH),
    ],
)
def test_a_doubtful_plate_waits_for_a_person_as_the_policy_says(
    seen: PlateRead | None, doubt: Reason | None
) -> None:
    held = {policy: match_plate("蒙K12345", seen, policy) for policy in PlatePolicy}
    stops = HoldTruck(doubt) if doubt is not None else None
    assert held == {
        PlatePolicy.REQUIRED: stops,
        PlatePolicy.PREFERRED: stops if doubt is Reason.PLATE_MISMATCH else None,
        PlatePolicy.OFF: None,
    }


PLATE = "蒙K12345"


@pytest.mark.parametrize(
    ("later", "is_another"),
    [
        ([], False),
        ([PLATE], False),
        (["蒙K777挂"], False),
        (["蒙K12346"], True),
        (["蒙K777挂", "蒙K12346"], True),
        (["蒙K12346", PLATE], False),
    ],
)
def test_a_plate_that_is_read_late_is_judged(*, later: list[str], is_another: bool) -> None:
    held = {policy: match_late_plate(PLATE, later, policy) for policy in PlatePolicy}
    stops = HoldTruck(Reason.PLATE_MISMATCH) if is_another else None
    assert held == {
        PlatePolicy.REQUIRED: stops,
        PlatePolicy.PREFERRED: stops,
        PlatePolicy.OFF: None,
    }


def card(tag: str, *, is_shown: bool = True, reads: int = 2) -> SeenCard:
    return SeenCard(tag=tag, reader="gate", is_shown=is_shown, reads=reads, first_ms=0, last_ms=1)


@pytest.mark.parametrize(
    ("seen", "is_foreign"),
    [
        ((), False),
        ((card("AAAA"),), False),
        ((card("AAAA"), card("BBBB")), True),
        ((card("AAAA"), card("BBBB", reads=1)), True),
        ((card("AAAA"), card("CCCC")), True),
        ((card("AAAA"), card("CCCC", reads=1)), False),
        ((card("AAAA"), card("BBBB", is_shown=False)), False),
    ],
)
def test_another_card_that_was_shown_stops_the_truck(
    *, seen: tuple[SeenCard, ...], is_foreign: bool
) -> None:
    held = match_cards("AAAA", seen, {"AAAA", "BBBB"})
    assert held == (HoldTruck(Reason.FOREIGN_CARD) if is_foreign else None)


def test_the_purposes_are_those_of_the_table() -> None:
    assert set(get_args(Purpose)) == {"loading", "unloading"}
