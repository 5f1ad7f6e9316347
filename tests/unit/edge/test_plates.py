"""Which plate belongs to the truck at hand: replays dropped, the freshest taken, evidence kept."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from edge.config import Rules
from edge.devices.cameras.plate import PlateSeen
from edge.lane.plates import (
    CARD_KEPT_MS,
    CLOCK_DROPS_MIN,
    KEYS_REMEMBERED,
    PICTURES_MAX,
    SIGHTINGS_MAX,
    TOGETHER_MS,
    WAITING_MAX,
    Plates,
)
from edge.lane.signals import CardRead, PlateSighted
from edge.messages import SEEN_MAX, ClockQuality, PlatePolicy, PlateRead
from tests.unit.edge.lanes import NOON, TAG, instant

RULES = Rules()
CARD = CardRead("card", TAG, 0)
WAIT_MS = RULES.plate_wait_ms


class Yard:
    """Cameras `front` and `left` at the entry, `rear` behind the deck; a clock to set."""

    def __init__(self, clock: ClockQuality = ClockQuality.SYNCED) -> None:
        self.plates = Plates(RULES, {"front": "entry", "left": "entry", "rear": "exit"})
        self.clock = clock

    def see(
        self, text: str | None = "蒙K12345", mono_ms: int = 0, camera: str = "front", **others: Any
    ) -> str | None:
        pictures = others.pop("pictures", ())
        known: dict[str, Any] = {"text": text, "at": NOON + timedelta(milliseconds=mono_ms)}
        seen = PlateSeen(**{**known, **others})
        signal = PlateSighted(camera, seen, pictures, mono_ms)
        return self.plates.read(signal, instant(mono_ms, self.clock))

    def read(self, now_ms: int) -> str | None:
        plate = self.plates.at_card(now_ms)
        return plate.text if plate else "nothing"

    def evidence(self) -> list[tuple[str, str | None]]:
        return [(one.camera, one.plate) for one in self.plates.evidence()]


@pytest.fixture
def yard() -> Yard:
    return Yard()


def test_the_freshest_plate_goes_with_the_card(yard: Yard) -> None:
    assert yard.see("A1", 0, confidence=90, pictures=("aa" * 32,)) is None
    assert yard.see("B2", 1_000, confidence=97, pictures=("bb" * 32,)) is None
    plate = yard.plates.at_card(4_000)
    assert plate is not None
    assert (plate.text, plate.confidence, plate.camera) == ("B2", 97, "front")
    assert (plate.age_ms, plate.pictures) == (3_000, ("bb" * 32,))
    assert plate.camera_at == NOON + timedelta(seconds=1)


def test_an_old_plate_goes_with_no_card(yard: Yard) -> None:
    yard.see("A1", 0)
    assert yard.read(RULES.plate_fresh_ms) == "A1"
    assert yard.read(RULES.plate_fresh_ms + 1) == "nothing"


def test_a_failed_reading_does_not_hide_a_good_one_of_the_same_moment(yard: Yard) -> None:
    yard.see("A1", 0)
    yard.see(None, TOGETHER_MS)
    assert yard.read(TOGETHER_MS) == "A1"
    yard.see(None, TOGETHER_MS + 1)
    assert yard.read(TOGETHER_MS + 1) is None


@pytest.mark.parametrize(
    ("others", "reason"),
    [
        ({"retransmitted": True}, "retransmitted"),
        ({"at": None}, "undated"),
        ({"at": NOON - timedelta(minutes=2)}, "stale"),
        ({"at": NOON + timedelta(minutes=2)}, "camera_ahead"),
        ({"camera": "rear"}, "no_stop"),
    ],
)
def test_what_is_not_believed_is_dropped_by_name_and_counted(
    yard: Yard, others: dict[str, Any], reason: str
) -> None:
    assert yard.see(**others) == reason
    assert yard.read(0) == "nothing"
    camera = others.get("camera", "front")
    assert yard.plates.detail(camera) == f"{reason} 1"


def test_the_same_event_counts_once(yard: Yard) -> None:
    assert yard.see(uuid="u-1") is None
    assert yard.see(uuid="u-1", mono_ms=9_000) == "repeated"
    assert yard.see(uuid="u-2", at=NOON) == "repeated"
    assert yard.see(uuid="u-3", mono_ms=9_000) is None
    assert yard.plates.detail("front") == "repeated 2"
    assert yard.plates.detail("rear") == ""


def test_two_cameras_may_see_the_same_plate_at_once(yard: Yard) -> None:
    yard.plates.begin(0)
    assert yard.see() is None
    assert yard.see(camera="rear") is None


def test_events_long_past_are_forgotten(yard: Yard) -> None:
    for number in range(KEYS_REMEMBERED + 1):
        yard.see("A1", number)
    assert yard.see("A1", 0) is None
    assert yard.see("A1", KEYS_REMEMBERED) == "repeated"


def test_without_a_clock_a_camera_is_judged_by_its_own_time() -> None:
    yard = Yard(ClockQuality.UNSET)
    old = datetime.fromisoformat("2001-01-01T00:00:00+00:00")
    assert yard.see("A1", at=old) is None
    assert yard.see("B2", at=old - timedelta(minutes=2)) == "stale"
    assert yard.see("C3", at=old - timedelta(seconds=2)) is None


def test_a_cameras_clock_is_wrong_after_several_events_in_a_row(yard: Yard) -> None:
    for number in range(CLOCK_DROPS_MIN):
        assert yard.plates.wrong() == {}
        yard.see(f"A{number}", at=NOON - timedelta(hours=1))
    yard.see(retransmitted=True)
    assert yard.plates.wrong() == {"front": "camera_clock"}
    yard.see()
    assert yard.plates.wrong() == {}


def test_one_old_event_and_its_pictures_are_one_event(yard: Yard) -> None:
    long_ago = NOON - timedelta(hours=1)
    assert yard.see(at=long_ago) == "stale"
    for number in range(CLOCK_DROPS_MIN):
        assert yard.see(at=long_ago, pictures=(f"{number:064x}",)) == "repeated"
    assert yard.plates.wrong() == {}


def test_an_event_that_comes_late_does_not_hide_a_later_one(yard: Yard) -> None:
    yard.see("B2", 40_000)
    assert yard.see("A1", 41_000, at=NOON) is None
    assert yard.read(42_000) == "B2"
    yard.plates.begin(42_000)
    assert yard.evidence() == [("front", "B2")]


def test_an_event_that_comes_late_is_not_the_reading_that_failed(yard: Yard) -> None:
    yard.see(None, 40_000)
    yard.see("A1", 41_000, at=NOON)
    assert yard.read(42_000) is None


def test_cameras_of_one_side_need_not_agree_about_the_time(yard: Yard) -> None:
    yard.see("A1", 0)
    yard.see(None, 1_000, camera="left", at=NOON - timedelta(seconds=30))
    assert yard.read(1_000) == "A1"


def test_a_card_waits_for_the_plate_of_its_truck(yard: Yard) -> None:
    assert yard.plates.waits(CARD, 0) is None
    assert yard.plates.waits(CardRead("card", "FFFF", 10), 10) is None
    yard.see(mono_ms=100)
    assert yard.plates.waits(None, 100) == CARD
    assert yard.plates.waits(None, 101) is None


def test_a_card_waits_for_a_better_reading_than_one_that_failed(yard: Yard) -> None:
    yard.see(None, 0)
    assert yard.plates.waits(CARD, 0) is None
    yard.see("A1", 100)
    assert yard.plates.waits(None, 100) == CARD


def test_a_card_does_not_wait_for_long(yard: Yard) -> None:
    assert yard.plates.waits(CARD, 0) is None
    assert yard.plates.waits(None, WAIT_MS - 1) is None
    assert yard.plates.waits(None, WAIT_MS) == CARD


def test_a_card_that_was_taken_away_while_it_waited_does_not_count(yard: Yard) -> None:
    assert yard.plates.waits(CARD, 0) is None
    assert yard.plates.waits(None, WAIT_MS + CARD_KEPT_MS + 1) is None


@pytest.mark.parametrize("policy", [PlatePolicy.REQUIRED, PlatePolicy.PREFERRED, None])
def test_a_card_waits_if_the_policy_wants_plates(yard: Yard, policy: PlatePolicy | None) -> None:
    yard.plates.policy = policy
    assert yard.plates.waits(CARD, 0) is None


def test_no_card_waits_if_the_policy_wants_no_plates(yard: Yard) -> None:
    yard.plates.policy = PlatePolicy.OFF
    assert yard.plates.waits(CARD, 0) == CARD


def test_no_card_waits_without_a_camera_at_the_entry() -> None:
    assert Plates(RULES, {"rear": "exit"}).waits(CARD, 0) == CARD
    assert Plates(RULES, {}).waits(None, 0) is None


def test_a_plate_belongs_to_one_stop_only(yard: Yard) -> None:
    yard.see("A1", pictures=("aa" * 32,))
    yard.plates.begin(100)
    assert yard.evidence() == [("front", "A1")]
    yard.plates.drove_on()
    yard.plates.end()
    assert yard.evidence() == []
    assert yard.read(200) == "nothing"


def test_a_truck_that_was_turned_away_before_the_deck_is_still_known(yard: Yard) -> None:
    yard.see("A1")
    yard.plates.begin(100)
    yard.see("B2", 200, camera="rear")
    yard.plates.end()
    assert yard.evidence() == []
    assert yard.read(300) == "A1"


def test_all_looks_at_the_truck_become_evidence(yard: Yard) -> None:
    yard.see("Z9", 0)
    yard.see("A1", 10_000)
    yard.see("A1", 20_000)
    yard.see(None, 20_500)
    yard.plates.begin(21_000)
    assert yard.evidence() == [("front", "A1"), ("front", "A1"), ("front", None)]


def test_until_the_truck_is_on_the_deck_it_is_the_one_at_the_entry(yard: Yard) -> None:
    yard.plates.begin(0)
    yard.see("A1", 1_000)
    assert yard.evidence() == [("front", "A1")]


def test_later_the_entry_camera_sees_the_next_truck(yard: Yard) -> None:
    yard.see("A1")
    yard.plates.begin(0)
    yard.plates.drove_on()
    yard.see("B2", 1_000)
    yard.see(None, 1_100)
    yard.see("A1", 1_200)
    yard.see("挂 A7", 1_300, camera="rear")
    assert yard.evidence() == [("front", "A1"), ("front", "A1"), ("rear", "挂 A7")]
    assert yard.read(2_000) == "B2"


def test_every_look_before_the_entry_until_the_drive_on_is_kept(yard: Yard) -> None:
    yard.see("Z9", 0)
    yard.see("A1", 10_000)
    yard.plates.begin(12_000)
    yard.see("B2", 13_000, confidence=80)
    yard.see("挂 A7", 13_500, camera="rear")
    yard.plates.drove_on()
    yard.see("A1", 14_000)
    found = [(one.text, one.since_arrival_ms) for one in yard.plates.seen(12_000)]
    assert found == [("A1", -2_000), ("B2", 1_000)]
    assert yard.plates.seen(12_000)[1].confidence == 80


def test_of_more_looks_than_a_record_holds_the_newest_is_kept(yard: Yard) -> None:
    yard.plates.begin(0)
    for number in range(SEEN_MAX + 5):
        yard.see(f"A{number}", number)
    found = yard.plates.seen(0)
    assert len(found) == SEEN_MAX
    assert (found[0].text, found[-1].text) == ("A0", f"A{SEEN_MAX + 4}")


def test_the_last_plate_that_was_read_is_the_stops(yard: Yard) -> None:
    assert yard.plates.of_stop(0) is None
    yard.plates.begin(0)
    yard.see(None, 100)
    assert _text(yard.plates.of_stop(200)) is None
    yard.see("A1", 1_000)
    yard.see("B2", 2_000)
    yard.see(None, 3_000)
    assert _text(yard.plates.of_stop(4_000)) == "B2"
    yard.plates.drove_on()
    yard.see("C3", 5_000)
    assert _text(yard.plates.of_stop(6_000)) == "B2"
    yard.plates.end()
    assert yard.plates.of_stop(7_000) is None


def _text(plate: PlateRead | None) -> str | None:
    assert plate is not None
    return plate.text


def test_another_trucks_plate_is_what_was_seen_since_and_is_not_the_first_ones(yard: Yard) -> None:
    yard.see("A1", 0)
    yard.plates.begin(100)
    yard.see("A1", 9_000)
    yard.see("B2", 20_000)
    looks = yard.plates.later_looks(5_000, "A1")
    assert [one.seen.text for one in looks] == ["B2"]
    assert [one.seen.text for one in yard.plates.later_looks(5_000, None)] == ["A1", "B2"]
    assert _text(yard.plates.at_card(21_000, looks)) == "B2"
    assert yard.plates.at_card(21_000, ()) is None
    yard.plates.hand_over(looks)
    assert yard.read(21_000) == "B2"
    yard.plates.begin(21_000)
    assert yard.evidence() == [("front", "B2")]


def test_every_picture_is_evidence_and_words_alone_are_as_well(yard: Yard) -> None:
    yard.plates.begin(0)
    yard.see("A1", pictures=("aa" * 32, "bb" * 32))
    yard.see("A1", 1, camera="rear")
    found = [one.sha256 for one in yard.plates.evidence()]
    assert found == ["aa" * 32, "bb" * 32, None]


def test_a_picture_that_comes_after_its_event_is_added_to_it(yard: Yard) -> None:
    yard.see("A1")
    assert yard.see("A1", pictures=("aa" * 32,)) is None
    assert yard.see("A1", pictures=("aa" * 32,)) == "repeated"
    yard.plates.begin(0)
    assert yard.see("A1", pictures=("bb" * 32,)) is None
    assert [one.sha256 for one in yard.plates.evidence()] == ["aa" * 32, "bb" * 32]


def test_everything_that_is_kept_has_a_limit(yard: Yard) -> None:
    hashes = tuple(f"{number:064x}" for number in range(PICTURES_MAX + 1))
    for number in range(WAITING_MAX + 1):
        yard.see(f"A{number}", number, pictures=hashes)
    yard.plates.begin(100)
    assert len(yard.plates.evidence()) == WAITING_MAX * PICTURES_MAX
    for number in range(SIGHTINGS_MAX + 1):
        yard.see("A1", 1_000 + number, camera="rear", pictures=hashes)
    assert len(yard.plates.evidence()) == SIGHTINGS_MAX * PICTURES_MAX
