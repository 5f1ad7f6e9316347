"""Displayed weights become whole kilograms exactly, or are refused."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.devices.readings import BadFrame, Reading
from edge.lane.weight import Kilograms, finer_step_kg, to_kilograms


@given(st.integers(-20_000, 20_000), st.sampled_from([1, 2, 5, 10, 20, 50]))
def test_tonnes_convert_exactly(divisions: int, e_kg: int) -> None:
    kg = divisions * e_kg
    reading = Reading(weight=Decimal(kg).scaleb(-3))
    assert to_kilograms(reading, "t", e_kg) == Kilograms(kg, usable=True)


@pytest.mark.parametrize(("weight", "unit"), [("1570", "kg"), ("1.570", "t"), ("20.5", "kg")])
def test_what_is_no_multiple_of_the_division_is_refused_and_never_rounded(
    weight: str, unit: Any
) -> None:
    found = to_kilograms(Reading(weight=Decimal(weight)), unit, 20)
    assert found == BadFrame("weight_not_multiple_of_e", weight.encode())


def test_a_unit_that_differs_from_the_setting_is_refused() -> None:
    found = to_kilograms(Reading(weight=Decimal(20), unit="t"), "kg", 20)
    assert found == BadFrame("unit_differs_from_setting", b"t")


@pytest.mark.parametrize("weight", ["18000", "-18000", "1E+30", "Infinity", "NaN"])
def test_a_weight_that_no_record_has_room_for_is_refused(weight: str) -> None:
    found = to_kilograms(Reading(weight=Decimal(weight)), "t", 20)
    assert found == BadFrame("weight_beyond_any_scale", weight.encode())


@pytest.mark.parametrize(
    ("says", "usable"),
    [
        ({}, True),
        ({"unit": "kg", "stable": True, "mode": "gross", "overload": False}, True),
        ({"stable": False}, False),
        ({"mode": "net"}, False),
        ({"overload": True}, False),
        ({"underload": True}, False),
    ],
)
def test_the_indicator_may_object_to_its_own_weight(says: dict[str, Any], *, usable: bool) -> None:
    reading = Reading(weight=Decimal(20), **says)
    assert to_kilograms(reading, "kg", 20) == Kilograms(20, usable)


def test_an_indicator_that_calls_every_weight_net_is_believed_where_the_settings_say_so() -> None:
    reading = Reading(weight=Decimal(20), mode="net")
    assert to_kilograms(reading, "kg", 20, accept_net=True) == Kilograms(20, usable=True)
    tare = Reading(weight=Decimal(20), mode="tare")
    assert to_kilograms(tare, "kg", 20, accept_net=True) == Kilograms(20, usable=False)
    tared = Reading(weight=Decimal(20), mode="net", tare=Decimal(20))
    assert to_kilograms(tared, "kg", 20, accept_net=True) == Kilograms(20, usable=False)


@pytest.mark.parametrize(
    ("weight", "unit", "e_kg", "step"),
    [
        ("85", "kg", 10, "5"),
        ("0.085", "t", 10, "5"),
        ("85", "kg", 20, "5"),
        ("1524", "kg", 20, "4"),
        ("1522", "kg", 20, "2"),
        ("1521", "kg", 20, None),
        ("1520", "kg", 20, None),
        ("NaN", "kg", 20, None),
    ],
)
def test_a_step_finer_than_e_is_found_where_it_is_one_of_the_usual(
    weight: str, unit: Any, e_kg: int, step: str | None
) -> None:
    found = finer_step_kg(Decimal(weight), unit, e_kg)
    assert found == (None if step is None else Decimal(step))
