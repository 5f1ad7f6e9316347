"""A load that changes by the clock."""

import pytest

from simulators.profile import LoadProfile


def test_a_number_is_a_load_that_stays() -> None:
    profile = LoadProfile.parse("1560")
    assert [profile.at(second) for second in (0, 3, 1e6)] == [1560, 1560, 1560]


def test_between_two_points_the_load_changes_evenly_and_then_begins_anew() -> None:
    profile = LoadProfile.parse("0:0,4:0,8:40000,10:0")
    assert [profile.at(second) for second in (0, 4, 5, 8, 9)] == [0, 0, 10_000, 40_000, 20_000]
    assert profile.at(15) == profile.at(5)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "heavy",
        "0:0,0:5",
        "1:0,2:5",
        "0:0:0",
        "0:0,x:1",
        "5,6",
        "nan",
        "inf",
        "0:0,nan:5",
        "0:0,1:inf",
    ],
)
def test_what_is_no_load_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected kg, or rising seconds:kg pairs"):
        LoadProfile.parse(text)
