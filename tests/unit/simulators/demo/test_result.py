"""Percentiles, the JSON line and the summary."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.demo.result import (
    Result,
    Spread,
    cycles_s,
    is_paid,
    percentile,
    software_ms,
    summary,
    weighed_to_paid_ms,
)

GOOD = Result(
    trucks=20,
    paid=20,
    refused=2,
    cycle_s=Spread(3.14, 4.5),
    software_ms=Spread(12, 60),
    weighed_to_paid_ms=Spread(180, 420),
    ledger_balanced=True,
    bank_equals_ledger=True,
)


@given(st.lists(st.floats(0, 1e6), min_size=1), st.integers(1, 100))
def test_that_share_of_the_values_is_not_above_the_percentile(
    values: list[float], percent: int
) -> None:
    found = percentile(sorted(values), percent)
    assert found in values
    assert sum(value <= found for value in values) * 100 >= percent * len(values)


def test_no_value_has_no_percentile() -> None:
    assert Spread.of([]) == Spread(None, None)


def test_the_json_line_has_the_agreed_names() -> None:
    line = GOOD.to_json()
    assert "\n" not in line
    found = json.loads(line)
    assert list(found) == [
        "trucks",
        "paid",
        "refused",
        "cycle_s",
        "software_ms",
        "weighed_to_paid_ms",
        "ledger_balanced",
        "bank_equals_ledger",
    ]
    assert found["cycle_s"] == {"p50": 3.14, "p99": 4.5}


@pytest.mark.parametrize(
    "change", [{"paid": 19}, {"ledger_balanced": False}, {"bank_equals_ledger": False}]
)
def test_one_unpaid_truck_or_wrong_book_spoils_the_result(change: dict[str, Any]) -> None:
    assert GOOD.is_good
    assert not replace(GOOD, **change).is_good


def test_stops_without_an_end_are_not_measured() -> None:
    stops: list[dict[str, Any]] = [
        {"cycle_ms": 4200, "admit_ms": 10, "release_ms": 30},
        {"cycle_ms": None, "admit_ms": None, "release_ms": None},
    ]
    assert cycles_s(stops) == [4.2]
    assert software_ms(stops) == [40]


def a_ticket(payout: dict[str, str] | None) -> dict[str, object]:
    settlement = None if payout is None else {"payout": payout}
    return {"second": {"at": "2026-11-21T10:00:00.250Z"}, "settlement": settlement}


def test_the_wait_for_money_runs_from_the_last_weighing() -> None:
    paid = a_ticket({"state": "paid", "paid_at": "2026-11-21T10:00:01Z"})
    under_way = a_ticket({"state": "sending"})
    assert weighed_to_paid_ms([paid, under_way, a_ticket(None)]) == [750]
    assert [is_paid(t) for t in (paid, under_way, a_ticket(None))] == [True, False, False]


def test_the_summary_says_what_went_wrong() -> None:
    text = summary(
        replace(GOOD, ledger_balanced=False, cycle_s=Spread(None, None)), notices=0, speed=10
    )
    assert "ledger balances" in text
    assert "NO" in text
    assert "none" in text
