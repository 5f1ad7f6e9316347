"""Times and the numbers of an order."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.api.v1.summary import DAY_MS, day_start_ms
from gateway.http.times import at_of, maybe_at, ms_of
from gateway.registry.resources import Stamp, order_number


@given(st.integers(0, 4 * 10**12))
def test_milliseconds_survive_the_way_there_and_back(ms: int) -> None:
    assert ms_of(at_of(ms)) == ms


def test_what_has_not_happened_has_no_time() -> None:
    assert maybe_at(None) is None
    assert maybe_at(0) == datetime(1970, 1, 1, tzinfo=UTC)


@given(st.integers(0, 4 * 10**12))
def test_the_day_begins_at_midnight_in_china(now_ms: int) -> None:
    start = day_start_ms(now_ms)
    assert 0 <= now_ms - start < DAY_MS
    local = at_of(start).astimezone(timezone(timedelta(hours=8)))
    assert (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0)


def test_an_order_number_can_be_read_over_the_phone() -> None:
    assert order_number(Stamp(UUID(int=1), 1_794_990_000_000)) == "20261118-10000000"
    assert order_number(Stamp(UUID(int=2**40 - 1), 0)) == "19700101-ZZZZZZZZ"


@pytest.mark.parametrize("time", ["00:00:00", "07:59:59", "23:59:59"])
def test_an_order_of_the_small_hours_is_of_that_day(time: str) -> None:
    """FM-51: it carried yesterday's date until eight in the morning."""
    at = datetime.fromisoformat(f"2026-11-30T{time}+08:00")
    assert order_number(Stamp(UUID(int=7), ms_of(at))).startswith("20261130-")
