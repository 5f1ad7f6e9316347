"""Which tag counts: alone for a while where a reader sees far, at once where a card is shown."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.config import ReaderSettings
from edge.lane.signals import CardRead
from edge.lane.tags import AGAIN_MS, Cards, ReaderRule, is_no_card, reader_rules
from tests.unit.edge.lanes import RULES

NEAR, FAR, OTHER_FAR = "card", "gate", "mast"
UNIQUE_MS = 1_000
ABSENT_MS = 3_000
STEP_MS = 100


class Field:
    """The readers of one lane under a test's clock."""

    def __init__(self, **far: Any) -> None:
        rule = ReaderRule(**{"unique_ms": UNIQUE_MS, **far})
        self.cards = Cards(ABSENT_MS, {FAR: rule, OTHER_FAR: rule, NEAR: ReaderRule(reads_min=1)})
        self.now_ms = 0

    def see(self, *tags: str, reader: str = FAR, rssi: int | None = -50) -> "Field":
        """Read tags one after the other at one moment."""
        for tag in tags:
            self.cards.read(CardRead(reader, tag, self.now_ms, rssi))
        return self

    def keep_seeing(self, *tags: str, ms: int) -> "Field":
        for _ in range(ms // STEP_MS):
            self.now_ms += STEP_MS
            self.see(*tags)
        return self

    def wait(self, ms: int) -> "Field":
        self.now_ms += ms
        return self

    def counted(self) -> str | None:
        card = self.cards.take(self.now_ms)
        return card.tag if card else None


def test_a_card_that_is_shown_counts_at_once() -> None:
    assert Field().see("A", reader=NEAR).counted() == "A"


def test_a_reader_without_a_rule_is_shown_one_card_at_a_time() -> None:
    assert Field().see("A", "A", reader="unknown").counted() == "A"


def test_a_shown_card_counts_when_it_was_read_twice_within_a_second() -> None:
    """One read with a right checksum may be noise; so are two of them, minutes apart."""

    def once() -> Field:
        return Field().see("A", reader="unknown")

    assert once().counted() is None
    assert (
        Field().see("A", reader="unknown").wait(1_001).see("A", reader="unknown").counted() is None
    )
    assert (
        Field().see("A", reader="unknown").wait(1_000).see("A", reader="unknown").counted() == "A"
    )


def test_a_card_that_was_hardly_read_is_asked_for_once() -> None:
    field = Field().see("A", reader="unknown")
    told = [field.wait(100).cards.too_few(field.now_ms) for _ in range(40)]
    assert (told.count(True), told.index(True)) == (1, 10)
    assert not Field().see("A").wait(1_100).cards.too_few(1_100), "a tag that passed by"
    long_ago = Field().see("A", reader="unknown").wait(2_001)
    assert not long_ago.cards.too_few(long_ago.now_ms)


def test_a_real_card_counts_between_reads_that_noise_made_up() -> None:
    field = Field().see("A", reader="unknown").see("X", reader="unknown").wait(100)
    assert field.see("A", reader="unknown").counted() == "A"


@pytest.mark.parametrize("tag", ["0000", "0000000000", "FFFF", "FFFFFFFFFF"])
def test_a_number_of_noughts_or_ones_is_no_card(tag: str) -> None:
    assert is_no_card(tag)


@pytest.mark.parametrize("tag", ["0F0F", "0000000001", "FFFE", "1111"])
def test_every_other_number_may_be_one(tag: str) -> None:
    assert not is_no_card(tag)


def test_a_tag_from_afar_counts_when_it_was_alone_for_the_window() -> None:
    field = Field().see("A").keep_seeing("A", ms=900)
    assert field.counted() is None
    assert field.keep_seeing("A", ms=100).counted() == "A"


def test_a_tag_that_is_not_read_again_never_counts() -> None:
    assert Field().see("A").wait(UNIQUE_MS).counted() is None


def test_of_several_tags_none_counts() -> None:
    field = Field().see("A").keep_seeing("A", "B", ms=5_000)
    assert field.counted() is None


@pytest.mark.parametrize("reader", [FAR, OTHER_FAR])
def test_a_tag_counts_when_the_other_has_been_gone_for_the_window(reader: str) -> None:
    field = Field().keep_seeing("A", ms=2_000).see("B", reader=reader)
    assert field.keep_seeing("A", ms=900).counted() is None
    assert field.keep_seeing("A", ms=100).counted() == "A"


def test_a_card_at_a_near_reader_needs_not_be_alone_and_leaves_the_far_ones_alone() -> None:
    field = Field().keep_seeing("A", ms=500).see("C", reader=NEAR)
    assert field.counted() == "C"
    assert field.keep_seeing("A", ms=1_000).counted() == "A"


def test_a_shown_card_goes_before_a_tag_that_is_seen() -> None:
    field = Field().keep_seeing("A", ms=1_000).see("C", reader=NEAR).keep_seeing("A", ms=200)
    assert field.counted() == "C"


def test_a_second_tag_withdraws_one_that_nobody_took_yet() -> None:
    assert Field().keep_seeing("A", ms=2_000).see("B").counted() is None


def test_a_tag_that_was_taken_is_in_doubt_when_another_comes() -> None:
    field = Field().keep_seeing("A", ms=2_000)
    taken = field.cards.take(field.now_ms)
    assert taken is not None
    assert not field.cards.is_doubtful(taken)
    field.wait(100).see("B")
    assert field.cards.is_doubtful(taken)


def test_a_shown_card_is_never_in_doubt() -> None:
    field = Field().see("C", reader=NEAR)
    taken = field.cards.take(field.now_ms)
    assert taken is not None
    field.see("A", "B")
    assert not field.cards.is_doubtful(taken)


def test_several_tags_are_reported_once_per_read_and_not_for_ever() -> None:
    field = Field().see("A", "B")
    assert field.cards.several(field.now_ms)
    assert not field.cards.several(field.now_ms)
    field.wait(100).see("A")
    assert field.cards.several(field.now_ms)
    assert not field.see("B").cards.several(field.now_ms + 1_001)


def test_one_tag_is_not_several() -> None:
    field = Field().keep_seeing("A", ms=2_000).see("C", reader=NEAR)
    assert not field.cards.several(field.now_ms)


@pytest.mark.parametrize("rssi", [-71, None])
def test_a_weak_tag_neither_counts_nor_disturbs(rssi: int | None) -> None:
    field = Field(rssi_dbm_min=-70)
    for _ in range(30):
        field.wait(STEP_MS).see("A", rssi=-70).see("B", rssi=rssi)
    assert field.counted() == "A"
    assert not field.cards.several(field.now_ms)


def test_a_tag_must_have_the_reads_that_the_settings_require() -> None:
    field = Field(reads_min=20).keep_seeing("A", ms=1_900)
    assert field.counted() is None
    assert field.keep_seeing("A", ms=100).counted() == "A"


def test_a_used_tag_counts_again_only_after_it_was_gone() -> None:
    field = Field().keep_seeing("A", ms=1_100)
    field.cards.use("A")
    assert field.counted() is None
    assert field.keep_seeing("A", ms=60_000).counted() is None
    assert field.wait(ABSENT_MS).keep_seeing("A", ms=1_100).counted() == "A"


def test_a_tag_that_was_turned_away_and_cannot_go_counts_again_after_a_while() -> None:
    field = Field().keep_seeing("A", ms=1_100)
    field.cards.use("A")
    field.cards.turn_away("A", field.now_ms)
    assert field.keep_seeing("A", ms=AGAIN_MS - STEP_MS).counted() is None
    assert field.keep_seeing("A", ms=STEP_MS).counted() == "A"
    field.cards.use("A")
    assert field.keep_seeing("A", ms=2 * AGAIN_MS).counted() is None


def test_a_card_that_was_forgotten_on_a_reader_counts_once() -> None:
    field = Field().see("A", reader=NEAR)
    field.cards.use("A")
    field.cards.turn_away("A", field.now_ms)
    for _ in range(AGAIN_MS // 1_000 + 1):
        assert field.wait(1_000).see("A", reader=NEAR).counted() is None


def test_a_tag_that_is_gone_is_not_remembered_as_turned_away() -> None:
    field = Field().keep_seeing("A", ms=1_100)
    field.cards.use("A")
    field.wait(ABSENT_MS).see("B").cards.turn_away("A", field.now_ms)
    assert field.cards._again_ms == {}


def test_the_tag_of_a_truck_that_is_leaving_holds_the_next_one_back() -> None:
    field = Field().keep_seeing("A", ms=1_100)
    field.cards.use("A")
    assert field.keep_seeing("A", "B", ms=5_000).counted() is None
    assert field.keep_seeing("B", ms=900).counted() is None
    assert field.keep_seeing("B", ms=100).counted() == "B"


def test_a_window_longer_than_a_presentation_is_kept_whole() -> None:
    field = Field(unique_ms=10_000).see("B").keep_seeing("A", ms=9_900)
    assert field.counted() is None
    assert field.keep_seeing("A", ms=200).counted() == "A"


@given(st.lists(st.tuples(st.integers(0, 600), st.sampled_from("ABC")), max_size=60))
def test_a_tag_that_counts_was_alone_among_any_reads(
    reads: list[tuple[int, str]],
) -> None:
    field = Field()
    history: list[tuple[int, str]] = []
    for wait_ms, tag in reads:
        field.wait(wait_ms).see(tag)
        history.append((field.now_ms, tag))
        counted = field.counted()
        recent = {one for at, one in history if field.now_ms - at < UNIQUE_MS}
        assert counted is None or recent == {counted}


@pytest.mark.parametrize(
    ("settings", "rule"),
    [
        ({}, ReaderRule(reads_min=2)),
        ({"reads_min": 1}, ReaderRule()),
        ({"protocol": "uhf-bb7e"}, ReaderRule(unique_ms=1_000)),
        ({"protocol": "json-tag"}, ReaderRule(unique_ms=1_000)),
        ({"protocol": "uhf-reader18", "unique_ms": 0}, ReaderRule()),
        ({"unique_ms": 300, "reads_min": 2}, ReaderRule(unique_ms=300, reads_min=2)),
        (
            {"protocol": "uhf-bb7e", "rssi_dbm_min": -65},
            ReaderRule(unique_ms=1_000, rssi_dbm_min=-65),
        ),
    ],
)
def test_how_far_a_reader_sees_follows_from_its_protocol(
    settings: dict[str, Any], rule: ReaderRule
) -> None:
    reader = ReaderSettings(source="/dev/null", **settings)
    assert reader_rules([reader], RULES) == {"card": rule}
