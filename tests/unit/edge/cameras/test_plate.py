"""Plates and times as cameras spell them."""

from datetime import UTC, datetime

import pytest

from edge.devices.cameras.plate import from_epoch, from_text, normal_plate, stated, whole


@pytest.mark.parametrize(
    ("said", "plate"),
    [
        ("KH35192", "KH35192"),
        ("蒙k·123 45", "蒙K12345"),
        ("34-abc.123", "34ABC123"),
        ("ＫＨ３５", "KH35"),  # noqa: RUF001 - full width on purpose
        ("黄蒙K12345", "蒙K12345"),
        ("黄绿蒙KD12345", "蒙KD12345"),
        ("黑A12345", "黑A12345"),
        ("黑黑A12345", "黑A12345"),
        ("А123ВС77", "A123BC77"),  # noqa: RUF001 - Cyrillic on purpose
    ],
)
def test_a_plate_is_spelled_one_way(said: str, plate: str) -> None:
    assert normal_plate(said) == plate


@pytest.mark.parametrize(
    "said",
    [
        "",
        " ",
        "--",
        "unknown",
        "Unknown",
        "unlicensed",
        "No Plate",
        "无车牌",
        "无牌",
        "未知",
        "蒙K1?345",
        "A" * 17,
    ],
)
def test_what_was_not_read_is_no_plate(said: str) -> None:
    assert normal_plate(said) is None


def test_unknown_and_empty_values_say_nothing() -> None:
    assert [stated(text) for text in (None, "", " Unknown", " blue ")] == [None, None, None, "blue"]


@pytest.mark.parametrize(
    ("text", "number"),
    [("97", 97), (" 3.0 ", 3), ("101", None), ("-1", None), ("x", None), (None, None)],
)
def test_a_number_within_its_bounds(text: str | None, number: int | None) -> None:
    assert whole(text, 100) == number


def test_seconds_since_1970_are_a_time() -> None:
    assert from_epoch(1_700_000_000, 5) == datetime(2023, 11, 14, 22, 13, 20, 5000, UTC)
    assert from_epoch(None) is None
    assert from_epoch(0) is None
    assert from_epoch(10**11) is None


@pytest.mark.parametrize(
    ("text", "offset", "hour"),
    [
        ("2023-08-11T13:49:00+01:00", None, 12),
        ("2023-08-11T13:49:00Z", 480, 13),
        ("2023-08-11 13:49:00", 480, 5),
    ],
)
def test_a_time_is_brought_to_utc(text: str, offset: int | None, hour: int) -> None:
    assert from_text(text, offset) == datetime(2023, 8, 11, hour, 49, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", [None, "", "yesterday", "2023-08-11T13:49:00", "0001-01-01T00:00:00+14:00"]
)
def test_a_time_that_cannot_be_placed_is_none(text: str | None) -> None:
    assert from_text(text, None) is None
