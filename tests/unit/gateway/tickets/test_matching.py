"""Examples for every reason, and laws that hold for every weight."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.messages import PlatePolicy, PlateRead
from gateway.tickets.matching import (
    GROSS_CEILING_KG,
    NEXT,
    AdmitTruck,
    ArrivalFacts,
    CardFacts,
    CloseTicket,
    HoldTruck,
    Limits,
    OpenTicket,
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
    match_plate,
    match_weighing,
)
from gateway.tickets.reasons import OVERRIDABLE, Reason

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


ANOTHER_UNDER_WAY = replace(ORDER, order_id="o2", status=OrderStatus.LOADED)

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
    (
        replace(AT_MINE, orders=(replace(ORDER, status=OrderStatus.LOADING), ANOTHER_UNDER_WAY)),
        Reason.ORDER_AMBIGUOUS,
    ),
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


def weighing(status: OrderStatus, weight_kg: int, first_kg: int | None = None) -> WeighingFacts:
    return WeighingFacts(
        weight_kg=weight_kg,
        order_status=status,
        first_kg=first_kg,
        scale=SCALE,
        vehicle=VEHICLE,
        limits=LIMITS,
    )


EMPTY = weighing(OrderStatus.OPEN, 16_000)
LOADED = weighing(OrderStatus.LOADING, 48_000, 16_000)
ARRIVING = weighing(OrderStatus.LOADED, 48_000)
UNLOADED = weighing(OrderStatus.UNLOADING, 16_000, 48_000)


def known(facts: WeighingFacts, *tares_kg: int) -> WeighingFacts:
    return replace(facts, vehicle=replace(VEHICLE, tares_kg=tares_kg))


@pytest.mark.parametrize(
    ("facts", "step"),
    [
        (EMPTY, OpenTicket("loading", 16_000)),
        (LOADED, CloseTicket("loading", gross_kg=48_000, tare_kg=16_000)),
        (ARRIVING, OpenTicket("unloading", 48_000)),
        (UNLOADED, CloseTicket("unloading", gross_kg=48_000, tare_kg=16_000)),
        (replace(EMPTY, weight_kg=400), OpenTicket("loading", 400)),
        (replace(LOADED, weight_kg=49_000), CloseTicket("loading", 49_000, 16_000)),
        (known(EMPTY, 15_000, 16_000, 40_000), OpenTicket("loading", 16_000)),
        (known(LOADED, 1000), CloseTicket("loading", 48_000, 16_000)),
    ],
)
def test_a_weight_that_fits_moves_the_ticket(
    facts: WeighingFacts, step: OpenTicket | CloseTicket
) -> None:
    assert match_weighing(facts) == ReleaseTruck(step)


REFUSED_WEIGHT = [
    (replace(EMPTY, weight_kg=380), RefuseTruck(Reason.SCALE_RANGE)),
    (replace(EMPTY, weight_kg=100_020), RefuseTruck(Reason.SCALE_RANGE)),
    (replace(EMPTY, weight_kg=16_010), HoldTruck(Reason.WEIGHT_NOT_MULTIPLE_OF_E)),
    (replace(LOADED, weight_kg=49_020), RefuseTruck(Reason.OVERWEIGHT)),
    (replace(ARRIVING, weight_kg=49_020), HoldTruck(Reason.OVERWEIGHT)),
    (replace(LOADED, weight_kg=16_000), RefuseTruck(Reason.NET_NOT_POSITIVE)),
    (replace(LOADED, weight_kg=15_000), RefuseTruck(Reason.NET_NOT_POSITIVE)),
    (replace(UNLOADED, weight_kg=48_020), RefuseTruck(Reason.NET_NOT_POSITIVE)),
    (replace(LOADED, weight_kg=16_980), RefuseTruck(Reason.NET_BELOW_MINIMUM)),
    (replace(UNLOADED, weight_kg=47_020), RefuseTruck(Reason.NET_BELOW_MINIMUM)),
    (known(EMPTY, 14_800), HoldTruck(Reason.TARE_IMPLAUSIBLE)),
    (known(UNLOADED, 17_400), HoldTruck(Reason.TARE_IMPLAUSIBLE)),
]


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


@pytest.mark.parametrize(
    ("status", "first_kg"),
    [
        (OrderStatus.DELIVERED, None),
        (OrderStatus.CANCELLED, 16_000),
        (OrderStatus.OPEN, 16_000),
        (OrderStatus.LOADING, None),
    ],
)
def test_an_order_and_its_ticket_that_contradict_each_other_are_an_error(
    status: OrderStatus, first_kg: int | None
) -> None:
    with pytest.raises(ValueError, match=status.value):
        weighing(status, 48_000, first_kg)


def test_a_ticket_without_a_positive_net_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="must exceed"):
        CloseTicket("loading", gross_kg=16_000, tare_kg=16_000)


SECOND = st.sampled_from([OrderStatus.LOADING, OrderStatus.UNLOADING])
WEIGHT = st.integers(0, 11_000).map(lambda tens: tens * 10)
TARE = st.integers(400 // 20, 20_000 // 20).map(lambda intervals: intervals * 20)
GROSS = st.integers(21_000 // 20, 49_000 // 20).map(lambda intervals: intervals * 20)


@given(SECOND, TARE, GROSS)
def test_the_larger_weight_is_gross_and_the_net_is_their_difference(
    status: OrderStatus, tare_kg: int, gross_kg: int
) -> None:
    first_kg, second_kg = tare_kg, gross_kg
    if status is OrderStatus.UNLOADING:
        first_kg, second_kg = gross_kg, tare_kg
    answer = match_weighing(weighing(status, second_kg, first_kg))
    assert isinstance(answer, ReleaseTruck)
    assert isinstance(answer.step, CloseTicket)
    assert (answer.step.gross_kg, answer.step.tare_kg) == (gross_kg, tare_kg)
    assert answer.step.net_kg == gross_kg - tare_kg > 0


@given(SECOND, WEIGHT, WEIGHT)
def test_a_released_net_is_a_multiple_of_the_scales_interval(
    status: OrderStatus, first_kg: int, second_kg: int
) -> None:
    first_kg -= first_kg % SCALE.e_kg
    answer = match_weighing(weighing(status, second_kg, first_kg))
    if isinstance(answer, ReleaseTruck) and isinstance(answer.step, CloseTicket):
        assert answer.step.net_kg % SCALE.e_kg == 0


@given(SECOND, WEIGHT, WEIGHT)
def test_the_same_pair_never_passes_at_both_ends(
    status: OrderStatus, first_kg: int, second_kg: int
) -> None:
    other = {
        OrderStatus.LOADING: OrderStatus.UNLOADING,
        OrderStatus.UNLOADING: OrderStatus.LOADING,
    }[status]
    answers = [match_weighing(weighing(each, second_kg, first_kg)) for each in (status, other)]
    assert sum(isinstance(answer, ReleaseTruck) for answer in answers) <= 1


@given(st.sampled_from(list(NEXT)), WEIGHT)
def test_nothing_above_the_limit_leaves_by_itself(status: OrderStatus, weight_kg: int) -> None:
    first_kg = 60_000 if status in {OrderStatus.LOADING, OrderStatus.UNLOADING} else None
    answer = match_weighing(weighing(status, weight_kg, first_kg))
    assert weight_kg <= 49_000 or not isinstance(answer, ReleaseTruck)


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


def test_the_purposes_are_those_of_the_table() -> None:
    assert set(get_args(Purpose)) == {"loading", "unloading"}
