"""Which cards stand in the weighing's record: all between arrival and drive-on, none besides."""

from hypothesis import given
from hypothesis import strategies as st

from edge.lane.sights import Sights
from edge.lane.signals import CardRead
from edge.messages import SEEN_MAX
from tests.unit.edge.lanes import OTHER_TAG as OTHER
from tests.unit.edge.lanes import TAG


def begun(now_ms: int = 1_000) -> Sights:
    sights = Sights(5_000)
    sights.begin(CardRead("card", TAG, now_ms), reads=2, is_shown=True)
    return sights


def see(sights: Sights, tag: str, now_ms: int, *, is_shown: bool = True) -> None:
    sights.read(CardRead("card" if is_shown else "gate", tag, now_ms), is_shown=is_shown)


def test_every_card_of_the_wait_is_kept_with_how_often_and_when() -> None:
    sights = begun()
    see(sights, TAG, 1_100)
    see(sights, OTHER, 5_000)
    see(sights, OTHER, 5_400)
    own, other = sights.evidence()
    assert (own.tag, own.reads, own.first_ms, own.last_ms) == (TAG, 3, 0, 100)
    assert (other.tag, other.reads, other.first_ms, other.last_ms) == (OTHER, 2, 4_000, 4_400)
    assert other.is_shown
    assert (sights.own_ms, sights.own_is_shown) == (1_100, True)


def test_a_card_shown_just_before_by_the_same_truck_is_kept() -> None:
    sights = begun(1_000)
    see(sights, OTHER, 1_500)
    sights.begin(CardRead("card", OTHER, 6_000), reads=2, is_shown=True)
    own, first = sights.evidence()
    assert (own.tag, own.first_ms, first.tag, first.last_ms) == (OTHER, 0, TAG, 0)
    sights.begin(CardRead("card", "EEEE", 11_001), reads=2, is_shown=True)
    assert [one.tag for one in sights.evidence()] == ["EEEE"]


def test_a_tag_seen_from_afar_is_told_from_a_card_that_is_shown() -> None:
    sights = begun()
    see(sights, OTHER, 2_000, is_shown=False)
    assert [one.is_shown for one in sights.evidence()] == [True, False]
    see(sights, OTHER, 2_100)
    assert [one.is_shown for one in sights.evidence()] == [True, True]


def test_nothing_is_kept_before_the_arrival_after_the_drive_on_or_after_the_end() -> None:
    sights = Sights(5_000)
    see(sights, OTHER, 0)
    assert sights.evidence() == ()
    sights = begun()
    sights.drove_on()
    see(sights, OTHER, 9_000)
    assert [one.tag for one in sights.evidence()] == [TAG]
    sights.end()
    assert sights.evidence() == ()
    assert (sights.own_ms, sights.own_is_shown) == (None, False)


@given(st.lists(st.tuples(st.integers(0, 60), st.booleans()), max_size=200))
def test_the_list_is_bounded_and_far_tags_never_crowd_out_the_stops_own_card(
    reads: list[tuple[int, bool]],
) -> None:
    sights = begun(0)
    for now_ms, (number, is_shown) in enumerate(reads):
        see(sights, f"{number:04X}", now_ms, is_shown=is_shown)
    found = sights.evidence()
    assert found[0].tag == TAG
    assert len(found) <= 2 * SEEN_MAX
    assert len({one.tag for one in found}) == len(found)


def test_shown_cards_are_kept_however_many_tags_are_in_the_field() -> None:
    sights = begun()
    for number in range(100):
        see(sights, f"E2{number:04X}", 1_100, is_shown=False)
    see(sights, OTHER, 1_200)
    assert OTHER in [one.tag for one in sights.evidence()]
    assert len(sights.evidence()) == SEEN_MAX + 2
